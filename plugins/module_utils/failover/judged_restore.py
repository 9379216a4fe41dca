# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of what was undone: nodes, objects, volumes and rows are as they were. Each function judges one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import baseline
from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import Judged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Undone
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS

# Settings that an operator renews as servers come and go.
RENEWED = ("synchronous_standby_names",)
SHOWN = 5


def nothing_left(evidence: Evidence) -> Judged:
    before, after = evidence.baseline_before, evidence.baseline_after
    if before is None or after is None:
        return Judged(NOT_KNOWN, "what the nodes were like was not read before and after")
    found = [*baseline.left_behind(before, after), *(evidence.leftovers or ())]
    if found:
        return Judged(FAIL, _listed(found))
    asked = "" if evidence.leftovers is None else ", no table, no timer and no stopped service"
    return Judged(PASS, f"no cordon and no taint that was not there before{asked}")


def as_before(evidence: Evidence) -> Judged:
    before, after = evidence.baseline_before, evidence.baseline_after
    if before is None or after is None:
        return Judged(NOT_KNOWN, "what the cluster was like was not read before and after")
    found = [*baseline.changed(before, after), *_settings(evidence)]
    if found:
        return Judged(FAIL, _listed(found))
    parts = [f"{len(before[part])} {words}" for part, words in (("nodes", "nodes"), ("budgets", "budgets"), ("workloads", "workloads"))]
    return Judged(PASS, f"{', '.join(parts)} and the settings of the server are as they were")


def _settings(evidence: Evidence) -> list[str]:
    was, now = ((side.get("instances") or {}).get(side.get("primary")) or {} for side in (evidence.before, evidence.after))
    before, after = was.get("settings") or {}, now.get("settings") or {}
    return [
        f"setting {name} of the server is {after[name]}, and was {before[name]}"
        for name in sorted(before)
        if name in after and name not in RENEWED and after[name] != before[name]
    ]


def in_sync_again(evidence: Evidence) -> Judged:
    before, after = evidence.before.get("volumes") or {}, evidence.after.get("volumes") or {}
    if not after:
        return Judged(NOT_KNOWN, "the volumes were not looked at")
    ill = [f"{name}: {_why(row)}" for name, row in sorted(after.items()) if row.get("healthy") is False]
    new = [text for text in ill if (before.get(text.partition(":")[0]) or {}).get("healthy") is not False]
    if new:
        return Judged(FAIL, _listed(new))
    if ill:
        return Judged(NOT_KNOWN, f"{_listed(ill)}; it was so before")
    unknown = sorted(name for name, row in after.items() if row.get("healthy") is None)
    if unknown:
        return Judged(NOT_KNOWN, f"whether all copies are in sync is not known of {', '.join(unknown)}")
    return Judged(PASS, f"all copies of {', '.join(sorted(after))} are in sync")


def _why(row: Mapping[str, Any]) -> str:
    return "; ".join(row.get("warnings") or ()) or f"{row.get('in_sync')} of {row.get('wanted_copies')} copies are in sync"


def removed(evidence: Evidence) -> Judged:
    if evidence.rows_left:
        return Judged(FAIL, f"the rows of the run are still in the database: {evidence.rows_left}")
    return Judged(PASS, "the rows of the run are gone")


def undone(evidence: Evidence) -> Judged:
    left = [row for row in evidence.undo if not row.done]
    if left:
        return Judged(FAIL, _listed([_left(row) for row in left]))
    return Judged(
        PASS, f"{len(evidence.undo)} of {len(evidence.undo)} done and seen to be: {'; '.join(_what(row) for row in evidence.undo)}"
    )


def _what(row: Undone) -> str:
    return row.what.rstrip(".")


def _left(row: Undone) -> str:
    why = f" ({row.problem.rstrip('.')})" if row.problem else ""
    return f"not undone: {_what(row)}{why}. By hand: {row.manual.rstrip('.') or 'see the report'}"


def control_plane(evidence: Evidence) -> Judged:
    if evidence.stalled is None:
        return Judged(NOT_KNOWN, "the nodes were not watched")
    if evidence.stalled:
        return Judged(NOT_KNOWN, f"the control plane stood still, which is no failure of the database: {evidence.stalled}")
    return Judged(PASS, "no node stayed Ready long after its lease had stopped")


def _listed(texts: Sequence[str]) -> str:
    more = f"; and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return "; ".join(texts[:SHOWN]) + more
