# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement on a course: evidence, checks, verdict, and the report of it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover import anomalies, lanes, milestones
from ansible_collections.pikube.stateful.plugins.module_utils.failover.analysis import Analysis, analysis, book
from ansible_collections.pikube.stateful.plugins.module_utils.failover.checks import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Course, Wanted
from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import NOT_KNOWN, results, verdict
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report import Material, report
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Situation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import PASS


class Around(NamedTuple):
    """What the report says of where it comes from. limit_seconds: longest outage that is accepted, None for any."""

    cluster: str
    collection_version: str
    ledger: str
    limit_seconds: float | None = None


def judged(course: Course, lines: Iterable[str], wanted: Wanted, around: Around, grace_seconds: float) -> dict[str, Any]:
    """The report. lines: of the ledger. Raises FailoverError for a ledger that is not what was written."""
    fault_at = course.injected.at if course.injected and course.plan.kind != "none" else None
    kept = book(lines, course.run)
    ended_at = course.load_ended_at
    again = None if course.rows_again is None else analysis(kept, course.rows_again, fault_at, ended_at)
    first = again if course.rows is None else analysis(kept, course.rows, fault_at, ended_at, course.read_at)
    unread = first is None
    first = first or analysis(kept, (), fault_at, ended_at)
    marks = _milestones(course, first, fault_at)
    evidence = _evidence(course, None if unread or course.rows is None else first, again, marks, fault_at, wanted, around, grace_seconds)
    found = results(CHECKS, evidence)
    said, because = verdict(found)
    if course.problem and said == PASS:
        said = NOT_KNOWN
    if course.problem:
        because = [f"{course.problem}.", *because]
    planned = course.plan
    return report(
        Material(
            run={
                "id": course.run,
                "cluster": around.cluster,
                "cluster_uid": planned.cluster_uid,
                "namespace": planned.namespace,
                "name": planned.name,
                "topology": planned.topology,
                "collection_version": around.collection_version,
            },
            clock=course.began,
            began_at=course.began.at,
            ended_at=course.phases[-1][2] or ended_at,
            fault={
                "kind": planned.kind,
                "what": planned.what,
                "victim_node": planned.victim.node or None,
                "victim_pod": planned.victim.pod or None,
                "options": dict(course.injected.facts) if course.injected else {},
            },
            fault_at=fault_at,
            verdict=said,
            because=because,
            analysis=first,
            again=again,
            resolution_ms=course.resolution_ms,
            ledger_path=around.ledger,
            predicted=tuple(planned.predicted) if planned.predicted else None,
            floor_seconds=planned.floor_seconds,
            phases=course.phases,
            milestones=marks,
            lanes=lanes.lanes(
                course.observations,
                first.outages,
                course.phases[0][1],
                ended_at,
                anomalies.stalls(course.observations, grace_seconds, ended_at),
                anomalies.two_primaries(course.observations, ended_at),
            ),
            checks=[row.facts() for row in found],
            undo=course.undone,
            plan=planned.facts(),
            load=dict(course.load or {}),
            environment=_environment(course.situation, course.before or {}),
        )
    )


def _milestones(course: Course, first: Analysis, fault_at: int | None) -> list[milestones.Milestone]:
    planned = course.plan
    return milestones.milestones(
        course.observations,
        fault_at,
        milestones.told(first, course.streaming),
        name=planned.name,
        topology=planned.topology,
        kind=planned.kind,
        node=planned.victim.node,
        pod=planned.victim.pod,
    )


def _evidence(
    course: Course,
    first: Analysis | None,
    again: Analysis | None,
    marks: list[milestones.Milestone],
    fault_at: int | None,
    wanted: Wanted,
    around: Around,
    grace_seconds: float,
) -> Evidence:
    planned = course.plan
    return Evidence(
        fault=planned.kind,
        topology=planned.topology,
        analysis=first,
        after_restore=again,
        before=course.before or {},
        after=course.after or {},
        victim_pod=planned.victim.pod,
        victim_node=planned.victim.node,
        milestones={mark.id: mark for mark in marks},
        stalled=anomalies.stalled(course.observations, grace_seconds, course.load_ended_at) if course.observations else None,
        two_primaries=anomalies.two_primaries(course.observations, course.load_ended_at),
        rounds=course.rounds,
        baseline_before=course.baseline_before,
        baseline_after=course.baseline_after,
        leftovers=course.leftovers,
        undo=course.undone,
        rows_left=course.rows_left,
        predicted=tuple(planned.predicted) if planned.predicted else None,
        limit_seconds=around.limit_seconds if around.limit_seconds is not None else wanted.outage_seconds,
        resolution_ms=course.resolution_ms,
    )


def _environment(situation: Situation, before: Mapping[str, Any]) -> dict[str, Any]:
    """Nodes, their versions, and what the servers say of themselves."""
    nodes = []
    for item in situation.nodes:
        about = (item.get("status") or {}).get("nodeInfo") or {}
        nodes.append(
            {
                "name": item["metadata"]["name"],
                "kubelet": about.get("kubeletVersion", ""),
                "kernel": about.get("kernelVersion", ""),
                "system": about.get("osImage", ""),
                "architecture": about.get("architecture", ""),
            }
        )
    primary = (before.get("instances") or {}).get(before.get("primary")) or {}
    settings = primary.get("settings") or {}
    return {
        "nodes": nodes,
        "kubernetes": nodes[0]["kubelet"] if nodes else "",
        "postgres": str(settings.get("server_version") or primary.get("version") or ""),
        "image": str((((situation.server or {}).get("spec")) or {}).get("imageName") or ""),
        "synchronous": str(settings.get("synchronous_standby_names") or ""),
        "grace_seconds": situation.grace_seconds,
        "leads": dict(situation.leaders),
    }
