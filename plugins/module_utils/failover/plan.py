# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run would do, what speaks against it, and how long writes would be away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover import placement
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, FENCE, NODE, POWER, TAINT, Band, Fault
from ansible_collections.pikube.stateful.plugins.module_utils.failover.precondition import REFUSED, WARNED, Precondition
from ansible_collections.pikube.stateful.plugins.module_utils.failover.preconditions import PRECONDITIONS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import NOBODY, PRIMARY, Look, Options, Situation, Victim

ASKED = "P0"  # id of what cannot even be understood
HELD, NOT_APPLICABLE = "held", "not applicable"
# Where the primary stays: its session with a lost standby ends (wal_sender_timeout 5 s), and clients that came by that node come anew.
BESIDE_PRIMARY = Band(0.0, 10.0)
MOST = 8  # pods that are named


class Refusal(NamedTuple):
    """Also a warning. text: what is wrong, and what to do about it."""

    code: str
    id: str
    text: str


@dataclass(frozen=True)
class Plan:
    """predicted: seconds without acknowledged writes, None without a victim. touches: what would be touched, a line each.

    preconditions: (id, code, verdict) of each row of the table. leads: component -> node of what leads now. peers: addresses of the nodes
    beside the victim's.
    """

    kind: str
    what: str
    namespace: str
    name: str
    topology: str
    cluster_uid: str
    victim: Victim = NOBODY
    predicted: Band | None = None
    floor_seconds: float | None = None
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = ()
    touches: tuple[str, ...] = ()
    preconditions: tuple[tuple[str, str, str], ...] = ()
    leads: Mapping[str, str] = field(default_factory=dict)
    peers: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.refusals

    def facts(self) -> dict[str, Any]:
        """JSON-plain, as plan.json has it."""
        return {
            "allowed": self.allowed,
            "kind": self.kind,
            "what": self.what,
            "namespace": self.namespace,
            "name": self.name,
            "topology": self.topology,
            "cluster_uid": self.cluster_uid,
            "victim": self.victim._asdict(),
            "predicted": None if self.predicted is None else list(self.predicted),
            "floor_seconds": self.floor_seconds,
            "refusals": [row._asdict() for row in self.refusals],
            "warnings": [row._asdict() for row in self.warnings],
            "touches": list(self.touches),
            "preconditions": [{"id": number, "code": code, "verdict": verdict} for number, code, verdict in self.preconditions],
            "leads": dict(self.leads),
            "peers": list(self.peers),
        }


def plan(situation: Situation, options: Options, table: Sequence[Precondition] = PRECONDITIONS) -> Plan:
    """Everything that speaks against it is told at once, and nothing is done."""
    of = {"namespace": situation.namespace, "name": situation.name, "topology": situation.topology, "cluster_uid": situation.cluster_uid}
    fault = FAULTS.get(options.kind)
    if fault is None:
        text = f'there is no fault "{options.kind}". Choose one of {", ".join(FAULTS)}'
        return Plan(options.kind, "", **of, refusals=(Refusal("unknown-kind", ASKED, text),))
    look = Look(situation, options, fault)
    refusals, warnings, verdicts = [*wishes(look)], [], []
    for row in table:
        verdict, found = judged(row, look)
        verdicts.append((row.id, row.code, verdict))
        (refusals if verdict == REFUSED else warnings).extend(found)
    return Plan(
        fault.kind,
        fault.what,
        **of,
        victim=look.victim,
        predicted=predicted(look),
        floor_seconds=floor(look),
        refusals=tuple(refusals),
        warnings=tuple(warnings),
        touches=tuple(touches(look)),
        preconditions=tuple(verdicts),
        leads=dict(situation.leaders),
        peers=look.peers,
    )


def judged(row: Precondition, look: Look) -> tuple[str, list[Refusal]]:
    """refused, warned, held or not applicable, and what was found."""
    if not row.applies(look) or (row.of_victim and not look.victim.node):
        return NOT_APPLICABLE, []
    found = [Refusal(row.code, row.id, ". ".join(filter(None, (row.because, row.cure))).format(**values)) for values in row.find(look)]
    if not found:
        return HELD, []
    accepted = bool(row.accept) and getattr(look.options, row.accept)
    return (WARNED if accepted else row.verdict), list(dict.fromkeys(found))


def wishes(look: Look) -> list[Refusal]:
    """What is asked for and cannot be meant."""
    options, found = look.options, []
    if options.victim and not look.victim.node:
        servers = ", ".join(f"{pod} on {look.node_of(pod) or 'no node'}" for pod in sorted(look.instances)) or "none"
        if options.victim in look.nodes:
            text = f"no server of the database is on {options.victim}, and {look.fault.kind} hits one. There are {servers}"
        else:
            text = (
                f'there is no victim "{options.victim}". Name a node ({", ".join(sorted(look.nodes))}) or a pod of the database ({servers})'
            )
        found.append(Refusal("unknown-victim", ASKED, text))
    besides = [name for name, asked in ((FENCE, options.fence), (TAINT, options.taint)) if asked]
    if besides and POWER not in look.fault.needs:
        text = (
            f"{' and '.join(besides)} is for a node that is proven off, which {look.fault.kind} does not give. Leave it out, or choose"
            f" {', '.join(kind for kind, fault in FAULTS.items() if POWER in fault.needs)}"
        )
        found.append(Refusal("nothing-proven-off", ASKED, text))
    return found


def predicted(look: Look) -> Band | None:
    """Seconds without acknowledged writes."""
    if not look.injects:
        return look.fault.band(look.situation.topology)
    if not look.victim.node:
        return None
    if look.victim.role != PRIMARY:
        return BESIDE_PRIMARY
    return look.fault.band(look.situation.topology, look.besides, look.situation.grace_seconds)


def floor(look: Look) -> float | None:
    """Seconds that the cluster takes to notice a lost node by itself; None where nothing waits for that."""
    return look.situation.grace_seconds if look.fault.waits_for_grace and (look.besides != FENCE or look.single) else None


def touches(look: Look) -> list[str]:
    """What would be touched, in the order in which it would be."""
    situation, victim, fault = look.situation, look.victim, look.fault
    place = f"{situation.namespace}/{situation.name}"
    lines = [
        f"namespace {situation.namespace}: Lease pikube-failover while it runs",
        f"database {place}: rows written to a schema of its own, pikube_failover",
    ]
    if not victim.node or not look.injects:
        return lines
    if not look.takes_node:
        return [*lines, f"pod {situation.namespace}/{victim.pod} on {victim.node} ({victim.role}): it starts again"]
    pods = look.pods_on(victim.node)
    if look.drains:
        lines.append(f"node {victim.node}: cordoned, and given back")
        lines.append(f"pods evicted from {victim.node}: {named(placement.leaving(pods))}")
        return lines
    lines.append(f"node {victim.node}: {means(look, fault)}")
    lines.append(f"pods on {victim.node}, without it for a while: {named(pods)}")
    if look.besides:
        lines.append(f"node {victim.node}: taint out-of-service once it is proven off, taken off when it is back")
    if look.besides == FENCE and victim.pod:
        lines.append(f"pod {situation.namespace}/{victim.pod}: deleted by force once its node is proven off")
        lines.append(f"Leases held by {victim.node} and its pods: given back then")
    return lines


def means(look: Look, fault: Fault) -> str:
    return "its power is cut, and given back" if POWER in fault.needs else "commands as root" if NODE in fault.needs else "through the API"


def named(pods: Sequence[Mapping[str, Any]]) -> str:
    names = [placement.place(pod) for pod in pods]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more if names else "none"


def shown(found: Plan) -> str:
    """For a person, before anything is done."""
    hit = f" of {found.victim.node}" if found.victim.node and found.victim.pod == "" else ""
    if found.victim.pod:
        hit = f" of {found.victim.node} ({found.victim.role} {found.victim.pod})"
    lines = [f"plan: {found.kind}{hit}, {found.topology} {found.namespace}/{found.name}"]
    if found.what:
        lines.append(f"  {found.what}")
    if found.predicted is not None:
        lines.append(f"  predicted: {band(found.predicted)}{noticing(found)}")
    lines += listed("would touch", found.touches)
    lines += listed("leads now", [f"{part}: {where}" for part, where in sorted(found.leads.items())])
    lines += listed("refused", [told(row) for row in found.refusals])
    lines += listed("warnings", [told(row) for row in found.warnings])
    if found.refusals:
        count = len(found.refusals)
        lines.append(f"  nothing is injected: {count} {'thing speaks' if count == 1 else 'things speak'} against it")
    else:
        held = sum(verdict == HELD for _id, _code, verdict in found.preconditions)
        lines.append(f"  nothing speaks against it: {held} preconditions hold")
    return "\n".join(lines)


def band(seconds: Band) -> str:
    if seconds.high == 0:
        return "no outage"
    if seconds.high is None:
        return f"no writes after {seconds.low:g} s at the latest until the fault is undone" if seconds.low else NO_END
    return f"{seconds.low:g} to {seconds.high:g} s without writes"


NO_END = "it may be that there are no writes until the fault is undone"


def noticing(found: Plan) -> str:
    return "" if found.floor_seconds is None else f"; the cluster notices a lost node after {found.floor_seconds:g} s"


def listed(title: str, lines: Sequence[str]) -> list[str]:
    return [f"  {title}:", *(f"    {line}" for line in lines)] if lines else []


def told(row: Refusal) -> str:
    return f"{row.code} ({row.id}): {row.text}"
