# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check speaks on what is planted, and is silent on the same thing as it should be."""

from __future__ import annotations

import random

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import audit, findings_of
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.unseen import UNSEEN
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from hypothesis import given, settings
from hypothesis import strategies as st

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

# The check, the world, what is planted, and the same as it should be.
CASES = [
    ("S01", w.clean, put(SC, w.storage_class()), put(SC, w.storage_class(default=True))),
    ("S02", w.clean, cls("second", default=True), cls("second")),
    ("S03", w.clean, cls("my-jiva"), cls("my-jiva", JIVA)),
    ("S03", w.clean, cls("replicated"), cls("mayastor-etcd-localpv")),
    ("S04", w.clean, used("a-retain", policy="Delete"), used("a-retain", policy="Retain")),
    ("S04", w.clean, used("openebs-default"), used("openebs-default-not-used-word".replace("default", "d"))),
    ("S04", w.replicated, both(policies(2)), policies(3)),
    ("S05", w.clean, cls("standard"), cls("openebs-hostpath-delete", policy="Delete")),
    ("S06", w.clean, cls(binding="Immediate"), cls()),
    ("S07", w.replicated, used("j", JIVA, binding="Immediate"), used("j", JIVA)),
    ("S08", w.replicated, used("j", JIVA), used("j", JIVA, allowVolumeExpansion=True)),
    ("S09", w.clean, cls(allowVolumeExpansion=True), cls(allowVolumeExpansion=False)),
    ("S10", w.replicated, cls("j", JIVA, parameters={"policy": "four"}), cls("j", JIVA, parameters={"policy": "three"})),
    ("S11", w.replicated, cls("j", JIVA, parameters={"jivaVolumePolicy": "three"}), cls("j", JIVA, parameters={"policy": "three"})),
    ("S12", w.replicated, only("pi01", "pi02"), only("pi01", "pi02", "pi03")),
    ("S13", w.replicated, policies(2), policies(3)),
    (
        "S14",
        w.clean,
        used("far", "zfs.csi.openebs.io"),
        both(used("far", "zfs.csi.openebs.io"), deployment(image="openebs/zfs-driver:2.11.1")),
    ),
    ("S15", w.clean, put(SC, {**w.storage_class("bare"), "metadata": w.meta("bare")}), cls("bare")),
    (
        "S20",
        w.clean,
        both(put(SC, w.storage_class()), put(PVC, w.claim("free", volume=None, cls=None))),
        put(PVC, w.claim("free", volume=None, cls=None)),
    ),
    (
        "S21",
        w.clean,
        put(PVC, w.claim("x", volume=None, cls="none", phase="Pending")),
        put(PVC, w.claim("x", volume=None, phase="Pending")),
    ),
    (
        "S22",
        w.clean,
        both(put(PVC, w.claim("x", volume=None, phase="Pending")), put("Pod", w.pod("y", claims=("x",)))),
        put(PVC, w.claim("x", volume=None, phase="Pending")),
    ),
    ("S23", w.clean, put(PVC, w.claim("x", volume="pvc-404", phase="Lost")), put(PVC, w.claim("x", volume="pvc-1"))),
    ("S24", w.clean, put(PVC, w.claim("x", volume=None, mode="ReadWriteMany")), put(PVC, w.claim("x", volume=None))),
    ("S24", w.clean, put(PVC, w.claim("x", volume=None, volumeMode="Block")), put(PVC, w.claim("x", volume=None, volumeMode="Filesystem"))),
    ("S25", w.clean, put("Pod", w.pod("db-9", claims=("data-db-0",))), put("Pod", w.pod("db-9", claims=("data-db-0",), phase="Succeeded"))),
    (
        "S25",
        w.clean,
        put("Pod", w.pod("web", claims=("data-db-0",), image="web:1", owner=("ReplicaSet", "web"), node="pi02")),
        put("Pod", w.pod("web", claims=("data-db-0",), image="web:1", owner=("ReplicaSet", "web"))),
    ),
    ("S26", w.clean, put(PV, w.volume(policy="Delete")), put(PV, w.volume(policy="Retain"))),
    (
        "S27",
        w.clean,
        put("StatefulSet", {"metadata": w.meta("db", "database"), "spec": DELETES}),
        put("StatefulSet", {"metadata": w.meta("db", "database"), "spec": RETAINS}),
    ),
    ("S28", w.clean, quota({"requests.cpu": "4"}), quota({"openebs-hostpath-retain.storageclass.storage.k8s.io/requests.storage": "9Gi"})),
    ("S29", w.clean, lambda world: world.drop("LimitRange"), nothing),
    ("S30", w.clean, quota({"requests.storage": "9Gi"}), quota({"requests.storage": "9Gi", "cpu": "4", "memory": "4Gi"})),
    (
        "S31",
        w.clean,
        quota({"requests.storage": "10Gi"}, {"requests.storage": "9Gi"}),
        quota({"requests.storage": "10Gi"}, {"requests.storage": "8Gi"}),
    ),
    ("S32", w.replicated, hand_made(by=None, source=FOLDER, cls="openebs-jiva-3-retain"), hand_made(by=None, source=FOLDER, cls="manual")),
    ("S33", w.clean, hand_made(by=None), hand_made()),
    ("S34", w.clean, hand_made(source=FOLDER, home=None), hand_made(source=FOLDER)),
    ("S35", w.clean, hand_made(phase="Released"), hand_made(phase="Available")),
    ("S36", w.clean, hand_made(phase="Failed"), hand_made(phase="Available")),
    ("S37", w.clean, hand_made(home="pi09"), hand_made(home="pi02")),
    ("S38", w.clean, both(gone(), attachment("pi02")), attachment("pi02")),
    ("S39", w.clean, attachment(attachError={"message": "timed out"}), attachment(attached=True)),
    ("S40", w.clean, job(volumes=[HOST]), job(volumes=[CONFIG])),
    ("S40", w.clean, job(volumes=[HOST]), put("Pod", w.pod("agent", claims=(), image="a:1", owner=("DaemonSet", "agent"), volumes=[HOST]))),
    ("S41", w.clean, job(volumes=[NFS]), job(volumes=[CONFIG])),
    ("S42", w.clean, put("Pod", w.pod("pg", claims=())), put("Pod", w.pod("pg", claims=(), image="prom/postgres-exporter:1"))),
    ("S43", w.clean, both(gone("pi01"), put("Pod", w.pod(metadata=GOING))), gone("pi01")),
    ("S44", w.replicated, put("Pod", w.pod(spec=w.LATE)), put("Pod", w.pod(spec=w.SOON))),
    ("S45", w.clean, put(PV, w.volume("pvc-2", "pi01")), put(PV, w.volume("pvc-2", "pi02"))),
    ("S46", w.clean, both(put(PVC, w.claim("one")), put("Pod", w.pod("one-0", claims=("one",), owner=("StatefulSet", "one")))), nothing),
    ("S50", w.replicated, rows(copies=TOGETHER), rows()),
    ("S51", w.replicated, rows(copies=BAD_COPIES), rows()),
    ("S52", w.replicated, rows(healthy=False, warnings=["2 of 3"]), rows(healthy=None)),
    (
        "S53",
        w.replicated,
        rows(survives={"pi01": {"survives": False, "because": "the last copy"}}),
        rows(survives={"pi01": {"survives": None}}),
    ),
    ("S54", w.replicated, rows(evidence=[{"from": "x", "age_seconds": 180}]), rows(evidence=[{"from": "x", "age_seconds": None}])),
    ("S55", w.replicated, put("JivaVolume", w.jiva_volume(status="RO")), put("JivaVolume", w.jiva_volume())),
    (
        "S55",
        w.clean,
        put("DiskPool", {"metadata": w.meta("p", "openebs"), "status": {"pool_status": "Unknown"}}),
        put("DiskPool", {"metadata": w.meta("p", "openebs"), "status": {"pool_status": "Online"}}),
    ),
    ("S56", w.replicated, put("JivaVolume", w.jiva_volume(modes=("RW", "RW", "WO"))), put("JivaVolume", w.jiva_volume())),
    ("S57", w.replicated, put("JivaVolume", w.jiva_volume(node_id="")), put("JivaVolume", w.jiva_volume())),
    (
        "S58",
        w.replicated,
        put("JivaVolume", w.jiva_volume(node_id="pi03")),
        both(gone("pi03"), put("JivaVolume", w.jiva_volume(node_id="pi03"))),
    ),
    ("S59", w.replicated, lambda world: world.drop("PodDisruptionBudget"), nothing),
    ("S60", w.replicated, put("PodDisruptionBudget", w.budget(0)), put("PodDisruptionBudget", w.budget(1))),
    ("S61", w.clean, put("Node", w.node("pi02", pressure=True)), put("Node", w.node("pi02"))),
    ("S62", w.clean, space(1, 8), space(200)),
    ("S63", w.clean, space(3, 4), space(5, 6)),
    ("S64", w.replicated, iscsi(installed=False), iscsi()),
    ("S65", w.replicated, iscsi(iscsid_enabled=False), iscsi(iscsid_enabled=None)),
    ("S66", w.replicated, iscsi(iscsid_active=False), iscsi()),
    ("S67", w.replicated, iscsi(initiator_name=w.facts("pi01")["iscsi"]["initiator_name"]), iscsi(initiator_name=None)),
    ("S68", w.clean, medium("sd"), medium("nvme")),
    ("S69", w.clean, both(LOKI, medium("sd")), both(LOKI, medium("nvme"))),
    ("S70", w.clean, facts(page_size=16384), facts(page_size=4096)),
    ("S71", w.clean, mayastor(arch="arm64"), mayastor(arch="amd64")),
    ("S72", w.replicated, facts(kernel={"modules": {"iscsi_tcp": "absent"}}), facts(kernel={"modules": {"nvme_tcp": "absent"}})),
    ("S73", w.clean, mayastor("1Gi"), mayastor("2Gi")),
    ("S74", w.clean, facts(time={"synchronized": False}), facts(time={"synchronized": None})),
    ("S75", w.clean, put("Node", w.node("pi02", machine="id-pi01")), put("Node", w.node("pi02"))),
    ("S76", w.clean, put("Node", w.node("pi02", label="pi2")), put("Node", w.node("pi02"))),
    ("S77", w.clean, facts(cgroup={"missing": ["memory"]}), facts(cgroup={"missing": None})),
    ("S78", w.clean, both(NDM, MASTERS, facts(disks=TWINS)), both(NDM, MASTERS, facts(disks=SINGLES))),
    ("S79", w.clean, put("Node", w.node("pi02", taints=OUT)), put("Node", w.node("pi02", taints=OUT, ready=False))),
    ("S80", w.clean, put("Deployment", w.workload(ready=0)), put("Deployment", w.workload())),
    ("S81", w.clean, put("Deployment", w.workload(ready=0, wanted=0)), put("Deployment", w.workload())),
    ("S82", w.clean, deployment(namespace="openebs-local"), deployment("other", image="openebs/lvm-driver:1.10.1")),
    (
        "S83",
        w.replicated,
        deployment(image="openebs/jiva-operator:3.6.0"),
        deployment(image="openebs/jiva-operator:3.6.0", template=w.SOON),
    ),
    ("S84", w.replicated, both(gone("pi03"), operator("pi03")), operator("pi03")),
    ("S85", w.replicated, nothing, lambda world: world.drop("Deployment").drop(PV)),
    ("S86", w.clean, labelled(**{"helm.sh/chart": "openebs-3.3.1"}), labelled(**{"helm.sh/chart": "openebs-4.6.1"})),
    ("S86", w.clean, labelled(**{"helm.sh/chart": "", "chart": "jiva-3.6.0"}), labelled(**{"helm.sh/chart": "localpv-provisioner-4.6.0"})),
    ("S87", w.clean, labelled(**{"openebs.io/version": "3.3.0"}), labelled(**{"openebs.io/version": "4.6.0"})),
    (
        "S88",
        w.clean,
        deployment(image="mirror:5000/openebs/jiva-operator:3.1.0"),
        deployment(image="mirror:5000/openebs/jiva-operator:3.2.0"),
    ),
    ("S89", w.clean, deployment(image="quay.io/minio/minio:RELEASE"), deployment(image="docker.io/openebs/minio:RELEASE")),
    ("S89", w.clean, deployment(image="openebs/provisioner-localpv:3.4.0"), deployment(image="openebs/provisioner-localpv:3.5.0")),
    ("S90", w.clean, node_set("/var/lib/kubelet/plugins"), node_set("/var/snap/microk8s/common/var/lib/kubelet/plugins")),
    (
        "S91",
        w.clean,
        put("Deployment", w.workload(container={"env": [{"name": "OPENEBS_IO_ENABLE_ANALYTICS", "value": "true"}]})),
        put("Deployment", w.workload(container={"env": [{"name": "OPENEBS_IO_ENABLE_ANALYTICS", "value": "false"}]})),
    ),
    (
        "S92",
        w.replicated,
        deployment("ctrl", image="openebs/jiva:3.6.0", container={"resources": {"limits": {"memory": "0"}}}),
        deployment("ctrl", image="openebs/jiva:3.6.0", container={"resources": {"limits": {"memory": "1Gi"}}}),
    ),
    (
        "S93",
        w.clean,
        put(
            "Pod", w.pod("init-pvc-7", "openebs", claims=(), image="linux-utils:1", owner=None, phase="Pending", containerStatuses=WAITING)
        ),
        put("Pod", w.pod("init-pvc-7", "openebs", claims=(), image="linux-utils:1", owner=None)),
    ),
    ("S94", w.replicated, replica_pod(node=None, phase="Pending"), replica_pod()),
]


def look(world):
    return Snapshot(world, world.facts, world.rows)


def planted(begin, change):
    world = begin()
    change(world)
    return look(world)


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    found = findings_of(BY_ID[check], planted(begin, wrong))
    assert found
    assert all(finding["object"] and "None" not in finding["cure"] for finding in found)
    assert findings_of(BY_ID[check], planted(begin, right)) == []


def test_every_check_has_a_case():
    assert {case[0] for case in CASES} == set(BY_ID)
    assert len(BY_ID) == len(CHECKS)


def test_every_known_trap_is_looked_at_or_told_not_to_be():
    sources = " ".join(one.source for one in (*CHECKS, *UNSEEN))
    assert [number for number in range(1, 30) if f"trap {number})" not in sources] == []


def run(world, **more):
    return audit(CHECKS, UNSEEN, look(world), **more)


def test_a_clean_cluster_has_no_finding():
    result = run(w.clean())
    assert (result["findings"], result["counts"]["not_looked_at"]) == ([], 0)
    assert result["counts"]["passed"] == len(CHECKS)


def test_a_replicated_one_has_only_that_its_engine_is_archived():
    assert [finding["id"] for finding in run(w.replicated())["findings"]] == ["S85"]


NAMES = st.text("abcdefghij", min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(NAMES, st.sampled_from(("kube-system", "web", "shop")), st.sampled_from(("nginx:1", "busybox:1", "app"))), max_size=8
    )
)
def test_unrelated_objects_change_nothing(others):
    world = w.clean()
    world.put("Pod", *{(n, s): w.pod(n, s, claims=(), image=i, owner=("ReplicaSet", n)) for n, s, i in others}.values())
    world.put("Deployment", *{(n, s): w.workload(name=n, namespace=s, image=i) for n, s, i in others}.values())
    assert run(world)["findings"] == []


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.sets(st.integers(0, len(CASES) - 1), max_size=6))
def test_order_does_not_matter(shuffle: random.Random, chosen):
    world = w.replicated()
    for number in sorted(chosen):
        CASES[number][2](world)
    before = run(world.copy())
    for items in world.values():
        shuffle.shuffle(items)
    shuffle.shuffle(world.rows)
    world.facts = dict(shuffle.sample(sorted(world.facts.items()), len(world.facts)))
    assert run(world) == before
