# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision: which engine, on which nodes, with how many copies; or none, and what to change.

Of the engines that nothing speaks against, the one that is installed is taken, else the one that survives most losses; of equals the first
in the table.
With more nodes or disks an engine can only fit better, so that the promise never gets weaker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.capacity import COPIES, losses_survived, usable_bytes
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import ENGINES, NAMES, Engine
from ansible_collections.pikube.stateful.plugins.module_utils.engines.conditions import Case
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import Node, read_nodes
from ansible_collections.pikube.stateful.plugins.module_utils.engines.install import installation
from ansible_collections.pikube.stateful.plugins.module_utils.engines.installed import Installed
from ansible_collections.pikube.stateful.plugins.module_utils.engines.notes import REASONS, WARNINGS, Note, data_survives
from ansible_collections.pikube.stateful.plugins.module_utils.engines.quantity import words
from ansible_collections.pikube.stateful.plugins.module_utils.engines.releases import release_for
from ansible_collections.pikube.stateful.plugins.module_utils.engines.rules import IDS, RULES, Rule
from ansible_collections.pikube.stateful.plugins.module_utils.engines.workload import Workload, count, known

MOST_NAMED = 6  # nodes in one sentence
SECOND = "E00"  # nothing speaks against the engine, and another comes before it
NOTHING = "none"
NEW = Installed()
TOLERATION = ("key", "operator", "value", "effect", "tolerationSeconds")


@dataclass(frozen=True)
class Wish:
    """What the caller asks for beside the workload. engine: forced. replicas: None for as many as the engine needs.

    copies_on: names of the nodes that may have copies, none for all. tolerations: of what holds them, as Kubernetes writes them.
    """

    kubernetes: tuple[int, int] | None = None
    engine: str | None = None
    replicas: int | None = None
    overrides: tuple[str, ...] = ()
    copies_on: tuple[str, ...] = ()
    tolerations: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def parse(
        cls,
        kubernetes: Any = None,
        engine: str | None = None,
        replicas: Any = None,
        overrides: Sequence[str] = (),
        copies_on: Sequence[str] = (),
        copies_tolerations: Sequence[Mapping[str, Any]] = (),
    ) -> Wish:
        """Raises EnginesError for names and numbers that make no sense."""
        if engine is not None:
            known("engine", [engine], NAMES)
        known("overrides: rule", list(overrides), IDS)
        if overrides and engine is None:
            raise EnginesError(
                f"overrides ({', '.join(overrides)}) without an engine: an override belongs to an engine that is asked for by name."
                " Name the engine, or take the overrides out"
            )
        final = [rule.id for rule in RULES if rule.final and rule.id in overrides]
        if final:
            raise EnginesError(
                f"overrides: {', '.join(final)} cannot be overridden, since data would be lost or nothing would work. Do what its cure says"
            )
        strange = sorted({key for row in copies_tolerations for key in row} - set(TOLERATION))
        if strange:
            raise EnginesError(f"copies_tolerations: a toleration has no {', '.join(strange)}. It has {', '.join(TOLERATION)}")
        return cls(
            _release(kubernetes),
            engine,
            None if replicas is None else count("replicas", replicas),
            tuple(dict.fromkeys(overrides)),
            tuple(dict.fromkeys(copies_on)),
            tuple(copies_tolerations),
        )


def _release(kubernetes: Any) -> tuple[int, int] | None:
    if kubernetes is None or kubernetes == "":
        return None
    parts = str(kubernetes).lstrip("v").split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        raise EnginesError(f'kubernetes "{kubernetes}" is not a release of Kubernetes. Write it like 1.34')
    return int(parts[0]), int(parts[1])


@dataclass(frozen=True)
class Verdict:
    """One engine after all rules. against: rules that refuse it. lifted: rules that would, without an override. out: rule -> its nodes."""

    case: Case
    fit: tuple[Node, ...]
    against: tuple[Rule, ...]
    lifted: tuple[Rule, ...]
    out: Mapping[str, tuple[Node, ...]]

    @property
    def losses(self) -> int:
        return losses_survived(self.case.engine, self.case.copies, self.case.workload.application_replicas, len(self.fit))


def judge(
    engine: Engine,
    workload: Workload,
    wish: Wish,
    nodes: Sequence[Node],
    rules: Sequence[Rule] = RULES,
    installed: Installed = NEW,
) -> Verdict:
    """Every rule held against one engine."""
    copies = (wish.replicas or COPIES) if engine.replicated else 1
    release = release_for(engine.name, wish.kubernetes)
    kubernetes = ".".join(map(str, wish.kubernetes)) if wish.kubernetes else None
    case = Case(
        engine,
        workload,
        copies,
        wish.replicas,
        release,
        kubernetes,
        len(nodes),
        installed=installed.engine == engine.name,
        in_use=tuple((name, release_for(name, wish.kubernetes)) for name in installed.in_use),
        chosen=wish.copies_on,
        tolerations=wish.tolerations,
    )
    overrides = wish.overrides if wish.engine == engine.name else ()
    asked = [rule for rule in rules if engine.name in rule.refuses and not (case.installed and rule.only_new)]
    out = {}
    for rule in asked:
        if rule.when_node is not None:
            caught = tuple(node for node in nodes if rule.when_node(case, node))
            if caught:
                out[rule.id] = caught
    lost = {node.name for rule, caught in out.items() if rule not in overrides for node in caught}
    fit = tuple(node for node in nodes if node.name not in lost)
    case = replace(case, fit=len(fit))
    short = len(fit) < case.needed
    found = [rule for rule in asked if (rule.when(case) if rule.when is not None else rule.id in out and (short or rule.id in overrides))]
    return Verdict(
        case,
        fit,
        tuple(rule for rule in found if rule.id not in overrides),
        tuple(rule for rule in found if rule.id in overrides),
        out,
    )


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _fill(template: str, verdict: Verdict, rule: Rule | None = None, nodes: Sequence[Node] = ()) -> str:
    case = verdict.case
    detail = rule.detail if rule is not None else None
    names = _named([f"{node.name} ({detail(case, node)})" if detail else node.name for node in nodes])
    return template.format(
        c=case,
        nodes=names,
        images=" or ".join(case.engine.images),
        memory=words(case.engine.memory),
        kernel=".".join(map(str, case.engine.kernel or ())),
    )


def _because(rule: Rule, verdict: Verdict) -> str:
    return _fill(rule.because, verdict, rule, verdict.out.get(rule.id, ()))


def _notes(notes: Sequence[Note], verdict: Verdict, nodes: tuple[Node, ...]) -> list[dict[str, str]]:
    return [
        {"id": note.id, "because": _fill(note.text, verdict, None, [node for node in verdict.fit if note.of(verdict.case, node)])}
        for note in notes
        if note.when(verdict.case, verdict.fit, nodes)
    ]


def _left_out(verdict: Verdict) -> list[dict[str, str]]:
    """The rules that took nodes out of an engine which was chosen all the same."""
    lifted = {rule.id for rule in verdict.lifted}
    return [
        {"id": rule.id, "because": f"left out: {_because(rule, verdict)}"}
        for rule in RULES
        if rule.id in verdict.out and rule.id not in lifted
    ]


def _refused(verdict: Verdict) -> list[dict[str, str]]:
    return [
        {"id": rule.id, "because": _because(rule, verdict), "cure": _fill(rule.cure, verdict, rule, verdict.out.get(rule.id, ()))}
        for rule in verdict.against
    ]


def _second(chosen: Verdict, verdict: Verdict, forced: bool) -> list[dict[str, str]]:
    first, label = chosen.case.engine.label, verdict.case.engine.label
    if forced:
        because = f"nothing speaks against {label}, but {first} was asked for"
    elif chosen.case.installed:
        because = f"nothing speaks against {label}, but {first} is installed already"
    elif chosen.losses > verdict.losses:
        because = f"nothing speaks against {label}, but {first} survives {chosen.losses} losses and it survives {verdict.losses}"
    else:
        because = f"nothing speaks against {label}, but {first}, which promises as much, comes before it"
    return [{"id": SECOND, "because": because, "cure": f"Ask for engine {verdict.case.engine.name} to have it"}]


def _to_do(verdicts: Sequence[Verdict]) -> list[str]:
    """What to buy or change, the engine with the fewest rules against it first."""
    ordered = sorted(verdicts, key=lambda verdict: len(verdict.against))
    lines = []
    for verdict in ordered:
        cures = dict.fromkeys(_fill(rule.cure, verdict, rule, verdict.out.get(rule.id, ())) for rule in verdict.against)
        lines.append(f"for {verdict.case.engine.name}: {'. '.join(cures)}.")
    return lines


def decide(
    nodes: Mapping[str, Any],
    workload: Mapping[str, Any] | None = None,
    disks: Mapping[str, Sequence[str]] | None = None,
    installed: Mapping[str, Any] | None = None,
    **wishes: Any,
) -> dict[str, Any]:
    """The whole decision. nodes: name -> facts of module node_facts. installed: arguments of Installed.of. wishes: those of Wish.parse.

    Returns the shape that module openebs_engine documents. Raises EnginesError for input that makes no sense.
    """
    stated, wish, known_nodes = Workload.parse(workload), Wish.parse(**wishes), read_nodes(nodes, disks)
    known("copies_on: node", list(wish.copies_on), [node.name for node in known_nodes])
    there = Installed.of(**(installed or {}))
    verdicts = [judge(engine, stated, wish, known_nodes, installed=there) for engine in ENGINES]
    asked = [verdict for verdict in verdicts if wish.engine in (None, verdict.case.engine.name)]
    possible = [verdict for verdict in asked if not verdict.against]
    # max takes the first of equals, and the table of engines is in the order of preference.
    chosen = max(possible, key=lambda verdict: (verdict.case.installed, verdict.losses)) if possible else None
    refused = {verdict.case.engine.name: _refused(verdict) for verdict in verdicts if verdict.against}
    warnings = []
    lifted = {rule.id for verdict in asked for rule in verdict.lifted}
    useless = [rule for rule in wish.overrides if rule not in lifted]
    if useless:
        warnings.append(f"overrides: {', '.join(useless)} does not speak against {wish.engine}; take it out, nothing depends on it")
    if chosen is None:
        return _no_verdict(wish, asked, refused, warnings)
    for verdict in verdicts:
        if verdict is not chosen and not verdict.against:
            refused[verdict.case.engine.name] = _second(chosen, verdict, wish.engine is not None)
    engine = chosen.case.engine
    return {
        "verdict": engine.name,
        "engine": engine.name,
        "forced": wish.engine is not None,
        "overridden": [{"id": rule.id, "because": _because(rule, chosen)} for rule in chosen.lifted],
        "replicas": chosen.case.copies,
        **installation(chosen.case, chosen.fit, wish.kubernetes),
        "reasons": _notes(REASONS, chosen, known_nodes) + _left_out(chosen),
        "refused": {name: refused[name] for name in NAMES if name in refused},
        "usable_bytes": usable_bytes(engine, chosen.fit, chosen.case.copies, stated.application_replicas),
        "survives_node_losses": chosen.losses,
        "data_survives": data_survives(chosen.case, len(chosen.fit)),
        "warnings": warnings + [note["because"] for note in _notes(WARNINGS, chosen, known_nodes)],
        "to_do": [],
    }


def _no_verdict(wish: Wish, asked: Sequence[Verdict], refused: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    return {
        "verdict": NOTHING,
        "engine": None,
        "forced": wish.engine is not None,
        "overridden": [],
        "replicas": 0,
        "nodes": [],
        "chart": None,
        "addon": False,
        "namespace": None,
        "storage_class": None,
        "objects": [],
        "labels": {},
        "components": [],
        "prepare": None,
        "reasons": [],
        "refused": {name: refused[name] for name in NAMES if name in refused},
        "usable_bytes": 0,
        "survives_node_losses": 0,
        "data_survives": "nothing is installed, and no data is put at risk",
        "warnings": warnings,
        "to_do": _to_do(asked),
    }
