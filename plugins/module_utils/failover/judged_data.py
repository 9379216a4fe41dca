# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the data and of the time: what the ledger says beside the rows. Each function judges one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import CLUSTER, Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import Judged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS

# Attribute of the findings -> in words, for one write and for several.
WRONG = {
    "lost": ("acknowledged write is not there", "acknowledged writes are not there"),
    "phantom": ("row is there whose write had failed or was never begun", "rows are there whose writes had failed or were never begun"),
    "duplicated": ("write is there more than once", "writes are there more than once"),
    "damaged": ("row is not what was written", "rows are not what was written"),
    "disordered": ("row was committed after a later one of its writer", "rows were committed after later ones of their writers"),
}
SHOWN = 3
FINEST_MS = 20.0


def ledger_whole(evidence: Evidence) -> Judged:
    analysis = evidence.analysis
    if analysis is None or not analysis.entries:
        return Judged(NOT_KNOWN, "there is no ledger of the run, or nothing is in it")
    torn = "; its last line was cut off, and counts as not written" if analysis.torn else ""
    return Judged(PASS, f"{analysis.entries:,} entries follow from each other, to {analysis.digest}{torn}")


def nothing_lost(evidence: Evidence) -> Judged:
    if evidence.analysis is None:
        return Judged(NOT_KNOWN, "the rows were not read when the outage was over")
    return _rows(evidence.analysis.findings)


def still_nothing_lost(evidence: Evidence) -> Judged:
    """A server that comes back may bring an older past with it: what was there once has to be there still."""
    if evidence.after_restore is None:
        return Judged(NOT_KNOWN, "the rows were not read again after the cluster was whole")
    later = evidence.after_restore.findings
    judged = _rows(later)
    if judged.verdict == FAIL or evidence.analysis is None:
        return judged
    gone = _there(evidence.analysis, evidence.after_restore) - _there(evidence.after_restore, evidence.analysis)
    if gone > 0:
        return Judged(FAIL, f"{_count(gone, 'row that had been read is', 'rows that had been read are')} gone: an older state came back")
    return judged


def _there(analysis: Any, other: Any) -> int:
    """Rows that were read and that nobody was told of; of ledgers of different length those with an acknowledgement as well, since it
    may have come in between."""
    findings = analysis.findings
    return findings.unknown_there + (0 if analysis.entries == other.entries else findings.acknowledged)


def _rows(findings: Any) -> Judged:
    wrong = [
        f"{_count(len(writes), *words)} ({_writes(writes)})" for name, words in WRONG.items() if (writes := tuple(getattr(findings, name)))
    ]
    if wrong:
        return Judged(FAIL, "; ".join(wrong))
    if not findings.acknowledged:
        return Judged(NOT_KNOWN, "no write was acknowledged: nothing lost of nothing proves nothing")
    unknown = findings.unknown_there + findings.unknown_absent
    rest = f"; of {unknown:,} whose clients were not told, {findings.unknown_there:,} are there" if unknown else ""
    return Judged(PASS, f"all {findings.acknowledged:,} acknowledged writes are there once, in order and unchanged{rest}")


def recovery_point(evidence: Evidence) -> Judged:
    analysis = evidence.analysis
    if analysis is None:
        return Judged(NOT_KNOWN, "the rows were not read when the outage was over")
    if analysis.rpo_rows:
        return Judged(FAIL, f"{_count(analysis.rpo_rows, 'row', 'rows')} and {analysis.rpo_seconds:.3f} s of acknowledged writes are lost")
    if not analysis.findings.acknowledged:
        return Judged(NOT_KNOWN, "no write was acknowledged")
    return Judged(PASS, "0 rows, 0 s")


def outage_ended(evidence: Evidence) -> Judged:
    analysis = evidence.analysis
    if analysis is None or not analysis.entries:
        return Judged(NOT_KNOWN, "there is no ledger of the run, or nothing is in it")
    seconds, band = analysis.rto_seconds, _band(evidence.predicted)
    if seconds is None:
        text = f"writes were not acknowledged any more before the run ended{_stuck(evidence)}"
        return Judged(NOT_KNOWN if evidence.stalled else FAIL, f"{text}; the control plane stood still (T6)" if evidence.stalled else text)
    text = f"writes were acknowledged again after {seconds:.2f} s{band}{_stuck(evidence)}"
    if evidence.limit_seconds is not None and seconds > evidence.limit_seconds:
        return Judged(NOT_KNOWN if evidence.stalled else FAIL, f"{text}, and at most {evidence.limit_seconds:g} s were to be accepted")
    return Judged(PASS, text)


def _stuck(evidence: Evidence) -> str:
    """That nothing moved a server alone away from its lost node, where it came back with that node only."""
    left, back = (getattr(evidence.milestones.get(name), "at", None) for name in ("not_ready", "first_acknowledged"))
    returned = getattr(evidence.milestones.get("node_ready"), "at", None)
    moved = getattr(evidence.milestones.get("scheduled"), "at", None)
    early = any(at is not None and (returned is None or at < returned) for at in (back, moved))
    if evidence.topology == CLUSTER or left is None or early:
        return ""
    return (
        f"; its pod stayed with {evidence.victim_node}, as that of a StatefulSet does for ever: Kubernetes moves none from a node that may"
        " still write. Prove the node off (verify_fence or verify_taint here, playbooks/move_server.yml else)"
    )


def _band(predicted: tuple[float, float | None] | None) -> str:
    if predicted is None:
        return ""
    low, high = predicted
    return f" (usual: {low:g} s and more)" if high is None else f" (usual: {low:g} to {high:g} s)"


def resolved(evidence: Evidence) -> Judged:
    if evidence.resolution_ms is None:
        return Judged(NOT_KNOWN, "how often writes were tried was not measured")
    text = f"the end of an outage is seen within {evidence.resolution_ms:g} ms"
    return Judged(PASS, text) if evidence.resolution_ms <= FINEST_MS else Judged(NOT_KNOWN, f"{text}, and {FINEST_MS:g} ms were wanted")


def null_run(evidence: Evidence) -> Judged:
    analysis = evidence.analysis
    if analysis is None or not analysis.findings.acknowledged:
        return Judged(NOT_KNOWN, "no write was acknowledged")
    if analysis.rto_seconds == 0 and not analysis.rpo_rows:
        return Judged(PASS, "RTO 0 s, RPO 0 rows, as it has to be without a fault")
    seconds = "without an end" if analysis.rto_seconds is None else f"of {analysis.rto_seconds:.3f} s"
    return Judged(FAIL, f"without a fault there was an outage {seconds}, and {_count(analysis.rpo_rows, 'row was', 'rows were')} lost")


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _writes(writes: Sequence[tuple[int, int]]) -> str:
    told = ", ".join(f"writer {writer} number {number}" for writer, number in writes[:SHOWN])
    return f"{told} and {len(writes) - SHOWN:,} more" if len(writes) > SHOWN else told
