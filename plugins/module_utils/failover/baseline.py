# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is like before a fault, so that what a run left behind is seen afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION

OWN = "pikube.stateful/"  # beginning of the annotations that this collection writes
CORDON = "node.kubernetes.io/unschedulable"  # taint that the cluster sets and takes away with the cordon
# Beginnings of labels that a node or an operator renews by itself.
RENEWED = ("feature.node.kubernetes.io/",)
WORKLOADS = (("Deployment", "apps/v1"), ("StatefulSet", "apps/v1"))
BUDGET, SCALER = ("PodDisruptionBudget", "policy/v1"), ("HorizontalPodAutoscaler", "autoscaling/v2")
HOSTS = "hosts"
MISSING = object()


def snapshot(api: Cluster, hosts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """JSON-plain: nodes, budgets, workloads, clusters by name. Raises ClusterError.

    hosts: what commands on the nodes said, by node: any nested mapping of files, units, tables and timers to words.
    """
    scaled = {_target(item) for item in _listed(api, *SCALER)}
    workloads: dict[str, Any] = {}
    for kind, version in WORKLOADS:
        for item in _listed(api, kind, version):
            if (kind, item["metadata"]["namespace"], item["metadata"]["name"]) not in scaled:
                workloads[f"{kind} {_name(item)}"] = {"replicas": (item.get("spec") or {}).get("replicas", 1)}
    return {
        "nodes": {item["metadata"]["name"]: node(item) for item in api.list("Node")},
        "budgets": {_name(item): item.get("spec") or {} for item in _listed(api, *BUDGET)},
        "workloads": workloads,
        "clusters": {_name(item): item.get("spec") or {} for item in _listed(api, "Cluster", API_VERSION)},
        HOSTS: dict(hosts or {}),
    }


def node(item: Mapping[str, Any]) -> dict[str, Any]:
    """What of a node has to be again as it was. Heartbeats, addresses and annotations of others are the cluster's own business."""
    metadata, spec = item["metadata"], item.get("spec") or {}
    conditions = {row.get("type"): row.get("status") for row in (item.get("status") or {}).get("conditions") or []}
    return {
        "ready": conditions.get("Ready") == "True",
        "cordoned": bool(spec.get("unschedulable")),
        "taints": sorted(_taint(taint) for taint in spec.get("taints") or [] if taint.get("key") != CORDON),
        "labels": {key: value for key, value in (metadata.get("labels") or {}).items() if not key.startswith(RENEWED)},
        "annotations": {key: value for key, value in (metadata.get("annotations") or {}).items() if key.startswith(OWN)},
    }


def left_behind(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What a fault does to nodes and is there still, each as a sentence without its full stop."""
    found = []
    for name, was, now in _both(before["nodes"], after["nodes"]):
        if was["cordoned"] != now["cordoned"]:
            found.append(f"node {name} is cordoned" if now["cordoned"] else f"node {name} is not cordoned any more, and was before")
        found += [f"node {name} has the taint {taint}" for taint in now["taints"] if taint not in was["taints"]]
        found += [f"node {name} lacks the taint {taint}, which it had" for taint in was["taints"] if taint not in now["taints"]]
        found += [f"node {name}: annotation {text}" for text in _changes(was["annotations"], now["annotations"])]
    for name, was, now in _both(before.get(HOSTS) or {}, after.get(HOSTS) or {}):
        found += [f"on node {name}: {text}" for text in _changes(was, now)]
    return found


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What else is not as it was: the set of nodes, their labels and whether they are Ready, budgets, replicas, clusters."""
    found = [f"node {name} is gone" for name in sorted(before["nodes"]) if name not in after["nodes"]]
    found += [f"node {name} was not there" for name in sorted(after["nodes"]) if name not in before["nodes"]]
    for name, was, now in _both(before["nodes"], after["nodes"]):
        if was["ready"] != now["ready"]:
            found.append(f"node {name} is {'Ready, and was not' if now['ready'] else 'not Ready, and was'}")
        found += [f"node {name}: label {text}" for text in _changes(was["labels"], now["labels"])]
    for part, word in (("budgets", "PodDisruptionBudget "), ("workloads", ""), ("clusters", "Cluster ")):
        # What somebody makes meanwhile is no work of a fault.
        found += [f"{word}{name} is gone" for name in sorted(before[part]) if name not in after[part]]
        for name, was, now in _both(before[part], after[part]):
            found += [f"{word}{name}: {text}" for text in _changes(was, now)]
    gone = sorted(set(before.get(HOSTS) or {}) - set(after.get(HOSTS) or {}))
    return found + [f"node {name} could not be looked at" for name in gone]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Between two snapshots, each as a sentence without its full stop. What the cluster changes by itself is none."""
    return [*left_behind(before, after), *changed(before, after)]


def _both(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    return ((name, before[name], after[name]) for name in sorted(before) if name in after)


def _changes(before: Any, after: Any, path: tuple[str, ...] = ()) -> list[str]:
    """Leaf by leaf."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted({*before, *after})
        return [text for key in keys for text in _changes(before.get(key, MISSING), after.get(key, MISSING), (*path, str(key)))]
    if before == after:
        return []
    name = ".".join(path)
    if after is MISSING:
        return [f"{name} is gone, and was {_word(before)}"]
    if before is MISSING:
        return [f"{name} is {_word(after)}, and was not there"]
    return [f"{name} is {_word(after)}, and was {_word(before)}"]


def _word(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _taint(taint: Mapping[str, Any]) -> str:
    """As kubectl writes one; since when it is there is no part of it."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"


def _name(item: Mapping[str, Any]) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"


def _target(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """What an autoscaler changes the replicas of, by itself."""
    target = (item.get("spec") or {}).get("scaleTargetRef") or {}
    return str(target.get("kind")), item["metadata"]["namespace"], str(target.get("name"))


def _listed(api: Cluster, kind: str, version: str) -> Sequence[Mapping[str, Any]]:
    """None of a kind that the cluster does not know."""
    try:
        return api.list(kind, api_version=version)
    except ClusterError as error:
        if error.reason != "NoSuchKind":
            raise
        return ()
