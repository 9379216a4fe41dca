# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a cluster for the checks of storage: a clean cluster, and builders of single objects."""

from __future__ import annotations

import copy

from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import KINDS

CONFIG = "- name: StorageType\n  value: hostpath\n- name: BasePath\n  value: /var/snap/microk8s/common/var/openebs/local\n"
NODES = ("pi01", "pi02", "pi03")


def meta(name, namespace=None, **more):
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def node(
    name, ready=True, pressure=False, arch="arm64", machine=None, hugepages="0", taints=(), label=None, version="v1.34.4", cordoned=False
):
    return {
        "metadata": meta(name, labels={"kubernetes.io/hostname": label or name, "microk8s.io/cluster": "true"}),
        "spec": {"taints": list(taints), "unschedulable": cordoned},
        "status": {
            "conditions": [
                {"type": "Ready", "status": str(ready)},
                {"type": "DiskPressure", "status": str(pressure), "message": "short of ephemeral storage"},
            ],
            "capacity": {"hugepages-2Mi": hugepages},
            "nodeInfo": {"kubeletVersion": version, "architecture": arch, "machineID": machine or f"id-{name}"},
        },
    }


def facts(name, **more):
    return {
        "hostname": name,
        "page_size": 4096,
        "cgroup": {"missing": []},
        "kernel": {"release": "6.12.47", "modules": {"iscsi_tcp": "available", "nvme_tcp": "available"}},
        "iscsi": {"installed": True, "initiator_name": f"iqn.2004-10.com.ubuntu:01:{name}", "iscsid_enabled": True, "iscsid_active": True},
        "time": {"synchronized": True, "service": "systemd-timesyncd"},
        "disks": [],
        "file_systems": [
            {"path": "/var/snap", "mount_point": "/", "size_bytes": 500 * 2**30, "available_bytes": 400 * 2**30, "medium": "usb_ssd"},
        ],
        **more,
    }  # fmt: skip


def storage_class(
    name="openebs-hostpath-retain", provisioner="openebs.io/local", default=False, policy="Retain", binding="WaitForFirstConsumer", **more
):
    annotations = {"openebs.io/cas-type": "local", "cas.openebs.io/config": CONFIG} if provisioner == "openebs.io/local" else {}
    if default:
        annotations["storageclass.kubernetes.io/is-default-class"] = "true"
    return {
        "metadata": meta(name, annotations=annotations),
        "provisioner": provisioner,
        "reclaimPolicy": policy,
        "volumeBindingMode": binding,
        **more,
    }


def claim(
    name="data-db-0", namespace="database", volume="pvc-1", cls="openebs-hostpath-retain", phase="Bound", mode="ReadWriteOnce", **more
):
    spec = {
        "accessModes": [mode],
        **({"storageClassName": cls} if cls is not None else {}),
        **({"volumeName": volume} if volume else {}),
        **more,
    }
    return {"metadata": meta(name, namespace), "spec": spec, "status": {"phase": phase}}


def volume(
    name="pvc-1", home="pi01", policy="Retain", by="openebs.io/local", source=None, phase="Bound", cls="openebs-hostpath-retain", size="5Gi"
):
    annotations = {"pv.kubernetes.io/provisioned-by": by} if by else {}
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [home]}]}]
    spec = {
        "capacity": {"storage": size},
        "storageClassName": cls,
        "persistentVolumeReclaimPolicy": policy,
        "claimRef": {"namespace": "database", "name": "data-db-0"},
        **(source or {"local": {"path": f"/var/snap/microk8s/common/var/openebs/local/{name}"}}),
        **({"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}} if home else {}),
    }
    return {"metadata": meta(name, annotations=annotations), "spec": spec, "status": {"phase": phase, "message": "helper pod failed"}}


def pod(
    name="db-0",
    namespace="database",
    claims=("data-db-0",),
    image="postgres:17",
    owner=("StatefulSet", "db"),
    node="pi01",
    phase="Running",
    volumes=(),
    **more,
):
    rows = [{"name": f"v{number}", "persistentVolumeClaim": {"claimName": one}} for number, one in enumerate(claims)] + list(volumes)
    mounts = [{"name": row["name"], "mountPath": f"/{row['name']}"} for row in rows]
    owners = {"ownerReferences": [{"kind": owner[0], "name": owner[1], "controller": True}]} if owner else {}
    spec = {
        "nodeName": node,
        "volumes": rows,
        "containers": [{"name": "main", "image": image, "volumeMounts": mounts}],
        **more.pop("spec", {}),
    }
    return {"metadata": meta(name, namespace, **owners, **more.pop("metadata", {})), "spec": spec, "status": {"phase": phase, **more}}


def workload(
    kind="Deployment",
    name="openebs-localpv-provisioner",
    namespace="openebs",
    image="openebs/provisioner-localpv:4.6.0",
    ready=1,
    wanted=1,
    template=None,
    labels=None,
    container=None,
):
    containers = [{"name": "main", "image": image, **(container or {})}]
    status = {"numberReady": ready, "desiredNumberScheduled": wanted} if kind == "DaemonSet" else {"readyReplicas": ready}
    return {
        "metadata": meta(name, namespace, labels={"helm.sh/chart": "localpv-provisioner-4.6.0", **(labels or {})}),
        "spec": {
            **({} if kind == "DaemonSet" else {"replicas": wanted}),
            "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": containers, **(template or {})}},
        },
        "status": status,
    }


def row(**more):
    return {
        "name": "data-db-0", "namespace": "database", "engine": "jiva", "volume": "pvc-1", "wanted_copies": 3, "in_sync": 3,
        "healthy": True,
        "copies": [{"node": one, "place": "/x", "state": "RW", "in_sync": True} for one in NODES],
        "survives": {one: {"survives": True, "because": "two other copies are in sync"} for one in NODES},
        "evidence": [{"says": "RW", "from": "JivaVolume/pvc-1", "age_seconds": 10}], "warnings": [],
        **more,
    }  # fmt: skip


def jiva_volume(phase="Ready", status="RW", modes=("RW", "RW", "RW"), node_id="pi01"):
    return {
        "metadata": meta("pvc-1", "openebs", labels={"nodeID": node_id}),
        "spec": {"desiredReplicationFactor": 3},
        "status": {"phase": phase, "status": status, "replicaStatus": [{"mode": mode} for mode in modes]},
    }


def budget(allowed=1, name="pvc-1-pdb"):
    owners = [{"kind": "JivaVolume", "name": "pvc-1", "controller": True}]
    status = {"disruptionsAllowed": allowed, "currentHealthy": 2 + allowed, "desiredHealthy": 2}
    return {"metadata": meta(name, "openebs", ownerReferences=owners), "spec": {"minAvailable": 2}, "status": status}


SOON = {
    "tolerations": [
        {"key": f"node.kubernetes.io/{key}", "effect": "NoExecute", "tolerationSeconds": 30} for key in ("unreachable", "not-ready")
    ]
}
LATE = {"tolerations": [{**one, "tolerationSeconds": 300} for one in SOON["tolerations"]]}


class World(dict):
    """A snapshot to plant things into: kind -> objects, facts of nodes, rows of volume_info."""

    def __init__(self):
        super().__init__({kind: [] for kind, _versions in KINDS})
        self.facts = {name: facts(name) for name in NODES}
        self.rows = []

    def put(self, kind, *items):
        """Add objects; one of the same name is replaced."""
        names = {(item["metadata"].get("namespace"), item["metadata"]["name"]) for item in items}
        self[kind] = [one for one in self[kind] if (one["metadata"].get("namespace"), one["metadata"]["name"]) not in names] + list(items)
        return self

    def drop(self, kind):
        self[kind] = []
        return self

    def copy(self):
        return copy.deepcopy(self)


def clean():
    """Three nodes, a database of three members with a local volume each, quota and limits: nothing to find."""
    world = World()
    world.put("Node", *(node(name) for name in NODES))
    world.put("StorageClass", storage_class(default=True))
    world.put("Deployment", workload())
    for number, name in enumerate(NODES):
        world.put("PersistentVolume", volume(f"pvc-{number + 1}", name))
        world.put("PersistentVolumeClaim", claim(f"data-db-{number}", volume=f"pvc-{number + 1}"))
        world.put("Pod", pod(f"db-{number}", claims=(f"data-db-{number}",), node=name))
    hard = {"requests.storage": "50Gi", "requests.cpu": "4", "limits.memory": "8Gi"}
    world.put(
        "ResourceQuota",
        {"metadata": meta("storage", "database"), "spec": {"hard": hard}, "status": {"hard": hard, "used": {"requests.storage": "15Gi"}}},
    )
    world.put("LimitRange", {"metadata": meta("storage", "database"), "spec": {"limits": [{"type": "PersistentVolumeClaim"}]}})
    world.put("StatefulSet", {"metadata": meta("db", "database"), "spec": {"replicas": 3}, "status": {"readyReplicas": 3}})
    return world


def replicated():
    """The same nodes with jiva: a server on a volume with three copies. Only what is archived can be found."""
    world = clean()
    world.drop("Pod").drop("PersistentVolume").drop("PersistentVolumeClaim")
    cls = "openebs-jiva-3-retain"
    world.put(
        "StorageClass", storage_class(cls, "jiva.csi.openebs.io", allowVolumeExpansion=True, parameters={"policy": "three"}),
    )  # fmt: skip
    world.put("JivaVolumePolicy", {"metadata": meta("three", "openebs"), "spec": {"target": {"replicationFactor": 3}}})
    world.put("Deployment", workload(name="jiva-operator", image="openebs/jiva-operator:3.6.0", template=SOON))
    world.put("PersistentVolume", volume(home=None, by="jiva.csi.openebs.io", source={"csi": {"driver": "jiva.csi.openebs.io"}}, cls=cls))
    world.put("PersistentVolumeClaim", claim(cls=cls))
    world.put("Pod", pod(spec=SOON))
    world.put("JivaVolume", jiva_volume())
    world.put("PodDisruptionBudget", budget())
    world.rows = [row()]
    return world
