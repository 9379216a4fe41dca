# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a Situation: from the API, from the primary, and what others know."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER, FAULTS, GRACE_SECONDS, SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import INSTANCE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import API as LEASES
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import found, uid_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Look, Options, Situation
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import NAMESPACE as OPERATOR
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import judge, read
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import VOLUME_LABEL, World

Ask = Callable[[str, str], str]  # pod, statement -> what psql says, unaligned and without headings; raises ClusterError
SERVERS = ((CLUSTER, "Cluster", API_VERSION), (SINGLE, "StatefulSet", "apps/v1"))  # topology, kind, API version
# Component -> namespace and name of the Lease of whoever leads.
LEADERS = {
    "kube-controller-manager": ("kube-system", "kube-controller-manager"),
    "kube-scheduler": ("kube-system", "kube-scheduler"),
    "cloudnative-pg": (OPERATOR, "db9c8771.cnpg.io"),
}
# Labels of a pod, and whether there is one for each volume.
COMPONENTS = {
    "jiva-operator": ({"name": "jiva-operator"}, False),
    "jiva target": ({"openebs.io/component": "jiva-controller"}, True),
}
NOT_THERE = ("NoSuchKind", "NotFound")


@dataclass(frozen=True)
class Known:
    """What neither the API nor the database tells; the names are those of Situation."""

    voters: Collection[str] | None = None
    skew: Mapping[str, float] = field(default_factory=dict)
    backup_hours: float | None = None
    power_proven: bool | None = None
    reached: Collection[str] = ()
    controller: str | None = None
    reboots: Collection[str] = ()
    grace_seconds: float = GRACE_SECONDS


def gather(
    api: Cluster,
    namespace: str,
    name: str,
    ask: Ask,
    known: Known,
    *,
    run: str = "",
    engines: Callable[[str], str] | None = None,
    wall: Callable[[], float] = time.time,
) -> Situation:
    """run: the caller's own, which is in nobody's way. engines: gets a path and says what an engine of volumes answers to it.

    Raises ClusterError if the API does not answer, FailoverError where there is no such server. A database that does not is no error.
    """
    topology, server = server_of(api, namespace, name)
    snapshot = read.snapshot(api, wall)
    claims = of_namespace(snapshot, "PersistentVolumeClaim", namespace)
    pods = list(snapshot.objects.get("Pod") or ())
    situation = Situation(
        namespace,
        name,
        topology,
        uid_of(api),
        snapshot.at,
        server=server,
        nodes=snapshot.objects["Node"],
        leases=snapshot.objects.get("Lease") or (),
        pods=pods,
        claims=claims,
        volumes=snapshot.objects["PersistentVolume"],
        budgets=api.list("PodDisruptionBudget", api_version="policy/v1"),
        rows=rows(snapshot, claims, engines),
        leaders={**leaders(api, pods), **placed(pods, claims)},
        runs=[held for held in found(api, wall) if held.run != run],
        servers=[urlsplit(one).hostname or one for one in api.answering()],
        **vars(known),
    )
    return asked(situation, ask)


def server_of(api: Cluster, namespace: str, name: str) -> tuple[str, dict[str, Any]]:
    """Topology and object."""
    for topology, kind, version in SERVERS:
        try:
            server = api.get(kind, name, namespace, version)
        except ClusterError as error:
            if error.reason not in NOT_THERE:
                raise
            server = None
        if server is not None:
            return topology, server
    kinds = " nor ".join(kind for _topology, kind, _version in SERVERS)
    raise FailoverError(
        f"there is neither {kinds} {namespace}/{name}. Set postgres_namespace and postgres_name to those of the database, or make it:"
        " role postgres. Nothing was done"
    )


def of_namespace(snapshot: Snapshot, kind: str, namespace: str) -> list[Mapping[str, Any]]:
    return [item for item in snapshot.objects.get(kind) or () if item["metadata"].get("namespace") == namespace]


def rows(snapshot: Snapshot, claims: Sequence[Mapping[str, Any]], engines: Callable[[str], str] | None) -> list[dict[str, Any]]:
    """Of module volume_info."""
    world = World(snapshot)
    if engines is not None:
        world = World(snapshot.with_answers(read.answers(read.questions(claims, world), engines)))
    return judge.rows(claims, world)


def leaders(api: Cluster, pods: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Component -> node. A holder is called NAME_UNIQUE, with the name of its host, which for a pod is the pod's."""
    nodes = {pod["metadata"]["name"]: (pod.get("spec") or {}).get("nodeName") for pod in pods}
    leads = {}
    for component, (namespace, lease) in LEADERS.items():
        item = api.get("Lease", lease, namespace, LEASES) or {}
        holder = ((item.get("spec") or {}).get("holderIdentity") or "").rpartition("_")[0]
        if holder:
            leads[component] = nodes.get(holder) or holder
    return leads


def placed(pods: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Component -> node, of those of the engine that a volume of these claims waits for when they are lost."""
    own = {(claim.get("spec") or {}).get("volumeName") for claim in claims}
    found: dict[str, str] = {}
    for component, (labels, of_volume) in COMPONENTS.items():
        for pod in pods:
            has = pod["metadata"].get("labels") or {}
            if labels.items() <= has.items() and (not of_volume or has.get(VOLUME_LABEL) in own):
                found[component] = (pod.get("spec") or {}).get("nodeName") or ""
    return {component: node for component, node in found.items() if node}


def asked(situation: Situation, ask: Ask) -> Situation:
    """With what the primary says of itself and its standbys."""
    primary = Look(situation, Options("none"), FAULTS["none"]).state.primary
    if not primary:
        return situation
    try:
        said = json.loads(ask(primary, INSTANCE))
    except (ClusterError, ValueError):
        return situation
    return replace(situation, settings=said["settings"], standbys=said["standbys"], slots=said["slots"])
