# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for in the copies of volumes. Each function yields the object, and the values for the texts of the table.

Rows are those of module volume_info, of which any part may be missing or not known.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import ENGINES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import COPIES, STATES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot, Thing, name, owner, spec, title
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, listed

OLD_SECONDS = 120  # four rounds of an operator that looks every 30 s
REPLICATED = tuple(engine.name for engine in ENGINES if engine.replicated)


def _claim(row: Thing) -> str:
    return f"PersistentVolumeClaim {row.get('namespace')}/{row.get('name')}"


def _copies(row: Thing) -> list[Thing]:
    return [copy for copy in row.get("copies") or () if isinstance(copy, dict)]


def on_one_node(look: Snapshot) -> Found:
    for row in look.rows:
        counted = Counter(copy["node"] for copy in _copies(row) if copy.get("node"))
        for node in sorted(node for node, count in counted.items() if count > 1):
            yield _claim(row), {"count": counted[node], "node": node, "volume": row.get("volume")}


def missing(look: Snapshot) -> Found:
    for row in look.rows:
        wanted = row.get("wanted_copies")
        good = [copy for copy in _copies(row) if copy.get("in_sync") is True]
        known = [copy for copy in _copies(row) if copy.get("in_sync") is not None]
        if isinstance(wanted, int) and row.get("engine") in REPLICATED and len(known) == len(_copies(row)) and len(good) < wanted:
            others = listed(f"{copy.get('node') or 'unknown node'} {copy.get('state')}" for copy in _copies(row) if copy not in good)
            yield _claim(row), {"good": len(good), "wanted": wanted, "others": f" ({others})" if others else ""}


def unhealthy(look: Snapshot) -> Found:
    for row in look.rows:
        if row.get("healthy") is False:
            said = listed(map(str, row.get("warnings") or ())) or "no more is known"
            yield _claim(row), {"said": said.rstrip(". ")}


def node_too_many(look: Snapshot) -> Found:
    """A volume that is to outlive any node, and would not outlive some."""
    for row in look.rows:
        fatal = {
            str(node): str(answer.get("because") or "").rstrip(". ")
            for node, answer in sorted((row.get("survives") or {}).items())
            if isinstance(answer, dict) and answer.get("survives") is False
        }
        if row.get("engine") in REPLICATED and fatal:
            yield _claim(row), {"nodes": listed(fatal), "because": next(iter(fatal.values())) or "no reason is given"}


def old_answers(look: Snapshot) -> Found:
    for row in look.rows:
        ages = [(one.get("age_seconds"), str(one.get("from"))) for one in row.get("evidence") or () if isinstance(one, dict)]
        old = max(((age, source) for age, source in ages if isinstance(age, (int, float)) and age > OLD_SECONDS), default=None)
        if old and row.get("engine") in REPLICATED:
            yield _claim(row), {"seconds": int(old[0]), "source": old[1]}


def bad_states(look: Snapshot) -> Found:
    for state in STATES:
        for one in look.of(state.kind):
            told = field(one, state.field)
            if told not in state.good:
                yield title(one), {"field": ".".join(state.field), "told": told or "empty", "good": " or ".join(state.good)}


def short_of_copies(look: Snapshot) -> Found:
    """A custom resource that calls itself well with fewer copies in step than it is to have."""
    for rule in COPIES:
        for one in look.of(rule.kind):
            wanted, there = field(one, rule.wanted), field(one, rule.list) or []
            good = [row for row in there if row.get(rule.mode) in rule.good]
            if isinstance(wanted, int) and len(good) < wanted:
                modes = listed(sorted(str(row.get(rule.mode)) for row in there if row not in good))
                yield title(one), {"good": len(good), "wanted": wanted, "others": f" (others: {modes})" if modes else ""}


def _budgets(look: Snapshot, kind: str, volume: Any) -> list[Thing]:
    return [one for one in look.of("PodDisruptionBudget") if owner(one).get("kind") == kind and owner(one).get("name") == volume]


def no_budget(look: Snapshot) -> Found:
    for engine in ENGINES:
        for one in look.of(engine.budget_of) if engine.budget_of else ():
            several = any(field(one, rule.wanted) != 1 for rule in COPIES if rule.kind == engine.budget_of)
            by_name = any(name(budget) == f"{name(one)}-pdb" for budget in look.of("PodDisruptionBudget"))
            if several and not by_name and not _budgets(look, engine.budget_of, name(one)):
                yield title(one), {}


def budget_used_up(look: Snapshot) -> Found:
    kinds = {engine.budget_of for engine in ENGINES if engine.budget_of}
    for one in look.of("PodDisruptionBudget"):
        if owner(one).get("kind") in kinds and field(one, ("status", "disruptionsAllowed")) == 0:
            healthy, wanted = (field(one, ("status", key)) for key in ("currentHealthy", "desiredHealthy"))
            yield title(one), {"healthy": healthy, "wanted": wanted if wanted is not None else spec(one).get("minAvailable")}
