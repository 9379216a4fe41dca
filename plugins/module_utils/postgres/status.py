# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a Cluster of CloudNativePG is: judged over objects as the API gives them, not by its phase alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

CLUSTER, ROLE, INSTANCE, JOB = "cnpg.io/cluster", "cnpg.io/instanceRole", "cnpg.io/instanceName", "cnpg.io/jobRole"
JOIN = "join"
SINGLE = "pikube.stateful/server"  # label of the pod and the claim of a server alone: its name
REVISION = "controller-revision-hash"
SYNCHRONOUS = "SyncReplicationTopologySatisfied"
CONTAINER, HEALTHY = "postgres", "Cluster in healthy state"  # the operator's own words


@dataclass(frozen=True)
class State:
    """primary: name of its pod, "" while there is none. standbys: pods that are Ready. waiting: what keeps it from being whole."""

    primary: str
    primary_node: str
    standbys: tuple[str, ...]
    wanted: int
    phase: str
    waiting: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.waiting

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "standbys": list(self.standbys), "waiting": list(self.waiting), "whole": self.whole}


def judge(
    cluster: Mapping[str, Any],
    pods: Sequence[Mapping[str, Any]],
    claims: Sequence[Mapping[str, Any]],
    says: Mapping[str, str],
    databases: Sequence[Mapping[str, Any]] = (),
) -> State:
    """pods, claims, databases: of its namespace. says: what keeps a pod from working, by its name."""
    name, status = cluster["metadata"]["name"], cluster.get("status") or {}
    wanted = (cluster.get("spec") or {}).get("instances", 1)
    own = [pod for pod in pods if _label(pod, CLUSTER) == name and _label(pod, INSTANCE) and not _label(pod, JOB)]
    jobs = [pod for pod in pods if _label(pod, CLUSTER) == name and _label(pod, JOB) and _phase(pod) != "Succeeded"]
    ready = {pod["metadata"]["name"]: pod for pod in own if _ready(pod)}
    # The label is set by the instance itself; what the operator's status says may be of a time before.
    leading = primaries(own)
    primary = leading[0] if leading else ""
    waiting = [
        f"instance {pod['metadata']['name']}{_on(pod)}: {says.get(pod['metadata']['name'], 'is not Ready')}"
        for pod in own
        if pod["metadata"]["name"] not in ready
    ]
    waiting += [f"{_label(pod, JOB)} of {_label(pod, INSTANCE)}{_on(pod)}: {says.get(pod['metadata']['name'], 'works')}" for pod in jobs]
    waiting += [
        f"claim {claim['metadata']['name']} is {(claim.get('status') or {}).get('phase', 'not there yet')}"
        for claim in claims
        if _label(claim, CLUSTER) == name and (claim.get("status") or {}).get("phase") != "Bound"
    ]
    if len(own) < wanted:
        waiting.append(f"{len(own)} of {wanted} instances are there")
    if not primary and len(ready) >= wanted:
        waiting.append("no instance is the primary")
    if len(leading) > 1:
        waiting.append(f"{' and '.join(leading)} both say that they are the primary")
    if status.get("targetPrimary") and status.get("targetPrimary") != status.get("currentPrimary"):
        waiting.append(f"the primary moves from {status.get('currentPrimary') or 'none'} to {status['targetPrimary']}")
    waiting += [
        # Without a primary there is nowhere to make it, which is said above.
        f"database {row['spec']['name']}: {(primary and (row.get('status') or {}).get('message')) or 'is to be made'}"
        for row in databases
        if row["spec"]["cluster"]["name"] == name and not _applied(row)
    ]
    satisfied = {row.get("type"): row for row in status.get("conditions") or []}.get(SYNCHRONOUS) or {}
    if satisfied.get("status") == "False":
        waiting.append(f"rows are not on enough standbys: {satisfied.get('message') or satisfied.get('reason')}")
    # The operator does not tell which change it has seen: what the pods run does.
    image = (cluster.get("spec") or {}).get("imageName")
    waiting += [
        f"instance {pod['metadata']['name']}{_on(pod)} runs {_image(pod)}, and {image} is wanted"
        for pod in own
        if image and _image(pod) not in (None, image)
    ]
    if not waiting and status.get("phase") != HEALTHY:
        reason = f" ({status['phaseReason']})" if status.get("phaseReason") else ""
        waiting.append(f"the operator says: {status.get('phase') or 'nothing yet'}{reason}")
    return State(
        primary,
        (ready[primary].get("spec") or {}).get("nodeName", "") if primary else "",
        tuple(sorted(set(ready) - {primary})),
        wanted,
        status.get("phase") or "",
        tuple(waiting),
    )


def judge_single(name: str, pods: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]], says: Mapping[str, str]) -> State:
    """A server alone. pods, claims: of its namespace. says: what keeps a pod from working, by its name."""
    own = [pod for pod in pods if _label(pod, SINGLE) == name]
    ready = [pod for pod in own if _ready(pod)]
    waiting = [
        f"pod {pod['metadata']['name']}{_on(pod)}: {says.get(pod['metadata']['name'], 'is not Ready')}" for pod in own if pod not in ready
    ]
    waiting += [
        f"claim {claim['metadata']['name']} is {(claim.get('status') or {}).get('phase', 'not there yet')}"
        for claim in claims
        if _label(claim, SINGLE) == name and (claim.get("status") or {}).get("phase") != "Bound"
    ]
    if not own:
        waiting.append("its pod is to be made")
    if len(own) > 1:
        waiting.append(f"{' and '.join(pod['metadata']['name'] for pod in own)} are both there")
    primary = ready[0] if ready else {"metadata": {"name": ""}}
    node = (primary.get("spec") or {}).get("nodeName", "")
    return State(primary["metadata"]["name"], node, (), 1, "", tuple(waiting))


def restart_waits(server: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the pod of a StatefulSet is of an older template than it has now."""
    wanted = (server.get("status") or {}).get("updateRevision")
    own = [pod for pod in pods if _label(pod, SINGLE) == server["metadata"]["name"]]
    return bool(wanted) and any(_label(pod, REVISION) not in (None, wanted) for pod in own)


def writers(name: str, pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the pods of a namespace those that are Ready and take writes for a server of either topology."""
    single = [pod["metadata"]["name"] for pod in pods if _label(pod, SINGLE) == name and _ready(pod)]
    return sorted([*primaries([pod for pod in pods if _label(pod, CLUSTER) == name]), *single])


# Words of what is waited for -> what to do
CURES = (
    ("exceeded quota", 'The quota of the namespace leaves less than that: see postgres_quota and "kubectl describe quota"'),
    (
        "pull",
        "See that the nodes reach the registry of the image, set postgres_image, or bring the image as a file (microk8s_image_archives)",
    ),
    ("claim", "See playbooks/audit_storage.yml"),
    ("available: ", 'There have to be as many nodes with room as instances: see "kubectl describe nodes"'),
)


def cure(listed: str) -> str:
    """What to do about what is waited for."""
    return next((text for word, text in CURES if word in listed), 'See "kubectl describe cluster" and the logs of its pods')


def _label(item: Mapping[str, Any], key: str) -> str | None:
    return (item["metadata"].get("labels") or {}).get(key)


def _ready(pod: Mapping[str, Any]) -> bool:
    conditions = {row.get("type"): row.get("status") for row in (pod.get("status") or {}).get("conditions") or []}
    return conditions.get("Ready") == "True" and not pod["metadata"].get("deletionTimestamp")


def primaries(pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the pods of a cluster those that are Ready and say that they take writes."""
    return sorted(pod["metadata"]["name"] for pod in pods if _label(pod, ROLE) == "primary" and _ready(pod))


def joins(name: str, pods: Sequence[Mapping[str, Any]]) -> list[str]:
    """Pods that are bringing a new standby the data."""
    return [pod["metadata"]["name"] for pod in pods if (_label(pod, CLUSTER), _label(pod, JOB), _phase(pod)) == (name, JOIN, "Running")]


def _image(pod: Mapping[str, Any]) -> str | None:
    containers = (pod.get("spec") or {}).get("containers") or []
    return next((row.get("image") for row in containers if row.get("name") == CONTAINER), None)


def _phase(pod: Mapping[str, Any]) -> str:
    return (pod.get("status") or {}).get("phase") or ""


def _applied(database: Mapping[str, Any]) -> bool:
    status = database.get("status") or {}
    return bool(status.get("applied")) and status.get("observedGeneration") == database["metadata"].get("generation")


def _on(pod: Mapping[str, Any]) -> str:
    node = (pod.get("spec") or {}).get("nodeName")
    return f" on {node}" if node else ""
