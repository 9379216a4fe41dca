# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What matters of each object for the course of a failover, by kind: from an object as the API gives it to a small, JSON-plain state.

Each function takes the object and the name of the server (Cluster or StatefulSet), and returns None for an object that is none of ours.
What changes without meaning anything (heartbeats, counters) is left out, so that each change of a state is news.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import CONTAINER
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import CLUSTER, JOB, ROLE, SINGLE, SYNCHRONOUS

Item = Mapping[str, Any]
State = dict[str, Any]
SERVICE = "kubernetes.io/service-name"
SELECTED = "volume.kubernetes.io/selected-node"
# Leases by which one of several is chosen; its holder is who works.
MANAGER, SCHEDULER, OPERATOR_LEASE = "kube-controller-manager", "kube-scheduler", "db9c8771.cnpg.io"
LEADERS = (MANAGER, SCHEDULER, OPERATOR_LEASE)
SERVICES = ("-outside", "-rw")  # ends of the names of services of a primary; the first is what a client outside of the cluster uses


def node(item: Item, name: str) -> State:
    """ready: True, False or Unknown, as Kubernetes writes it. boot: of this start of the machine."""
    del name
    status, spec = item.get("status") or {}, item.get("spec") or {}
    ready = conditions(item).get("Ready") or {}
    return {
        "ready": ready.get("status", "Unknown"),
        "reason": ready.get("reason", ""),
        "since": ready.get("lastTransitionTime", ""),
        "cordoned": bool(spec.get("unschedulable")),
        "taints": sorted(f"{taint['key']}:{taint['effect']}" for taint in spec.get("taints") or []),
        "boot": (status.get("nodeInfo") or {}).get("bootID", ""),
    }


def lease(item: Item, name: str) -> State:
    """renewed: by the clock of the node."""
    del name
    return {"renewed": (item.get("spec") or {}).get("renewTime", "")}


def leader(item: Item, name: str) -> State | None:
    """Of a leader the holder; its renewals every two seconds are not noted."""
    if item["metadata"]["name"] not in (*LEADERS, name):
        return None
    return {"holder": (item.get("spec") or {}).get("holderIdentity", "")}


def pod(item: Item, name: str) -> State | None:
    """role: primary, replica, "" while it is neither; of a server alone primary. started: of the running container "postgres"."""
    of_cluster, single = label(item, CLUSTER) == name and not label(item, JOB), label(item, SINGLE) == name
    if not (of_cluster or single):
        return None
    return {**plain_pod(item, name), "role": "primary" if single else label(item, ROLE)}


def plain_pod(item: Item, name: str) -> State:
    """doing: what its container does, of several the server's. deleting: when it is to be gone by Kubernetes' clock, "" if it stays."""
    del name
    metadata, status = item["metadata"], item.get("status") or {}
    containers = status.get("containerStatuses") or [{}]
    container = next((row for row in containers if row.get("name") == CONTAINER), containers[0])
    now: State = container.get("state") or {}
    doing = next(iter(now), "")
    return {
        "uid": metadata.get("uid", ""),
        "node": (item.get("spec") or {}).get("nodeName", ""),
        "ip": status.get("podIP", ""),
        "phase": status.get("phase", ""),
        "ready": (conditions(item).get("Ready") or {}).get("status") == "True",
        "deleting": metadata.get("deletionTimestamp") or "",
        "doing": doing if doing in ("", "running") else f"{doing}: {now[doing].get('reason', '')}",
        "started": (now.get("running") or {}).get("startedAt", ""),
        "restarts": container.get("restartCount", 0),
    }


def cluster(item: Item, name: str) -> State | None:
    if item["metadata"]["name"] != name:
        return None
    status = item.get("status") or {}
    return {
        "phase": status.get("phase", ""),
        "reason": status.get("phaseReason", ""),
        "current": status.get("currentPrimary", ""),
        "target": status.get("targetPrimary", ""),
        "timeline": status.get("timelineID", 0),
        "ready": status.get("readyInstances", 0),
        "wanted": (item.get("spec") or {}).get("instances", 1),
        # Without synchronous standbys there is nothing to satisfy.
        "synchronous": (conditions(item).get(SYNCHRONOUS) or {}).get("status", "True") != "False",
    }


def stateful_set(item: Item, name: str) -> State | None:
    if item["metadata"]["name"] != name:
        return None
    return {"ready": (item.get("status") or {}).get("readyReplicas", 0), "wanted": (item.get("spec") or {}).get("replicas", 1)}


def endpoints(item: Item, name: str) -> State | None:
    """ready: [[address, pod, node]] that a service sends clients to."""
    service = label(item, SERVICE)
    if service not in [f"{name}{end}" for end in SERVICES]:
        return None
    rows = [
        [address, (row.get("targetRef") or {}).get("name", ""), row.get("nodeName") or ""]
        for row in item.get("endpoints") or []
        if (row.get("conditions") or {}).get("ready") is not False  # what is not told counts as ready
        for address in row.get("addresses") or []
    ]
    return {"service": service, "ready": sorted(rows)}


def claim(item: Item, name: str) -> State | None:
    if name not in (label(item, CLUSTER), label(item, SINGLE)):
        return None
    return {
        "uid": item["metadata"].get("uid", ""),
        "phase": (item.get("status") or {}).get("phase", ""),
        "volume": (item.get("spec") or {}).get("volumeName", ""),
        "node": (item["metadata"].get("annotations") or {}).get(SELECTED, ""),
    }


def attachment(item: Item, name: str) -> State:
    del name
    spec = item.get("spec") or {}
    return {
        "volume": (spec.get("source") or {}).get("persistentVolumeName", ""),
        "node": spec.get("nodeName", ""),
        "attached": bool((item.get("status") or {}).get("attached")),
    }


def target(item: Item, name: str) -> State:
    """Of a JivaVolume, which has no VolumeAttachment: its label says which node has it. modes: of its copies, sorted."""
    del name
    status = item.get("status") or {}
    return {
        "node": label(item, "nodeID"),
        "phase": status.get("phase", ""),
        "status": status.get("status", ""),
        "modes": sorted(str(row.get("mode")) for row in status.get("replicaStatus") or []),
        "wanted": (item.get("spec") or {}).get("desiredReplicationFactor") or 0,
    }


def event(item: Item, name: str) -> State | None:
    """Warnings alone: what went well is seen on the objects themselves."""
    if item.get("type") != "Warning":
        return None
    about = item.get("involvedObject") or {}
    if not str(about.get("name", "")).startswith(name):
        return None
    return {"about": f"{about.get('kind', '')} {about.get('name', '')}", "reason": item.get("reason", ""), "text": item.get("message", "")}


def conditions(item: Item) -> dict[str, Item]:
    return {row.get("type", ""): row for row in (item.get("status") or {}).get("conditions") or []}


def label(item: Item, key: str) -> str:
    return (item["metadata"].get("labels") or {}).get(key, "")
