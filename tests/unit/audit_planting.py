# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planted into the clean clusters, and the one test that goes through it.

A case is the id of a check, the cluster to begin with, a fault, and the same thing as it should be.
"""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import findings_of
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w

BY_ID = {check.id: check for check in CHECKS}
JIVA = "jiva.csi.openebs.io"
SC, PVC, PV = "StorageClass", "PersistentVolumeClaim", "PersistentVolume"


def put(kind, *items):
    return lambda world: world.put(kind, *items)


def both(*changes):
    def change(world):
        for one in changes:
            one(world)

    return change


def facts(**more):
    return lambda world: world.facts.update(pi02=w.facts("pi02", **more))


def rows(**more):
    return lambda world: world.rows.append(w.row(name="data-db-1", **more))


def cls(name="made", provisioner="openebs.io/local", **more):
    return put(SC, w.storage_class(name, provisioner, **more))


def used(name="made", provisioner="openebs.io/local", **more):
    """A class that a claim uses."""
    return both(cls(name, provisioner, **more), put(PVC, w.claim("used", cls=name, volume="pvc-2")))


def job(**more):
    return put("Pod", w.pod("job", claims=(), image="busybox:1", owner=("ReplicaSet", "job"), **more))


def quota(hard, used=None):
    return put(
        "ResourceQuota", {"metadata": w.meta("storage", "database"), "spec": {"hard": hard}, "status": {"hard": hard, "used": used or {}}}
    )


def deployment(name="extra", **more):
    return put("Deployment", w.workload(name=name, **more))


def mayastor(hugepages="2Gi", arch="amd64"):
    return both(
        deployment("io-engine", image="openebs/mayastor-io-engine:v2.12.1"),
        put("Node", *(w.node(name, arch=arch, hugepages=hugepages) for name in w.NODES)),
    )


def iscsi(**more):
    return facts(iscsi={**w.facts("pi02")["iscsi"], **more})


def medium(kind):
    return facts(file_systems=[{**w.facts("pi02")["file_systems"][0], "medium": kind}])


def space(free, size=500):
    return facts(file_systems=[{**w.facts("pi02")["file_systems"][0], "available_bytes": free * 2**30, "size_bytes": size * 2**30}])


def hand_made(**more):
    return put(PV, w.volume("by-hand", **more))


def attachment(node="pi01", **status):
    spec = {"nodeName": node, "source": {"persistentVolumeName": "pvc-1"}}
    return put("VolumeAttachment", {"metadata": w.meta("csi-1"), "spec": spec, "status": status})


def policies(count):
    return put("JivaVolumePolicy", {"metadata": w.meta("three", "openebs"), "spec": {"target": {"replicationFactor": count}}})


def labelled(**labels):
    return deployment(labels=labels, image="openebs/jiva-operator:3.6.0", template=w.SOON)


def node_set(path):
    folder = {"volumes": [{"name": "root", "hostPath": {"path": path}}]}
    return put("DaemonSet", w.workload("DaemonSet", "lvm-node", image="openebs/lvm-driver:1.10.1", template=folder))


def replica_pod(**more):
    return put("Pod", w.pod("rep-1", "openebs", claims=(), image="openebs/jiva:3.6.0", owner=("StatefulSet", "rep"), **more))


def gone(name="pi02"):
    return put("Node", w.node(name, ready=False))


def only(*names):
    return lambda world: world.update(Node=[w.node(name) for name in names])


def nothing(world):
    return None


def operator(node):
    app = w.pod("operator-1", "openebs", claims=(), image="openebs/jiva-operator:3.6.0", owner=("ReplicaSet", "o"), node=node)
    app["metadata"]["labels"] = {"app": "jiva-operator"}
    return put("Pod", app)


HOST = {"name": "host", "hostPath": {"path": "/srv/data"}}
NFS = {"name": "far", "nfs": {"server": "10.0.0.9", "path": "/x"}}
CONFIG = {"name": "settings", "configMap": {"name": "settings"}}
FOLDER = {"hostPath": {"path": "/var/data"}}
OUT = [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]
WAITING = [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]
GOING = {"deletionTimestamp": "2026-11-23T12:00:00Z"}
DELETES = {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Retain"}}
RETAINS = {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Retain", "whenDeleted": "Retain"}}
BAD_COPIES = [
    {"node": "pi01", "in_sync": True, "state": "RW"},
    {"node": "pi02", "in_sync": True, "state": "RW"},
    {"node": "pi03", "in_sync": False, "state": "WO"},
]
TOGETHER = [{"node": "pi01", "in_sync": True, "state": "RW"}, {"node": "pi01", "in_sync": True, "state": "RW"}]
TWINS = [{"path": "/dev/sda", "serial": "1", "medium": "usb_hdd"}, {"path": "/dev/sdb", "serial": "1", "medium": "usb_hdd"}]
SINGLES = [{"path": "/dev/sda", "serial": "1", "medium": "usb_hdd"}, {"path": "/dev/sdb", "serial": "2", "medium": "usb_hdd"}]
NDM = deployment("cspc", image="openebs/cspc-operator:3.6.0", template=w.SOON)
MASTERS = both(put("Node", *(w.node(name, arch="amd64") for name in w.NODES)))
LOKI = both(put(PVC, w.claim("storage-loki-0", "openebs", "pvc-9")), put(PV, w.volume("pvc-9", "pi02")))


def look(world):
    return Snapshot(world, world.facts, world.rows)


def planted(begin, change):
    world = begin()
    change(world)
    return look(world)


def speaks_and_is_silent(check, begin, wrong, right):
    found = findings_of(BY_ID[check], planted(begin, wrong))
    assert found
    assert all(finding["object"] and "None" not in finding["cure"] for finding in found)
    assert findings_of(BY_ID[check], planted(begin, right)) == []
