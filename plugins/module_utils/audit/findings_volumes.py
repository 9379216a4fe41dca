# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked for in PersistentVolumes. Each function yields the object, and the values for the texts of the table."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import Found
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import (
    HOSTNAME,
    PROVISIONED_BY,
    Snapshot,
    Thing,
    annotations,
    labels,
    name,
    spec,
    title,
)
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, gib, quantity

# Sources of a volume that are a folder or a disk of one node.
OF_ONE_NODE = ("hostPath", "local")


def _static(look: Snapshot) -> list[Thing]:
    return [volume for volume in look.of("PersistentVolume") if not annotations(volume).get(PROVISIONED_BY)]


def _source(volume: Thing) -> str:
    kind = next((key for key in (*OF_ONE_NODE, "csi", "nfs", "iscsi") if key in spec(volume)), "volume")
    path = field(volume, ("spec", kind, "path"))
    return f"{kind} {path}" if path else kind


def _behind_replicas(look: Snapshot, volume: Thing) -> str | None:
    """The engine whose class's name a folder of one node carries."""
    wanted = str(spec(volume).get("storageClassName") or "")
    engine = look.engine_of_class(look.classes.get(wanted, {}))
    return engine.name if engine and engine.replicated and any(key in spec(volume) for key in OF_ONE_NODE) else None


def borrowed_class(look: Snapshot) -> Found:
    for volume in look.of("PersistentVolume"):
        engine = _behind_replicas(look, volume)
        if engine:
            yield title(volume), {"source": _source(volume), "storage_class": spec(volume)["storageClassName"], "engine": engine}


def by_hand(look: Snapshot) -> Found:
    for volume in _static(look):
        if not _behind_replicas(look, volume):
            yield title(volume), {"source": _source(volume)}


def everywhere(look: Snapshot) -> Found:
    """A folder that each node has one of its own of, without a word on which is meant."""
    for volume in look.of("PersistentVolume"):
        if "hostPath" in spec(volume) and not spec(volume).get("nodeAffinity") and len(look.nodes) > 1:
            yield title(volume), {"source": _source(volume), "nodes": len(look.nodes)}


def _size(volume: Thing) -> str:
    size = quantity(field(volume, ("spec", "capacity", "storage")))
    return gib(size) if size is not None else "of unknown size"


def left_behind(look: Snapshot) -> Found:
    for volume in look.of("PersistentVolume"):
        if field(volume, ("status", "phase")) == "Released":
            claim = spec(volume).get("claimRef") or {}
            yield title(volume), {"size": _size(volume), "claim": f"{claim.get('namespace')}/{claim.get('name')}"}


def failed(look: Snapshot) -> Found:
    for volume in look.of("PersistentVolume"):
        if field(volume, ("status", "phase")) == "Failed":
            yield title(volume), {"message": field(volume, ("status", "message")) or "no reason is given"}


def node_gone(look: Snapshot) -> Found:
    known = set(look.nodes) | {str(labels(node).get(HOSTNAME)) for node in look.nodes.values()}
    for volume in look.of("PersistentVolume"):
        homes = look.home(volume)
        if homes and not known & set(homes):
            yield title(volume), {"nodes": ", ".join(homes)}


def attached_to_dead(look: Snapshot) -> Found:
    for one in look.of("VolumeAttachment"):
        node = str(spec(one).get("nodeName"))
        if not look.ready(node):
            volume = field(one, ("spec", "source", "persistentVolumeName"))
            yield title(one), {"volume": volume, "node": node, "state": "not Ready" if node in look.nodes else "not in the cluster"}


def attach_failed(look: Snapshot) -> Found:
    for one in look.of("VolumeAttachment"):
        for key in ("attachError", "detachError"):
            told = field(one, ("status", key, "message"))
            if told:
                yield title(one), {"node": spec(one).get("nodeName"), "message": str(told).rstrip(". \n")}


def fence_empty(look: Snapshot) -> Found:
    """No node is named as the one that has the volume, although pods use it."""
    for volume, resource, label, pods in _fenced(look):
        if pods and not labels(resource).get(label):
            said = ", ".join(f"{name(pod)} on {spec(pod)['nodeName']}" for pod in pods)
            yield title(resource), {"label": label, "pods": said, "volume": name(volume)}


def fence_elsewhere(look: Snapshot) -> Found:
    """A Ready node is named that has no pod of the volume: no other node gets it."""
    for volume, resource, label, pods in _fenced(look):
        node = labels(resource).get(label)
        if node and look.ready(node) and node not in [spec(pod)["nodeName"] for pod in pods]:
            where = ", ".join(f"{name(pod)} on {spec(pod)['nodeName']}" for pod in pods) or "no pod at all"
            yield title(resource), {"label": label, "node": node, "pods": where, "volume": name(volume)}


def _fenced(look: Snapshot) -> list[tuple[Thing, Thing, str, list[Thing]]]:
    """Volume, its custom resource, the label, and the scheduled pods that use it."""
    found = []
    for claim in look.of("PersistentVolumeClaim"):
        volume = look.volume_of(claim)
        engine = look.engine_of_volume(volume) if volume else None
        for resource in look.of(engine.fence.kind) if engine and engine.fence else ():
            if name(resource) == name(volume):
                pods = [pod for pod in look.pods_of(claim) if spec(pod).get("nodeName") and look.ready(spec(pod)["nodeName"])]
                found.append((volume, resource, engine.fence.label, pods))
    return found
