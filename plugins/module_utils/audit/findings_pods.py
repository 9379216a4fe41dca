# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for in pods of applications. Each function yields the object, and the values for the texts of the table."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import (
    Snapshot,
    Thing,
    containers,
    is_database,
    name,
    owner,
    spec,
    title,
)
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, listed

# Storage of others that a pod names itself, past claim, class and quota.
REMOTE = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "gcePersistentDisk", "glusterfs",
    "iscsi", "nfs", "portworxVolume", "rbd",
)  # fmt: skip
# Drivers that make volumes for one pod, of no use to another.
EPHEMERAL = ("csi.cert-manager.io", "csi.spiffe.io", "secrets-store.csi.k8s.io")
NODE_GONE = ("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready")
USUAL_SECONDS = 300


def _pods(look: Snapshot) -> list[Thing]:
    """Pods of applications that have not ended, without those which belong to a node: a DaemonSet's, and the kubelet's own."""
    return [
        pod
        for pod in look.of("Pod")
        if look.judged(pod)
        and owner(pod).get("kind") not in ("DaemonSet", "Node")
        and field(pod, ("status", "phase")) not in ("Succeeded", "Failed")
    ]


def _written(pod: Thing, volume: str) -> bool:
    mounts = [mount for container in containers(pod) for mount in container.get("volumeMounts") or ()]
    return any(mount.get("name") == volume and not mount.get("readOnly") for mount in mounts)


def host_folder(look: Snapshot) -> Found:
    for pod in _pods(look):
        for volume in spec(pod).get("volumes") or ():
            path = field(volume, ("hostPath", "path"))
            if path and _written(pod, str(volume.get("name"))):
                yield title(pod), {"volume": volume.get("name"), "path": path}


def remote_storage(look: Snapshot) -> Found:
    for pod in _pods(look):
        for volume in spec(pod).get("volumes") or ():
            kind = next((key for key in REMOTE if key in volume), None)
            if kind and field(volume, ("csi", "driver")) not in EPHEMERAL:
                yield title(pod), {"volume": volume.get("name"), "kind": kind}


def no_volume(look: Snapshot) -> Found:
    """A database whose data end with its pod. A volume of another kind is another check's."""
    for pod in _pods(look):
        kinds = {key for volume in spec(pod).get("volumes") or () for key in volume}
        if is_database(pod) and not kinds & {"persistentVolumeClaim", "hostPath", "ephemeral", *REMOTE}:
            yield title(pod), {"image": listed(str(one.get("image")) for one in containers(pod))}


def left_on_dead_node(look: Snapshot) -> Found:
    for pod in look.of("Pod"):
        node = spec(pod).get("nodeName")
        if field(pod, ("metadata", "deletionTimestamp")) and node and not look.ready(node) and look.claims_of(pod):
            yield title(pod), {"node": node, "claims": listed(map(name, look.claims_of(pod)))}


def _waits(pod: Thing) -> bool:
    """Whether a pod stays on a lost node for the time that Kubernetes sets if nobody else does."""
    rows = spec(pod).get("tolerations") or ()
    told = [row.get("tolerationSeconds") for row in rows if row.get("key") in NODE_GONE and row.get("effect") == "NoExecute"]
    return any(seconds is not None and seconds >= USUAL_SECONDS for seconds in told)


def waits_long(look: Snapshot) -> Found:
    """A pod that could go on elsewhere, since its volume has copies there."""
    for pod in _pods(look):
        engines = [look.engine_of_volume(look.volume_of(claim)) for claim in look.claims_of(pod)]
        if engines and all(engine and engine.replicated for engine in engines) and _waits(pod):
            yield title(pod), {"seconds": USUAL_SECONDS}


def members_together(look: Snapshot) -> Found:
    """Local volumes of several pods of one owner on one node."""
    groups: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for claim in look.claims:
        volume = look.volume_of(claim)
        engine, homes = look.engine_of_volume(volume), look.home(volume)
        for pod in look.keeps_data(claim):
            one = owner(pod)
            if one and len(homes) == 1 and not (engine and engine.replicated):
                key = (str(pod["metadata"].get("namespace")), str(one.get("kind")), str(one.get("name")), homes[0])
                groups.setdefault(key, {})[name(pod)] = name(volume)
    for (where, kind, called, node), pods in groups.items():
        if len(pods) > 1:
            yield f"{kind} {where}/{called}", {"node": node, "pods": listed(sorted(pods))}


def alone_on_node(look: Snapshot) -> Found:
    """The only server of a database, its data on one node."""
    for claim in look.claims:
        volume = look.volume_of(claim)
        engine, homes = look.engine_of_volume(volume), look.home(volume)
        for pod in look.keeps_data(claim):
            one = owner(pod)
            peers = [
                peer for peer in _pods(look) if owner(peer) == one and peer["metadata"].get("namespace") == pod["metadata"].get("namespace")
            ]
            if is_database(pod) and len(homes) == 1 and not (engine and engine.replicated) and len(peers) < 2:
                yield title(pod), {"node": homes[0], "claim": name(claim)}
