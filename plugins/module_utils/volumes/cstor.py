# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cStor: a target with a copy in each of several pools. Copies are written by the pool's pod, the volume by the target's pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Evidence, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import node_named
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, title

VOLUME, REPLICA, POOL, ATTACHMENT = "CStorVolume", "CStorVolumeReplica", "CStorPoolInstance", "CStorVolumeAttachment"
POOL_NAME = "cstorpoolinstance.openebs.io/name"
POOL_HOST = "cstorpoolinstance.openebs.io/hostname"
TARGET = "cstor-volume-manager"
GOOD, GOOD_POOL = "Healthy", "ONLINE"


def look(volume: Mapping[str, Any], world: World) -> Finding:
    name = volume["metadata"]["name"]
    own = next((item for item in world.all(VOLUME) if item["metadata"]["name"] == name), None)
    if own is None:
        return Finding(
            doubts=(f"there is no {VOLUME} {name}, so that the engine knows nothing of the volume. Do not delete the claim",),
            evidence=(Evidence(f"no {VOLUME} of that name", f"{VOLUME}/{name}"),),
        )
    spec, status = own.get("spec") or {}, own.get("status") or {}
    factor = spec.get("replicationFactor") or spec.get("desiredReplicationFactor")
    rows = {str(row.get("replicaId")): row for row in status.get("replicaStatuses") or []}
    copies, evidence = [], []
    for replica in world.of_volume(REPLICA, name):
        copy, seen = copy_of(world, replica, rows)
        copies.append(copy)
        evidence.append(seen)
    target, doubts, seen_target = target_of(world, name, own)
    if not isinstance(factor, int) or factor < 1:
        factor = None
        doubts = (f"{title(own)} does not say how many copies there should be (spec.replicationFactor)", *doubts)
    holder, book = held_by(world, name)
    phase = status.get("phase") or "without a phase"
    age = world.nodes[target].heard if target in world.nodes and not doubts else None
    return Finding(
        copies=tuple(sorted(copies, key=lambda copy: (copy.node or "", copy.place or ""))),
        wanted=factor,
        quorum=None if factor is None else max(spec.get("consistencyFactor") or 0, factor // 2 + 1),
        held_by=holder,
        book=book,
        target=target,
        writes=False if phase in ("Offline", "Error") and not doubts else None,
        doubts=doubts,
        evidence=(
            Evidence(f"is {phase}, which missing copies do not always change", f"{title(own)} status.phase", age),
            *evidence,
            *seen_target,
        ),
    )


def copy_of(world: World, replica: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> tuple[Copy, Evidence]:
    """In sync is a copy that its pool calls Healthy, that the target calls Healthy, and whose pool works on a Ready node."""
    labels = replica["metadata"].get("labels") or {}
    pool_name = labels.get(POOL_NAME)
    pool = next((item for item in world.all(POOL) if item["metadata"]["name"] == pool_name), None)
    host = labels.get(POOL_HOST) or ((pool or {}).get("spec") or {}).get("hostName")
    node = node_named(host, world.labels)
    phase = (replica.get("status") or {}).get("phase") or "without a phase"
    row = rows.get(str((replica.get("spec") or {}).get("replicaid")))
    against = [
        *([f"phase {phase}"] if phase != GOOD else []),
        *(["not connected to the target"] if row is None else []),
        *([f"{row.get('mode')} to the target"] if row is not None and row.get("mode") != GOOD else []),
        *pool_against(pool),
        *([f"its node {world.not_ready_text(node)}"] if not world.ready(node) else []),
    ]
    age = world.nodes[node].heard if node in world.nodes else None
    changed = world.changed(replica)
    since = "" if changed is None else f", unchanged for {changed:.0f} s"
    says = f"the copy in {pool_name} on {node} is {', '.join(against) or GOOD}{since}"
    return Copy(node, pool_name, ", ".join(against) or GOOD, not against), Evidence(says, f"{title(replica)} status.phase", age)


def pool_against(pool: Mapping[str, Any] | None) -> list[str]:
    if pool is None:
        return ["its pool is not known"]
    status = pool.get("status") or {}
    found = [] if status.get("phase") == GOOD_POOL else [f"its pool is {status.get('phase') or 'without a phase'}"]
    return [*found, *(["its pool is read-only"] if status.get("readOnly") else [])]


def target_of(world: World, name: str, own: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...], tuple[Evidence, ...]]:
    pods = [pod for pod in world.of_volume("Pod", name) if pod["metadata"]["labels"].get("app") == TARGET]
    running = next((pod for pod in pods if world.runs(pod)), None)
    if running is not None:
        node = running["spec"]["nodeName"]
        return node, (), (Evidence(f"the target runs on {node}", f"{title(running)} status", world.nodes[node].heard),)
    said = "; ".join(f"{pod['metadata']['name']} {world.why_not_running(pod)}" for pod in pods) or "it has no pod"
    return (
        next((pod["spec"].get("nodeName") for pod in pods), None),
        (
            f"{title(own)} may be out of date, since its target writes it and does not run: {said}. If its node is surely off,"
            " delete that pod by kubectl delete pod --force --grace-period=0",
        ),
        (Evidence(f"the target does not run: {said}", "Pod status and Node status", 0),),
    )


def held_by(world: World, name: str) -> tuple[str | None, Evidence | None]:
    for item in world.all(ATTACHMENT):
        of = (item.get("spec") or {}).get("volume") or {}
        if of.get("name") == name and of.get("ownerNodeID"):
            node = node_named(of["ownerNodeID"], world.labels)
            return node, Evidence(f"is attached to {node}", f"{title(item)} spec.volume.ownerNodeID", 0)
    return None, None
