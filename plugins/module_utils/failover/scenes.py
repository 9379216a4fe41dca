# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each milestone of a failover is found in what was seen: small functions over one scene, listed in the table of module milestones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import MICRO
from ansible_collections.pikube.stateful.plugins.module_utils.failover.essences import MANAGER, OPERATOR_LEASE, SERVICES
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    ATTACHMENT,
    CLAIM,
    CLUSTER,
    DELETED,
    LEASE,
    NODE,
    POD,
    SET,
    SLICE,
    TARGET,
    Observation,
    Story,
    leads,
)

RENEWAL_SECONDS = 10  # between renewals of a node's Lease
LEASE_SILENCE = 2 * RENEWAL_SECONDS * MICRO  # one renewal that comes late is none that stays out
KUBERNETES_TAINT = "node.kubernetes.io/"
ELECTING = ("", "pending")  # targetPrimary while CloudNativePG chooses


class Told(NamedTuple):
    """What is known from elsewhere than watches, in microseconds, None for what did not happen.

    last: acknowledged write before the fault. outage: whether writes were not taken. first: acknowledged write that ended that.
    streaming: when the old primary was seen to stream again, by pg_stat_replication.
    """

    last: int | None = None
    outage: bool = True
    first: int | None = None
    streaming: int | None = None


class Found(NamedTuple):
    """at: microseconds, None for what did not happen. because: what it rests on, or why there is none."""

    at: int | None
    because: str


@dataclass(frozen=True)
class Scene:
    """name: of the server. fault_at: microseconds. node: the victim, "" without one. pod: that the fault hit, by default the primary.

    before: the primary at the fault, "" if none was seen.
    """

    story: Story
    name: str
    fault_at: int
    node: str = ""
    pod: str = ""
    told: Told = field(default_factory=Told)

    @property
    def before(self) -> str:
        by_status = self.story.state(CLUSTER, self.name, self.fault_at).get("current", "")
        return by_status or self.story.primary(self.fault_at)[0]

    @property
    def hit(self) -> str:
        return self.pod or self.before

    def uid(self, pod: str) -> str:
        return self.story.state(POD, pod, self.fault_at).get("uid", "")

    def volumes(self, kind: str) -> list[str]:
        """Names of that kind which are of the server's own claims: there may be others."""
        own = {state.get("volume") for name in self.story.names(CLAIM) if (state := self.story.state(CLAIM, name))}
        return [name for name in self.story.names(kind) if name in own]

    def first(self, kind: str, name: str, test: Callable[[Mapping[str, Any]], Any]) -> Observation | None:
        return self.story.first(kind, name, self.fault_at, test)


def found(one: Observation | None, because: str, otherwise: str) -> Found:
    return Found(one.at, because) if one else Found(None, otherwise)


# What the client saw, and the fault


def fault(scene: Scene) -> Found:
    return Found(scene.fault_at, "noted before it was injected")


def last_acknowledged(scene: Scene) -> Found:
    return Found(scene.told.last, "none was acknowledged" if scene.told.last is None else "ledger: the last one that is still there")


def first_acknowledged(scene: Scene) -> Found:
    if not scene.told.outage:
        return Found(None, "writes never stopped")
    if scene.told.first is None:
        return Found(None, "no write was acknowledged again")
    return Found(scene.told.first, "ledger: the first one after the outage that is still there")


# The node


def lease_stops(scene: Scene) -> Found:
    """The last renewal before the silence, which may be some seconds before the fault."""
    story, node = scene.story, scene.node
    times = [one.at for one in story.history(LEASE, node) if one.change != DELETED]
    doubtful = ""
    for last, following in zip(times, [*times[1:], story.ended]):
        if following <= scene.fault_at or following - last <= LEASE_SILENCE:
            continue
        others = renewed(story, node, last + LEASE_SILENCE, following)
        if others:
            return Found(last, f"Lease {node}: its last renewal, while {' and '.join(others)} went on")
        doubtful = f", and for {(following - last) / MICRO:.0f} s no Lease was seen at all"
    return Found(None, f"Lease {node}: no silence was seen" + doubtful)


def renewed(story: Story, but: str, begin: int, end: int) -> list[str]:
    """Nodes but one whose Leases were renewed in a time: the proof that the API and the watch worked then.

    Not in its last second: a watch that comes back tells all Leases at once.
    """
    return sorted({one.name for one in story.all(LEASE) if one.name != but and begin < one.at <= end - MICRO})


def not_ready(scene: Scene) -> Found:
    one = scene.first(NODE, scene.node, lambda state: state["ready"] != "True")
    says = f"Node {scene.node}: Ready is {one.state['ready']} ({one.state['reason']})" if one else ""
    return found(one, says + burden(scene, MANAGER, "the controller that has to notice"), f"Node {scene.node}: Ready all the time")


def burden(scene: Scene, lease: str, what: str) -> str:
    """Why something took longer: what had to do it was on the lost node, and another one had to take over first."""
    return f"; {what} was on that node" if scene.node and scene.story.leaders(scene.fault_at).get(lease) == scene.node else ""


def unreachable(scene: Scene) -> Found:
    def evicts(state: Mapping[str, Any]) -> list[str]:
        return [taint for taint in state["taints"] if taint.startswith(KUBERNETES_TAINT) and taint.endswith(":NoExecute")]

    one = scene.first(NODE, scene.node, evicts)
    return found(one, f"Node {scene.node}: {', '.join(evicts(one.state))}" if one else "", f"Node {scene.node}: was never tainted")


def cordoned(scene: Scene) -> Found:
    one = scene.first(NODE, scene.node, lambda state: state["cordoned"])
    return found(one, f"Node {scene.node}: unschedulable", f"Node {scene.node}: was not cordoned")


def uncordoned(scene: Scene) -> Found:
    one = scene.first(NODE, scene.node, lambda state: not state["cordoned"])
    return found(one, f"Node {scene.node}: schedulable again", f"Node {scene.node}: was not seen to be uncordoned")


def ready_again(scene: Scene) -> Found:
    """Of several returns the last: a node may come and go before it stays."""
    left = not_ready(scene).at
    if left is None:
        return Found(None, f"Node {scene.node}: was never lost")
    returns = [one for one in scene.story.history(NODE, scene.node) if one.at > left]
    stays: Observation | None = None
    for one in returns:
        good = one.change != DELETED and one.state["ready"] == "True"
        stays = (stays or one) if good else None
    return found(stays, f"Node {scene.node}: Ready is True, and stays so", f"Node {scene.node}: not Ready at the end")


# The pod


def deletion(scene: Scene) -> Found:
    uid = scene.uid(scene.hit)
    one = scene.first(POD, scene.hit, lambda state: state["deleting"] and state["uid"] == uid)
    return found(one, f"Pod {scene.hit}: deletionTimestamp", f"Pod {scene.hit}: was not deleted")


def gone(scene: Scene) -> Found:
    uid = scene.uid(scene.hit)
    history = [one for one in scene.story.history(POD, scene.hit) if one.at >= scene.fault_at]
    for index, one in enumerate(history):
        other = one.change == DELETED or one.state["uid"] != uid
        # A list of a server that lags behind takes nothing away that comes back.
        if uid and other and not any(later.change != DELETED and later.state["uid"] == uid for later in history[index:]):
            return Found(one.at, f"Pod {scene.hit}: the object of before is gone")
    return Found(None, f"Pod {scene.hit}: the object of before is still there")


def scheduled(scene: Scene) -> Found:
    uid = scene.uid(scene.hit)
    one = scene.first(POD, scene.hit, lambda state: state["uid"] != uid and state["node"])
    return found(one, f"Pod {scene.hit}: on {one.state['node']}" if one else "", f"Pod {scene.hit}: was not made anew")


def attached(scene: Scene) -> Found:
    """A VolumeAttachment that is done, or the label of a JivaVolume, with the node on which the pod is now."""
    was, now = (scene.story.state(POD, scene.hit, at).get("node", "") for at in (scene.fault_at, None))
    if was == now or not now:
        return Found(None, f"Pod {scene.hit}: is on no other node than before")
    ones = [
        one
        for kind, names in ((ATTACHMENT, scene.story.names(ATTACHMENT)), (TARGET, scene.volumes(TARGET)))
        for name in names
        if (one := scene.first(kind, name, lambda state: state["node"] == now and state.get("attached", True)))
    ]
    one = min(ones, key=lambda each: each.at, default=None)
    return found(one, f"{one.kind} {one.name}: {now}" if one else "", f"no volume was seen to go to {now}")


def started(scene: Scene) -> Found:
    """Of the container after the fault, in a new pod or in the same one."""
    was = scene.story.state(POD, scene.hit, scene.fault_at).get("started", "")
    one = scene.first(POD, scene.hit, lambda state: state["started"] and state["started"] != was)
    return found(one, f"Pod {scene.hit}: container started at {one.state['started']}" if one else "", f"Pod {scene.hit}: it ran on")


# The server


def begins(scene: Scene) -> Found:
    was = scene.story.state(CLUSTER, scene.name, scene.fault_at).get("target", "")
    one = scene.first(CLUSTER, scene.name, lambda state: state["target"] != was)
    says = f"Cluster {scene.name}: {one.state['phase']}, targetPrimary {one.state['target'] or 'none'}" if one else ""
    return found(one, says + burden(scene, OPERATOR_LEASE, "the operator"), f"Cluster {scene.name}: targetPrimary stayed {was or 'none'}")


def chosen(scene: Scene) -> Found:
    was = scene.story.state(CLUSTER, scene.name, scene.fault_at).get("target", "")
    one = scene.first(CLUSTER, scene.name, lambda state: state["target"] not in (*ELECTING, was))
    return found(one, f"Cluster {scene.name}: targetPrimary {one.state['target']}" if one else "", "no other one was chosen")


def promoted(scene: Scene) -> Found:
    one = scene.first(CLUSTER, scene.name, lambda state: state["current"] not in ("", scene.before))
    says = f"Cluster {scene.name}: currentPrimary {one.state['current']}, timeline {one.state['timeline']}" if one else ""
    return found(one, says, f"Cluster {scene.name}: the primary stayed {scene.before or 'none'}")


def labelled(scene: Scene) -> Found:
    ones = [one for name in scene.story.names(POD) if name != scene.before and (one := scene.first(POD, name, leads))]
    one = min(ones, key=lambda each: each.at, default=None)
    return found(one, f"Pod {one.name}: Ready, with the label of the primary" if one else "", "no other pod was the primary")


def switched(scene: Scene) -> Found:
    """Where the service that clients use sends them: to another address, or again to one after none."""
    story = scene.story
    slices = {name: story.history(SLICE, name)[0].state["service"] for name in story.names(SLICE)}
    service = next((name for end in SERVICES for name in slices.values() if name == f"{scene.name}{end}"), "")
    own = [name for name, of in slices.items() if of == service]
    was, empty = addresses(scene, own, scene.fault_at), False
    for one in story.all(SLICE):
        if one.at < scene.fault_at or one.name not in own:
            continue
        now = addresses(scene, own, one.at)
        if now and (empty or not set(now) & set(was)):
            return Found(one.at, f"EndpointSlice of service {service}: {', '.join(f'{address} ({pod})' for address, pod in now)}")
        empty = empty or not now
    return Found(None, f"service {service} had the same server all the time" if service else "no EndpointSlice of its services was seen")


def addresses(scene: Scene, slices: list[str], at: int) -> list[tuple[str, str]]:
    return sorted({(address, pod) for name in slices for address, pod, _node in scene.story.state(SLICE, name, at).get("ready", [])})


def standby(scene: Scene) -> Found:
    if scene.told.streaming is not None:
        return Found(scene.told.streaming, "pg_stat_replication of the primary")
    one = scene.first(POD, scene.before, lambda state: state["role"] == "replica" and state["ready"] and not state["deleting"])
    says = f"Pod {scene.before}: Ready as a replica; whether it streams was not asked"
    return found(one, says, f"Pod {scene.before}: did not become a Ready replica")


def redundant(scene: Scene) -> Found:
    """From when on all servers were Ready until the end."""
    kind = CLUSTER if scene.story.history(CLUSTER, scene.name) else SET
    history = scene.story.history(kind, scene.name)
    if not history:
        return Found(None, f"neither {CLUSTER} nor {SET} {scene.name} was seen")
    lacking, stays = False, None
    for one in history:
        good = one.change != DELETED and whole(one.state)
        if one.at >= scene.fault_at and not good:
            lacking, stays = True, None
        elif good and lacking:
            stays = stays or one
    if not lacking:
        return Found(None, f"{kind} {scene.name}: was seen whole all the time")
    says = f"{kind} {scene.name}: {stays.state['ready']} of {stays.state['wanted']} servers Ready, and stays so" if stays else ""
    return found(stays, says, f"{kind} {scene.name}: not whole at the end")


def whole(state: Mapping[str, Any]) -> bool:
    """Of a Cluster or StatefulSet: all servers are Ready, the primary is where it is to be, rows are on enough standbys."""
    return state["ready"] >= state["wanted"] and state.get("synchronous", True) and state.get("target") == state.get("current")
