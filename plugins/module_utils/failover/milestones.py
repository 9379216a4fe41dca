# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The milestones of a failover, in the order in which they usually come: the table, and what is made of it.

Ids are part of the public result, never reused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover import scenes, scenes_copies
from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import MICRO
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    ATTACHMENT,
    CLUSTER,
    LEASE,
    NODE,
    POD,
    SET,
    SLICE,
    TARGET,
    Observation,
    Story,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.scenes import Found, Scene, Told
from ansible_collections.pikube.stateful.plugins.module_utils.failover.watches import MANY, SINGLE

ANYWHERE = (SINGLE, MANY)
NODE_LOST = ("kubelite_stop", "partition", "crash", "power_off")
POD_GOES = ("pod_delete", "drain", "power_off")
COPY_GOES = ("drain", *NODE_LOST)
NEW_CONTAINER = ("pod_delete", "drain", "postmaster_kill", "crash", "power_off")


class Mark(NamedTuple):
    """kinds: of faults after which it is waited for; without them it is told only if it happened. () for all.

    seen: the kind of object on which it is seen, "" for what is known without a watch.
    """

    id: str
    what: str
    find: Callable[[Scene], Found]
    seen: str = ""
    kinds: tuple[str, ...] = ()
    topologies: tuple[str, ...] = ANYWHERE


MARKS = (
    Mark("last_acknowledged", "last acknowledged write before the fault", scenes.last_acknowledged),
    Mark("fault", "fault injected", scenes.fault),
    Mark("cordoned", "node cordoned", scenes.cordoned, NODE, ("drain",)),
    Mark("lease_stops", "last renewal of the node's Lease", scenes.lease_stops, LEASE, NODE_LOST),
    Mark("not_ready", "node not Ready", scenes.not_ready, NODE, NODE_LOST),
    Mark("unreachable", "node tainted, its pods are evicted", scenes.unreachable, NODE, NODE_LOST),
    Mark("pod_deletion", "pod marked for deletion", scenes.deletion, POD, POD_GOES),
    Mark("pod_gone", "pod gone", scenes.gone, POD, POD_GOES),
    Mark("failover_begins", "failover begins", scenes.begins, CLUSTER, (), (MANY,)),
    Mark("target_chosen", "new primary chosen", scenes.chosen, CLUSTER, (), (MANY,)),
    Mark("promoted", "new primary promoted", scenes.promoted, CLUSTER, (), (MANY,)),
    Mark("labelled", "new primary Ready under its label", scenes.labelled, POD, (), (MANY,)),
    Mark("scheduled", "new pod on a node", scenes.scheduled, POD, POD_GOES, (SINGLE,)),
    Mark("copy_lost", "volume with a copy less", scenes_copies.copy_lost, TARGET, COPY_GOES, (SINGLE,)),
    Mark("attached", "volume at the new node", scenes.attached, ATTACHMENT, NODE_LOST, (SINGLE,)),
    Mark("started", "container of the server started", scenes.started, POD, (), (SINGLE,)),
    Mark("endpoint", "service leads to the new server", scenes.switched, SLICE),
    Mark("first_acknowledged", "first acknowledged write after the outage", scenes.first_acknowledged),
    Mark("node_ready", "node Ready again", scenes.ready_again, NODE, NODE_LOST),
    Mark("uncordoned", "node takes pods again", scenes.uncordoned, NODE, ("drain",)),
    Mark("copy_returns", "copy of the volume is being filled", scenes_copies.copy_returns, TARGET, COPY_GOES, (SINGLE,)),
    Mark("copies_in_sync", "all copies of the volume in sync again", scenes_copies.copies_in_sync, TARGET, COPY_GOES, (SINGLE,)),
    Mark("restarted", "container of the old primary started", scenes.started, POD, NEW_CONTAINER, (MANY,)),
    Mark("standby", "old primary is a standby again", scenes.standby, POD, (), (MANY,)),
    Mark("redundancy", "all servers Ready again", scenes.redundant, CLUSTER, (), (MANY,)),
    Mark("ready", "server Ready again", scenes.redundant, SET, (), (SINGLE,)),
)


class Milestone(NamedTuple):
    """at: microseconds, None for one that was not seen. because: what it rests on, or why it was not seen."""

    id: str
    what: str
    at: int | None
    because: str


def milestones(
    observations: Iterable[Observation],
    fault_at: int | None,
    beside: Told,
    *,
    name: str,
    topology: str,
    kind: str = "",
    node: str = "",
    pod: str = "",
    marks: Sequence[Mark] = MARKS,
) -> list[Milestone]:
    """In the order of the table; empty without a fault. Found by sight alone: not by the clocks of nodes, which may differ.

    beside: what is known without watches. name: of the server. kind: of the fault. node, pod: the victims, "" without one.
    """
    if fault_at is None:
        return []
    scene = Scene(Story(observations), name, fault_at, node, pod, beside)
    result = []
    for mark in marks:
        if topology not in mark.topologies or (not node and mark.seen in (NODE, LEASE)):
            continue
        at, because = mark.find(scene)
        if at is not None or not mark.kinds or kind in mark.kinds:
            result.append(Milestone(mark.id, mark.what, at, because + doubt(scene.story, mark.seen, at)))
    return result


def doubt(story: Story, kind: str, at: int | None) -> str:
    """What a watch that was interrupted takes from a time."""
    for begin, end in story.gaps(kind) if kind else ():
        if at is not None and end is not None and begin < at <= end + MICRO:
            return f"; the watch was interrupted for {(end - begin) / MICRO:.1f} s before, so it may have been that much earlier"
        if at is None and end is None:
            return "; the watch was interrupted until the end"
    return ""


def told(analysis: Any, streaming: int | None = None) -> Told:
    """What an Analysis of the ledger says. streaming: see Told."""
    return Told(analysis.last_ack, analysis.rto_seconds != 0.0, analysis.rto_end, streaming)


def awaited(found: Sequence[Milestone]) -> Milestone | None:
    """The next one: the first that was not seen behind the last that was. None behind the last of all."""
    last = max((index for index, one in enumerate(found) if one.at is not None), default=-1)
    return next((one for one in found[last + 1 :] if one.at is None), None)
