# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan rests on, as values, and what is wanted; a Look asks them the questions that preconditions have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import (
    FENCE,
    GRACE_SECONDS,
    POWER,
    SQL,
    TAINT,
    UNCORDON,
    Fault,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import Held
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import status
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, claims_used

PRIMARY, STANDBY = "primary", "standby"


@dataclass(frozen=True)
class Options:
    """What a person wants. kind: of the fault. victim: a node or a pod of the server, "" for the primary's.

    allow: the UID of the cluster that may be disturbed. accept_async: whether acknowledged rows may be lost. power: which of the commands
    off, on and is_off were given. fence, taint: what is done once the node is proven off. backup_hours: how old the newest backup may be,
    None if an old one is only told. lag_bytes: how far a standby may be behind. steady_seconds: of the load before the fault.
    hang_seconds: without an answer, after which a client gives its session up; None where there is none such.
    """

    kind: str
    victim: str = ""
    allow: str = ""
    accept_async: bool = False
    power: frozenset[str] = frozenset()
    fence: bool = False
    taint: bool = False
    backup_hours: float | None = None
    lag_bytes: int = 16 * 1024 * 1024
    steady_seconds: float = 60.0
    hang_seconds: float | None = None


@dataclass(frozen=True)
class Situation:
    """at: seconds since 1970 by the controller's clock. server: the Cluster or the StatefulSet, None if it is not there.

    pods, budgets: of all namespaces. claims: of the server's. volumes: PersistentVolumes. leases: of the nodes. rows: of the claims, as
    volumes.judge gives them. settings: name -> value of PostgreSQL, None if it could not be asked. standbys: rows of pg_stat_replication
    (name, state, sync, and bytes behind), None likewise. slots: rows (name, active).
    leaders: component -> node that leads. runs: what holds or left a Lease.
    voters: nodes that vote in the datastore, none for one outside of the cluster, None if not known. servers: hosts of API servers that
    answer, None if not known. skew: seconds that a node's clock is ahead of the controller's. backup_hours: age of the newest backup, None
    without one. power_proven: whether is_off was asked and said that the victim is on. reached: nodes where a command as root worked.
    controller: the node that this runs on, None if it is none. reboots: nodes that wait for a reboot.
    steady: acked, failed and unknown of the load before the fault, None before it ran.
    """

    namespace: str
    name: str
    topology: str
    cluster_uid: str
    at: float
    server: Mapping[str, Any] | None = None
    nodes: Sequence[Mapping[str, Any]] = ()
    leases: Sequence[Mapping[str, Any]] = ()
    pods: Sequence[Mapping[str, Any]] = ()
    claims: Sequence[Mapping[str, Any]] = ()
    volumes: Sequence[Mapping[str, Any]] = ()
    budgets: Sequence[Mapping[str, Any]] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, str] | None = None
    standbys: Sequence[Mapping[str, Any]] | None = None
    slots: Sequence[Mapping[str, Any]] = ()
    leaders: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[Held] = ()
    voters: Collection[str] | None = None
    servers: Collection[str] | None = None
    skew: Mapping[str, float] = field(default_factory=dict)
    backup_hours: float | None = None
    power_proven: bool | None = None
    reached: Collection[str] = ()
    controller: str | None = None
    reboots: Collection[str] = ()
    steady: Mapping[str, int] | None = None
    grace_seconds: float = GRACE_SECONDS


class Victim(NamedTuple):
    """node, pod: names, "" for none. role: of the pod's server, "" without one. uid: of the pod."""

    node: str
    pod: str
    role: str
    uid: str = ""


NOBODY = Victim("", "", "")


class Look:
    """A situation under a certain fault."""

    def __init__(self, situation: Situation, options: Options, fault: Fault) -> None:
        self.situation, self.options, self.fault = situation, options, fault

    # What the fault does

    @property
    def injects(self) -> bool:
        return bool(set(self.fault.needs) - {SQL})

    @property
    def takes_node(self) -> bool:
        """Whether the pods of a node go, or the node itself."""
        return self.fault.loses_node or self.drains

    @property
    def drains(self) -> bool:
        return UNCORDON in self.fault.undo

    @property
    def besides(self) -> str:
        if POWER not in self.fault.needs:
            return ""
        return FENCE if self.options.fence else TAINT if self.options.taint else ""

    # Nodes

    @cached_property
    def world(self) -> World:
        kinds = {"Node": self.situation.nodes, "Pod": self.situation.pods, "PersistentVolumeClaim": self.situation.claims}
        # Without leases World says that they could not be read.
        return World(Snapshot({**kinds, **({"Lease": self.situation.leases} if self.situation.leases else {})}, self.situation.at))

    @cached_property
    def nodes(self) -> dict[str, Mapping[str, Any]]:
        return {item["metadata"]["name"]: item for item in self.situation.nodes}

    def pods_on(self, node: str) -> list[Mapping[str, Any]]:
        """Those that are not over, by namespace and name."""
        found = [
            pod
            for pod in self.situation.pods
            if (pod.get("spec") or {}).get("nodeName") == node and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
        ]
        return sorted(found, key=lambda pod: (pod["metadata"].get("namespace") or "", pod["metadata"]["name"]))

    # The server

    @property
    def single(self) -> bool:
        return self.situation.topology == "single"

    @cached_property
    def own_pods(self) -> list[Mapping[str, Any]]:
        return [pod for pod in self.situation.pods if pod["metadata"].get("namespace") == self.situation.namespace]

    @cached_property
    def state(self) -> status.State:
        look = self.situation
        if look.server is None:
            return status.State("", "", (), 0, "", (f"{look.namespace}/{look.name} is not there",))
        if self.single:
            return status.judge_single(look.name, self.own_pods, look.claims, {})
        return status.judge(look.server, self.own_pods, look.claims, {})

    @cached_property
    def instances(self) -> dict[str, Mapping[str, Any]]:
        """Pods of the server by their names, without those of its jobs."""
        label = status.SINGLE if self.single else status.CLUSTER
        found = {}
        for pod in self.own_pods:
            labels = pod["metadata"].get("labels") or {}
            if labels.get(label) == self.situation.name and status.JOB not in labels:
                found[pod["metadata"]["name"]] = pod
        return found

    def node_of(self, pod: str) -> str:
        return ((self.instances.get(pod) or {}).get("spec") or {}).get("nodeName") or ""

    def role_of(self, pod: str) -> str:
        return "" if pod not in self.instances else PRIMARY if pod == self.state.primary else STANDBY

    @cached_property
    def victim(self) -> Victim:
        """NOBODY if there is none such, or none that this fault could hit."""
        wanted = self.options.victim or self.state.primary
        if wanted in self.instances:
            found = self._server(wanted)
        elif wanted in self.nodes:
            there = sorted((self.role_of(pod), pod) for pod in self.instances if self.node_of(pod) == wanted)
            found = self._server(there[0][1]) if there else Victim(wanted, "", "")
        else:
            return NOBODY
        return found if found.node and (self.takes_node or found.pod) else NOBODY

    def _server(self, pod: str) -> Victim:
        return Victim(self.node_of(pod), pod, self.role_of(pod), self.instances[pod]["metadata"].get("uid") or "")

    @property
    def peers(self) -> tuple[str, ...]:
        """Internal addresses of the nodes beside the victim's."""
        return tuple(
            row["address"]
            for name, node in sorted(self.nodes.items())
            for row in (node.get("status") or {}).get("addresses") or []
            if name != self.victim.node and row.get("type") == "InternalIP"
        )

    @cached_property
    def staying(self) -> list[str]:
        """Servers that are Ready and not on the victim's node."""
        ready = [pod for pod in (self.state.primary, *self.state.standbys) if pod]
        return [pod for pod in ready if self.node_of(pod) != self.victim.node]

    @property
    def synchronous(self) -> Mapping[str, Any]:
        """How a Cluster has its standbys acknowledge; empty without that."""
        return (((self.situation.server or {}).get("spec") or {}).get("postgresql") or {}).get("synchronous") or {}

    @property
    def acknowledging(self) -> int:
        """Standbys that have to have a row before it is acknowledged, and for which is waited however long that takes."""
        if self.single or self.synchronous.get("dataDurability", "required") != "required":
            return 0
        return int(self.synchronous.get("number") or 0)

    # Volumes

    def rows_of(self, pod: str) -> list[Mapping[str, Any]]:
        used = set(claims_used(self.instances.get(pod) or {}))
        return [row for row in self.situation.rows if row["namespace"] == self.situation.namespace and row["name"] in used]

    @cached_property
    def rows(self) -> list[Mapping[str, Any]]:
        """Of the claims of all servers."""
        names = {claim for pod in self.instances.values() for claim in claims_used(pod)}
        return [row for row in self.situation.rows if row["namespace"] == self.situation.namespace and row["name"] in names]
