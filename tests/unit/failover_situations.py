# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound situations of both topologies on three nodes pi01 to pi03, and changes that break them."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timezone

from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER, SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Options, Situation

NOW = 1_800_000_000.0
UID = "0a1b2c3d-0000-4000-8000-000000000007"
NODES = ("pi01", "pi02", "pi03")
COMMANDS = frozenset(("off", "on", "is_off"))


def moment(seconds_ago):
    return datetime.fromtimestamp(NOW - seconds_ago, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def node(name):
    number = name[-1]
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "microk8s.io/cluster": "true"}},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}],
            "addresses": [{"type": "InternalIP", "address": f"10.0.0.1{number}"}, {"type": "Hostname", "address": name}],
            "allocatable": {"memory": "1800Mi"},
            "nodeInfo": {"kubeletVersion": "v1.33.4"},
            "images": [{"names": ["docker.io/library/postgres:15"], "sizeBytes": 1}],
        },
    }


def lease(name, ago=3):
    return {"kind": "Lease", "metadata": {"name": name, "namespace": "kube-node-lease"}, "spec": {"renewTime": moment(ago)}}


def pod(name, on, labels, claim=None, owner="StatefulSet", namespace="database", empty=False):
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}] if claim else []
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "labels": labels,
            "ownerReferences": [{"kind": owner, "name": "x", "controller": True}] if owner else [],
        },
        "spec": {
            "nodeName": on,
            "volumes": volumes + ([{"name": "scratch", "emptyDir": {}}] if empty else []),
            "containers": [{"name": "postgres", "image": "library/postgres:15", "resources": {"requests": {"memory": "384Mi"}}}],
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def claim(name, labels):
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "database", "labels": labels},
        "spec": {"volumeName": f"pv-{name}"},
        "status": {"phase": "Bound"},
    }


def volume(name, on):
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [on]}]}]
    return {
        "kind": "PersistentVolume",
        "metadata": {"name": f"pv-{name}"},
        "spec": {"hostPath": {"path": f"/var/data/{name}"}, "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}},
    }


def row(name, on, user, copies=None, engine="hostpath"):
    """copies: nodes of a volume with several, of which a write needs more than half; on the node alone by default."""
    places = copies or [on]
    left = {lost: len([place for place in places if place != lost]) for lost in NODES}
    survives = {lost: count > len(places) // 2 for lost, count in left.items()}
    return {
        "namespace": "database",
        "name": name,
        "volume": f"pv-{name}",
        "engine": engine,
        "copies": [{"node": place, "in_sync": True} for place in places],
        "wanted_copies": len(places),
        "in_sync": len(places),
        "known": True,
        "healthy": True,
        "warnings": [],
        "pods": [{"name": user, "node": on, "running": True}],
        "survives": {
            lost: {"survives": good, "data_kept": bool(left[lost]), "takes_writes": good, "because": f"{left[lost]} left"}
            for lost, good in survives.items()
        },
    }


def budget(name, labels, allowed):
    return {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "database"},
        "spec": {"selector": {"matchLabels": labels}},
        "status": {"disruptionsAllowed": allowed},
    }


def replicated(**more):
    """A Cluster of three, main-1 on pi01 the primary, one of two standbys acknowledges each row."""
    label = {"cnpg.io/cluster": "main"}
    pods, claims, volumes, rows = [], [], [], []
    for number, name in enumerate(NODES, 1):
        pod_name = f"main-{number}"
        role = "primary" if number == 1 else "replica"
        labels = {**label, "cnpg.io/instanceName": pod_name, "cnpg.io/instanceRole": role}
        pods.append(pod(pod_name, name, labels, pod_name, owner="Cluster", empty=True))
        claims.append(claim(pod_name, label))
        volumes.append(volume(pod_name, name))
        rows.append(row(pod_name, name, pod_name))
    synchronous = {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True}
    return Situation(
        **{
            **shared(pods, claims, volumes, rows),
            "topology": CLUSTER,
            "server": {
                "kind": "Cluster",
                "metadata": {"name": "main", "namespace": "database"},
                "spec": {"instances": 3, "postgresql": {"synchronous": synchronous}},
                "status": {
                    "phase": "Cluster in healthy state",
                    "currentPrimary": "main-1",
                    "targetPrimary": "main-1",
                    "instancesReportedState": timelines(1, 1, 1),
                },
            },
            "budgets": [
                budget("main-primary", {**label, "cnpg.io/instanceRole": "primary"}, 0),
                budget("main", {**label, "cnpg.io/instanceRole": "replica"}, 1),
            ],
            "settings": settings(synchronous_standby_names='ANY 1 ("main-2","main-3")'),
            "standbys": [standby("main-2"), standby("main-3")],
            **more,
        }
    )


def alone(**more):
    """One server main-0 on pi01, its volume with copies on all three nodes."""
    label = {"pikube.stateful/server": "main"}
    return Situation(
        **{
            **shared(
                [pod("main-0", "pi01", label, "data-main-0")],
                [claim("data-main-0", label)],
                [{"kind": "PersistentVolume", "metadata": {"name": "pv-data-main-0"}, "spec": {"csi": {"driver": "jiva.csi.openebs.io"}}}],
                [row("data-main-0", "pi01", "main-0", copies=list(NODES), engine="jiva")],
            ),
            "topology": SINGLE,
            "server": {"kind": "StatefulSet", "metadata": {"name": "main", "namespace": "database"}, "spec": {"replicas": 1}},
            "settings": settings(synchronous_standby_names=""),
            "standbys": [],
            **more,
        }
    )


def shared(pods, claims, volumes, rows):
    others = [pod("agent-x", "pi01", {}, owner="DaemonSet", namespace="kube-system"), pod("web-1", "pi01", {}, owner="ReplicaSet")]
    return {
        "namespace": "database",
        "name": "main",
        "cluster_uid": UID,
        "at": NOW,
        "nodes": [node(name) for name in NODES],
        "leases": [lease(name) for name in NODES],
        "pods": [*pods, *others],
        "claims": claims,
        "volumes": volumes,
        "rows": rows,
        "voters": NODES,
        "servers": ("10.0.0.11", "10.0.0.12", "10.0.0.13"),
        "skew": dict.fromkeys(NODES, 0.02),
        "backup_hours": 3.0,
        "power_proven": True,
        "reached": NODES,
        "leaders": {"kube-controller-manager": "pi02"},
    }


def settings(**more):
    found = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_checksums": "on"}
    return {**found, **more}


def standby(name, state="streaming", lag=0):
    return {"name": name, "state": state, "sync": "quorum", "behind": lag}


def timelines(*numbers):
    return {f"main-{place}": {"isPrimary": place == 1, "timeLineID": number} for place, number in enumerate(numbers, 1)}


def options(kind, **more):
    return Options(**{"kind": kind, "allow": UID, "power": COMMANDS, **more})


# Changes: each takes a situation and returns another one


def with_(**fields):
    return lambda situation: replace(situation, **fields)


def changed(field, name, *path_and_value):
    """The object of a name in a list of the situation, with a value under a path."""
    *path, value = path_and_value

    def change(situation):
        items = copy.deepcopy(list(getattr(situation, field)))
        found = next(item for item in items if (item.get("metadata") or item)["name"] == name)
        for step in path[:-1]:
            found = found.setdefault(step, {})
        found[path[-1]] = value
        return replace(situation, **{field: items})

    return change


def server(*path_and_value):
    *path, value = path_and_value

    def change(situation):
        found = top = copy.deepcopy(situation.server)
        for step in path[:-1]:
            found = found.setdefault(step, {})
        found[path[-1]] = value
        return replace(situation, server=top)

    return change


def both(*changes):
    def change(situation):
        for one in changes:
            situation = one(situation)
        return situation

    return change


def without(field, name):
    return lambda situation: replace(
        situation, **{field: [item for item in getattr(situation, field) if (item.get("metadata") or item)["name"] != name]}
    )


def plus(field, *items):
    return lambda situation: replace(situation, **{field: [*getattr(situation, field), *items]})


def set_(**values):
    return lambda situation: replace(situation, settings={**situation.settings, **values})
