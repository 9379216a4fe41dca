# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of clusters with volumes, as they were seen on live ones: three nodes n1 to n3, one claim, its engine's objects."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone

from ansible_collections.pikube.stateful.plugins.module_utils.volumes import judge
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Answer, Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World

NOW = 1_800_000_000.0
PV = "pvc-5f1c"
NODES = ("n1", "n2", "n3")
# By Kubernetes, and by the topologies of drivers.
NODE_LABELS = ("kubernetes.io/hostname", "openebs.io/nodename", "hostname")


def at(seconds_ago):
    return datetime.fromtimestamp(NOW - seconds_ago, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def managed(part, seconds_ago):
    return [{"manager": "m", "operation": "Update", "time": at(seconds_ago), "fieldsV1": {f"f:{part}": {}}}]


def thing(kind, name, namespace=None, labels=None, owner=None, **rest):
    metadata = {"name": name, "labels": dict(labels or {})}
    if namespace:
        metadata["namespace"] = namespace
    if owner:
        metadata["ownerReferences"] = [{"kind": owner[0], "name": owner[1]}]
    return {"kind": kind, "metadata": metadata, **rest}


def affinity(*values, key="kubernetes.io/hostname"):
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}]}}


def volume(name=PV, *, source=None, labels=None, provisioner=None, storage_class="fast", on=None, key="kubernetes.io/hostname"):
    found = thing("PersistentVolume", name, labels=labels, spec={"capacity": {"storage": "5Gi"}, "storageClassName": storage_class})
    found["spec"].update(source or {})
    if provisioner:
        found["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": provisioner}
    if on:
        found["spec"]["nodeAffinity"] = affinity(*([on] if isinstance(on, str) else on), key=key)
    return found


def csi(driver, **more):
    return volume(source={"csi": {"driver": driver, "volumeHandle": PV}}, **more)


def claim(name="data", namespace="database", of=PV, phase="Bound", owner=None, storage_class="fast"):
    spec = {"resources": {"requests": {"storage": "5Gi"}}, "storageClassName": storage_class, **({"volumeName": of} if of else {})}
    return thing("PersistentVolumeClaim", name, namespace, owner=owner, spec=spec, status={"phase": phase})


def pod(name, node, namespace="database", uses=None, labels=None, ip=None, since=3600, phase="Running"):
    return thing(
        "Pod",
        name,
        namespace,
        labels,
        spec={"nodeName": node, "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": uses}}] if uses else []},
        status={
            "phase": phase,
            "podIP": ip,
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at(since)}] if phase == "Running" else [],
        },
    )


class Bed:
    """A cluster that can be broken. objects: by kind."""

    def __init__(self, *things):
        self.objects = {"Lease": [], "StorageClass": [thing("StorageClass", "fast", provisioner="kubernetes.io/no-provisioner")]}
        self.answers = {}
        for name in NODES:
            self.put(
                thing("Node", name, labels=dict.fromkeys(NODE_LABELS, name), status={"conditions": [{"type": "Ready", "status": "True"}]}),
                thing("Lease", name, "kube-node-lease", spec={"renewTime": at(3)}),
            )
        self.put(*things)

    def put(self, *things):
        for item in things:
            self.objects.setdefault(item["kind"], []).append(copy.deepcopy(item))
        return self

    def one(self, kind, name):
        return next(item for item in self.objects[kind] if item["metadata"]["name"] == name)

    def drop(self, kind, name):
        self.objects[kind] = [item for item in self.objects[kind] if item["metadata"]["name"] != name]
        return self

    def silent(self, node, seconds=300, reason="NodeStatusUnknown"):
        """A node that is off or cut. Its pods stay what they were called."""
        self.one("Lease", node)["spec"]["renewTime"] = at(seconds)
        if reason:
            self.one("Node", node)["status"]["conditions"] = [{"type": "Ready", "status": "Unknown", "reason": reason}]
        return self

    def answer(self, path, content=None, trouble=""):
        self.answers[path] = Answer(json.loads(json.dumps(content)), trouble)
        return self

    @property
    def world(self):
        return World(Snapshot(self.objects, NOW, self.answers))

    def row(self, name="data", lost=()):
        claims = [item for item in self.objects["PersistentVolumeClaim"] if item["metadata"]["name"] == name]
        return judge.rows(claims, self.world, lost)[0]


def app(node="n1", since=3600):
    return pod("app-0", node, uses="data", since=since)


JIVA_SERVICE = f"/api/v1/namespaces/openebs/services/{PV}-jiva-ctrl-svc:9501/proxy/v1/replicas"


def jiva(modes=("RW", "RW", "RW"), *, wanted=3, phase="Ready", status="RW", node_id="n1", target="n2", operator="n3", since=600):
    """A Jiva volume: app on n1, target on n2, operator on n3, and a copy on each node. A mode of None is missing from the status."""
    label = {"openebs.io/persistent-volume": PV}
    rows = [{"address": f"tcp://10.1.1.{number}:9502", "mode": mode} for number, mode in enumerate(modes, 1) if mode]
    bed = Bed(
        csi("jiva.csi.openebs.io"),
        claim(),
        app(),
        thing(
            "JivaVolume",
            PV,
            "openebs",
            {**label, "nodeID": node_id},
            spec={"desiredReplicationFactor": wanted},
            status={"phase": phase, "status": status, "replicaCount": len(rows), "replicaStatus": rows},
        ),
        pod("operator-x", operator, "openebs", labels={"name": "jiva-operator"}),
        pod(f"{PV}-jiva-ctrl-x", target, "openebs", labels={**label, "openebs.io/component": "jiva-controller"}),
    )
    bed.one("JivaVolume", PV)["metadata"]["managedFields"] = managed("status", since)
    for number, node in enumerate(NODES[: len(modes)], 1):
        own = f"openebs-{PV}-jiva-rep-{number - 1}"
        bed.put(
            claim(own, "openebs", of=f"pvc-rep{number}", owner=("JivaVolume", PV)),
            volume(f"pvc-rep{number}", source={"local": {"path": f"/data/pvc-rep{number}"}}, provisioner="openebs.io/local", on=node),
            pod(
                f"{PV}-jiva-rep-{number - 1}",
                node,
                "openebs",
                uses=own,
                labels={**label, "openebs.io/component": "jiva-replica"},
                ip=f"10.1.1.{number}",
            ),
        )
    return bed


def cstor(phases=("Healthy", "Healthy", "Healthy"), *, modes=None, phase="Healthy", target="n2"):
    label = {"openebs.io/persistent-volume": PV}
    modes = modes or phases
    bed = Bed(
        csi("cstor.csi.openebs.io"),
        claim(),
        app(),
        thing(
            "CStorVolume",
            PV,
            "openebs",
            spec={"replicationFactor": len(phases), "consistencyFactor": len(phases) // 2 + 1},
            status={
                "phase": phase,
                "replicaStatuses": [{"replicaId": f"R{n}", "mode": mode, "quorum": "1"} for n, mode in enumerate(modes, 1) if mode],
            },
        ),
        thing("CStorVolumeAttachment", "a", "openebs", spec={"volume": {"name": PV, "ownerNodeID": "n1"}}),
        pod(f"{PV}-target-x", target, "openebs", labels={**label, "app": "cstor-volume-manager"}),
    )
    for number, (node, state) in enumerate(zip(NODES, phases), 1):
        pool = f"pool-{number}"
        labels = {**label, "cstorpoolinstance.openebs.io/name": pool, "cstorpoolinstance.openebs.io/hostname": node}
        bed.put(
            thing("CStorVolumeReplica", f"{PV}-{pool}", "openebs", labels, spec={"replicaid": f"R{number}"}, status={"phase": state}),
            thing("CStorPoolInstance", pool, "openebs", spec={"hostName": node}, status={"phase": "ONLINE", "readOnly": False}),
        )
    return bed


MAYASTOR_REST = f"/api/v1/namespaces/openebs/pods/api-rest-x:8081/proxy/v0/volumes/{PV}"


def mayastor(children=("Online", "Online", "Online"), *, wanted=3, status="Online", target="n1", answers=True):
    bed = Bed(
        csi("io.openebs.csi-mayastor"),
        claim(),
        app(),
        pod("api-rest-x", "n3", "openebs", labels={"app": "api-rest"}),
        thing("VolumeAttachment", "a", spec={"source": {"persistentVolumeName": PV}, "nodeName": "n1"}, status={"attached": True}),
        thing("DiskPool", "pool-1", "openebs", spec={"node": "n1"}, status={"pool_status": "Online", "cr_state": "Created"}),
    )
    state = {
        "status": status,
        "replica_topology": {
            f"r{n}": {"node": node, "pool": f"pool-{n}", "state": "Online", **({"child_status": child} if target else {})}
            for n, (node, child) in enumerate(zip(NODES, children), 1)
        },
    }
    if target:
        state["target"] = {"node": target, "state": "Online", "children": []}
    if answers:
        bed.answer(MAYASTOR_REST, {"spec": {"num_replicas": wanted}, "state": state})
    return bed


def lvm(state="Ready", missing=0, group="vg0", node="n1"):
    return Bed(
        csi("local.csi.openebs.io", on="n1", key="openebs.io/nodename"),
        claim(),
        app(),
        thing("LVMVolume", PV, "openebs", spec={"ownerNodeID": node, "volGroup": "vg0"}, status={"state": state}),
        thing("LVMNode", "n1", "openebs", volumeGroups=[{"name": group, "missingPvCount": missing}]),
    )


def zfs(state="Ready", pool="tank"):
    return Bed(
        csi("zfs.csi.openebs.io", on="n1", key="openebs.io/nodename"),
        claim(),
        app(),
        thing("ZFSVolume", PV, "openebs", spec={"ownerNodeID": "n1", "poolName": "tank"}, status={"state": state}),
        thing("ZFSNode", "n1", "openebs", pools=[{"name": pool}]),
    )


def hostpath(on="n1", cas="local-hostpath"):
    return Bed(
        volume(source={"local": {"path": f"/base/{PV}"}}, labels={"openebs.io/cas-type": cas}, provisioner="openebs.io/local", on=on),
        claim(),
        app(),
    )


def rawfile():
    return Bed(csi("rawfile.csi.openebs.io", on="n1", key="hostname"), claim(), app())


def static():
    """The hand-made volume that borrows a replicated class's name."""
    bed = Bed(volume(source={"hostPath": {"path": "/var/data"}}, storage_class="openebs-jiva-csi-default"), claim(), app())
    return bed.put(thing("StorageClass", "openebs-jiva-csi-default", provisioner="jiva.csi.openebs.io"))


def unknown():
    return Bed(csi("nfs.example.org"), claim(), app())


ENGINES = {
    "hostpath": hostpath,
    "rawfile": rawfile,
    "lvm": lvm,
    "zfs": zfs,
    "jiva": jiva,
    "cstor": cstor,
    "mayastor": mayastor,
    "static": static,
    "unknown": unknown,
}


# The bed behind an HTTP server that plays an API server.

RESOURCES = {
    "v1": [
        ("nodes", "Node", False),
        ("persistentvolumes", "PersistentVolume", False),
        ("persistentvolumeclaims", "PersistentVolumeClaim", True),
        ("pods", "Pod", True),
        ("events", "Event", True),
    ],
    "coordination.k8s.io/v1": [("leases", "Lease", True)],
    "storage.k8s.io/v1": [("storageclasses", "StorageClass", False), ("volumeattachments", "VolumeAttachment", False)],
    "openebs.io/v1": [("jivavolumes", "JivaVolume", True)],
    "openebs.io/v1beta2": [("diskpools", "DiskPool", True)],
}


def served(bed, without=()):
    """What api_server.Server answers for a bed. without: kinds that the cluster does not know."""
    found, groups = {}, {}
    for version, rows in RESOURCES.items():
        rows = [row for row in rows if row[1] not in without]
        group, _, short = version.rpartition("/")
        root = f"/apis/{version}" if group else f"/api/{version}"
        resources = [
            {"name": plural, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]}
            for plural, kind, namespaced in rows
        ]
        found[f"GET {root}"] = [(200, {"kind": "APIResourceList", "groupVersion": version, "resources": resources})]
        if group:
            groups.setdefault(group, []).append({"groupVersion": version, "version": short})
        for plural, kind, _namespaced in rows:
            namespace = "namespaces/kube-node-lease/" if kind == "Lease" else ""
            items = bed.objects.get(kind, [])
            found[f"GET {root}/{namespace}{plural}"] = [
                (200, {"kind": f"{kind}List", "metadata": {"resourceVersion": "1"}, "items": copy.deepcopy(items)})
            ]
    listed = [{"name": name, "versions": versions, "preferredVersion": versions[0]} for name, versions in groups.items()]
    found["GET /apis"] = [(200, {"kind": "APIGroupList", "groups": listed})]
    for path, answer in bed.answers.items():
        content = (503, answer.trouble) if answer.trouble else (200, answer.content)
        found[f"GET {path}"] = [content]
    return found
