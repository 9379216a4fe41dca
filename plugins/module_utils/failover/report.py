# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run found, as one JSON-plain value: the shape is report_schema.SCHEMA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import Moment
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_schema import SCHEMA_NAME

SHOWN = 20  # writes of each kind that are named; all are counted
WRONG = ("lost", "phantom", "duplicated", "damaged", "disordered")
CLASSES = ("refused", "hung", "read-only")
RUN = ("id", "cluster", "cluster_uid", "namespace", "name", "topology", "collection_version")
LATENCY = ("n", "p50_ms", "p99_ms", "max_ms")


NO_LATENCY = {**dict.fromkeys(LATENCY), "n": 0}
# Of a run that came to no analysis: it failed before, or its ledger is not what was written.
NOTHING = SimpleNamespace(
    findings=SimpleNamespace(unknown_there=0, unknown_absent=0, **dict.fromkeys(WRONG, ())),
    entries=0,
    digest="",
    acked=0,
    failed=0,
    outages=(),
    rto_seconds=0.0,
    class_seconds={},
    rpo_rows=0,
    rpo_seconds=0.0,
    latency=dict.fromkeys(("before", "during", "after"), NO_LATENCY),
    latency_series=(),
    acked_series=(),
)


@dataclass(frozen=True)
class Material:
    """What is known when a run is over. Times are microseconds of the controller's monotonic clock, as in the ledger.

    run: id, cluster, cluster_uid, namespace, name, topology, collection_version. fault: kind, what, victim_node, victim_pod, options.
    fault_at: None if nothing was injected. analysis: of the rows after the fault; again: of those after the restore; None for what there is
    not. phases: (id, from, to), to None for the one that had not ended. lanes: {group, name, spans: [{from, to, state, label}]}.
    milestones, checks, undo: mappings or objects with the members of the report; a cure or a manual command may be missing.
    resolution_ms: between two attempts. floor_seconds: see the schema. predicted: shortest and longest usual outage in seconds, None as the
    longest for one that lasts until the undo.
    """

    run: Mapping[str, Any]
    clock: Moment
    began_at: int
    ended_at: int
    fault: Mapping[str, Any]
    fault_at: int | None
    verdict: str
    because: Sequence[str]
    analysis: Any
    resolution_ms: float
    ledger_path: str
    again: Any = None
    predicted: tuple[float, float | None] | None = None
    floor_seconds: float | None = None
    phases: Sequence[tuple[str, int, int | None]] = ()
    milestones: Sequence[Any] = ()
    lanes: Sequence[Any] = ()
    checks: Sequence[Any] = ()
    undo: Sequence[Any] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    load: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


def report(material: Material) -> dict[str, Any]:
    zero = _zero(material)

    def since(at: int | None) -> float | None:
        return None if at is None else round((at - zero) / 1e6, 3)

    def wall(at: int | None) -> str | None:
        return None if at is None else material.clock.text(at)

    first, name = _worse(material)
    return {
        "schema": SCHEMA_NAME,
        "run": {
            **{key: str(material.run.get(key, "")) for key in RUN},
            "started": wall(material.began_at),
            "ended": wall(material.ended_at),
            "seconds": round((material.ended_at - material.began_at) / 1e6, 3),
        },
        "fault": {
            **{key: material.fault.get(key) for key in ("kind", "what", "victim_node", "victim_pod")},
            "at": wall(material.fault_at),
            "options": dict(material.fault.get("options") or {}),
        },
        "verdict": material.verdict,
        "because": list(material.because),
        "outages": _outages(material, first, since),
        "data": {"reading": name, **_data(first)},
        "latency": {part: {key: member(first.latency[part], key) for key in LATENCY} for part in ("before", "during", "after")},
        "series": {
            "latency": [list(bucket) for bucket in first.latency_series],
            "acknowledged": [list(each) for each in first.acked_series],
        },
        "phases": [{"id": each, "from": since(begin), "to": since(end)} for each, begin, end in material.phases],
        "milestones": [
            {**_texts(each, "id", "what"), "at": since(member(each, "at")), **_texts(each, "because")} for each in material.milestones
        ],
        "lanes": [_lane(each, since) for each in material.lanes],
        "checks": [
            {**_texts(each, "id", "what", "verdict", "evidence", "cure"), "seconds": round(member(each, "seconds") or 0.0, 3)}
            for each in material.checks
        ],
        "undo": [
            {
                **_texts(each, "id", "what"),
                "node": member(each, "node"),
                "done": bool(member(each, "done")),
                "at": since(member(each, "at")),
                **_texts(each, "problem", "manual"),
            }
            for each in material.undo
        ],
        "plan": dict(material.plan),
        "load": dict(material.load),
        "environment": dict(material.environment),
        "ledger": {"path": material.ledger_path, "entries": first.entries, "digest": first.digest},
    }


def member(thing: Any, name: str) -> Any:
    """Of a mapping or an object; None if it has no such member."""
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _texts(thing: Any, *names: str) -> dict[str, str]:
    return {name: str(member(thing, name) or "") for name in names}


def _zero(material: Material) -> int:
    """A run without a fault counts from the beginning of its load, as analysis.Analysis does."""
    if material.fault_at is not None:
        return material.fault_at
    return next((begin for name, begin, _end in material.phases if name == "steady"), material.began_at)


def _wrong(analysis: Any) -> int:
    return sum(len(getattr(analysis.findings, name)) for name in WRONG)


def _worse(material: Material) -> tuple[Any, str]:
    """A database that went back to an old timeline shows it only after the restore."""
    first, again = material.analysis, material.again
    if again is not None and (first is None or _wrong(again) > _wrong(first)):
        return again, "after the restore"
    return first or NOTHING, "after the fault"


def _data(analysis: Any) -> dict[str, Any]:
    found = analysis.findings
    wrong = {name: sorted(getattr(found, name)) for name in WRONG}
    return {
        "entries": analysis.entries,
        "acknowledged": analysis.acked,
        "failed": analysis.failed,
        "unknown_there": found.unknown_there,
        "unknown_absent": found.unknown_absent,
        **{name: {"count": len(writes), "first": [list(write) for write in writes[:SHOWN]]} for name, writes in wrong.items()},
        "rpo_rows": analysis.rpo_rows,
        "rpo_seconds": round(analysis.rpo_seconds, 3),
    }


def _outages(material: Material, analysis: Any, since: Any) -> dict[str, Any]:
    classes = analysis.class_seconds
    return {
        "rto_seconds": None if analysis.rto_seconds is None else round(analysis.rto_seconds, 3),
        "predicted": None if material.predicted is None else list(material.predicted),
        "floor_seconds": material.floor_seconds,
        "resolution_ms": material.resolution_ms,
        "by_class": {name: round(took, 3) for name, took in {**dict.fromkeys(CLASSES, 0.0), **classes}.items()},
        "list": [
            {
                "from": since(each.begin),
                "to": since(each.end),
                "seconds": round(((material.ended_at if each.end is None else each.end) - each.begin) / 1e6, 3),
                "classes": dict(each.classes),
            }
            for each in analysis.outages
        ],
    }


def _lane(lane: Any, since: Any) -> dict[str, Any]:
    return {
        **_texts(lane, "group", "name"),
        "spans": [
            {"from": since(member(each, "from")), "to": since(member(each, "to")), **_texts(each, "state", "label")}
            for each in member(lane, "spans")
        ],
    }
