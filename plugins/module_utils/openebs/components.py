# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which component works, and what one that does not work waits for: judged over objects as the API gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

EVERY_NODE = "every node"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class Cause:
    """id: part of the result. pattern: found in what pod and events say. cure: what helps. final: waiting does not."""

    id: str
    pattern: str
    cure: str
    final: bool = False


CAUSES = (
    Cause(
        "architecture",
        r"exec format error|no match(ing)? (for platform|manifest)",
        "The image has no variant for this processor. Choose a chart whose images have one, or a registry that has (openebs_image_mirror)",
        final=True,
    ),
    Cause(
        "image",
        r"ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|[Ff]ailed to pull image",
        "See that the node reaches the registry, or set openebs_image_mirror",
    ),
    Cause("scheduling", r"Unschedulable|nodes are available|has no node", "See the nodes it may run on: taints, cordons, labels, room"),
    Cause("crash", r"CrashLoopBackOff|OOMKilled|Error, exit", "See its log: microk8s kubectl logs -n NAMESPACE POD --previous"),
    Cause("mount", r"FailedMount|MountVolume|FailedCreatePodSandBox", "See the events of the pod"),
    Cause("probe", r"[Pp]robe failed|Unhealthy|is not ready yet", "See its log: microk8s kubectl logs -n NAMESPACE POD"),
)
STARTING = Cause("starting", r"", "")
MISSING = Cause(
    "missing",
    r"",
    "Somebody deleted it. Have it made again: microk8s helm3 get manifest openebs -n NAMESPACE | microk8s kubectl apply -n NAMESPACE -f -",
    final=True,
)
SCALED = Cause(
    "scaled", r"", "Somebody scaled it down. Scale it up: microk8s kubectl -n NAMESPACE scale KIND NAME --replicas=WANTED", final=True
)


@dataclass(frozen=True)
class Component:
    """pod, node: of the pod that keeps it from working, empty if it works. says: that pod's own words, or those of its newest event."""

    kind: str
    namespace: str
    name: str
    wanted: int
    works: int
    cause: str = ""
    pod: str = ""
    node: str = ""
    says: str = ""
    cure: str = ""
    final: bool = False

    @property
    def fine(self) -> bool:
        return not self.cause

    @property
    def text(self) -> str:
        where = f"{self.pod} on {self.node}" if self.node else self.pod
        words = f" ({where}: {self.says})" if where else f" ({self.says})" if self.says else ""
        return f"{self.kind} {self.namespace}/{self.name}: {self.works} of {self.wanted} pods work{words}"

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "fine": self.fine}


def judged(
    components: Iterable[Mapping[str, Any]],
    namespace: str,
    workloads: Sequence[Mapping[str, Any]],
    pods: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    nodes: int,
) -> list[Component]:
    """components: kind, name and of ("every node" or a number). nodes: how many nodes there are."""
    found = []
    for one in components:
        wanted = nodes if one.get("of", 1) == EVERY_NODE else int(one.get("of", 1))
        there = next(
            (
                item
                for item in workloads
                if item.get("kind") == one["kind"]
                and item["metadata"].get("name") == one["name"]
                and item["metadata"].get("namespace") == namespace
            ),
            None,
        )
        found.append(_judge(one, namespace, wanted, there, pods, events))
    return found


def _judge(
    one: Mapping[str, Any],
    namespace: str,
    wanted: int,
    there: Mapping[str, Any] | None,
    pods: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
) -> Component:
    base = {"kind": one["kind"], "namespace": namespace, "name": one["name"], "wanted": wanted}

    def row(cause: Cause, works: int, pod: str = "", node: str = "", says: str = "") -> Component:
        cure = cause.cure
        for word, value in (("NAMESPACE", namespace), ("POD", pod or "POD"), ("KIND", one["kind"].lower()), ("NAME", one["name"])):
            cure = re.sub(rf"\b{word}\b", value, cure)
        cure = cure.replace("WANTED", str(wanted))
        return Component(**base, works=works, cause=cause.id, pod=pod, node=node, says=says, cure=cure, final=cause.final)

    if there is None:
        return row(MISSING, 0, says="it is not there")
    status, spec, metadata = there.get("status") or {}, there.get("spec") or {}, there["metadata"]
    if one["kind"] == "DaemonSet":
        base["wanted"] = wanted = max(status.get("desiredNumberScheduled", 0), wanted if one.get("of") == EVERY_NODE else 0)
        works = min(status.get("numberAvailable", 0), status.get("updatedNumberScheduled", 0))
    else:
        if spec.get("replicas", 1) == 0 and wanted > 0:
            return row(SCALED, 0, says="it is scaled to 0")
        base["wanted"] = wanted = max(spec.get("replicas", 1), 1)
        have = status.get("availableReplicas", status.get("readyReplicas", 0))
        works = min(have, status.get("updatedReplicas", have))
    seen = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    if seen and wanted > 0 and works >= wanted:
        return Component(**base, works=works)
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    own = [
        pod
        for pod in pods
        if pod["metadata"].get("namespace") == namespace and labels.items() <= (pod["metadata"].get("labels") or {}).items()
    ]
    worst = next(filter(None, (trouble(pod, events) for pod in own)), None)
    if worst is None:
        said = newest_warning(events, one["kind"], one["name"], namespace)
        return row(_cause(said), works, says=said or "its pods are starting")
    pod, node, says = worst
    return row(_cause(says), works, pod, node, says)


def _cause(says: str) -> Cause:
    return next((cause for cause in CAUSES if says and re.search(cause.pattern, says)), STARTING)


def trouble(pod: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> tuple[str, str, str] | None:
    """Name, node and words of a pod that does not work; None if it works or has ended well."""
    status, metadata = pod.get("status") or {}, pod.get("metadata") or {}
    name, node = metadata.get("name", ""), (pod.get("spec") or {}).get("nodeName") or ""
    conditions = {row.get("type"): row for row in status.get("conditions") or []}
    if status.get("phase") == "Succeeded" or conditions.get("Ready", {}).get("status") == "True":
        return None
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return name, "", f"has no node: {scheduled.get('message') or scheduled.get('reason') or 'not scheduled yet'}"
    for row in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        state = row.get("state") or {}
        waiting = state.get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] not in ("ContainerCreating", "PodInitializing"):
            last = (row.get("lastState") or {}).get("terminated") or {}
            words = waiting.get("message") or ""
            if waiting["reason"] == "CrashLoopBackOff":
                words = f"exit status {last.get('exitCode')}{', ' + last['message'].strip() if last.get('message') else ''}" if last else ""
            return name, node, f"{waiting['reason']}, {_short(words)}" if words else waiting["reason"]
        ended = state.get("terminated") or {}
        if ended and ended.get("exitCode"):
            words = _short(ended.get("message") or ended.get("reason") or "")
            return name, node, f"Error, exit status {ended['exitCode']}{': ' + words if words else ''}"
    said = newest_warning(events, "Pod", name, metadata.get("namespace"))
    if said:
        return name, node, said
    running = any((row.get("state") or {}).get("running") for row in status.get("containerStatuses") or ())
    return name, node, "is not ready yet" if running else "is starting"


def hindrances(pods: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What the pods that do not work say, each with the cure ("" for none), those with one first."""
    found = []
    for name, node, says in filter(None, (trouble(pod, events) for pod in pods)):
        namespace = next(pod["metadata"].get("namespace") or "" for pod in pods if pod["metadata"].get("name") == name)
        cure = _cause(says).cure.replace("NAMESPACE", namespace).replace("POD", name)
        found.append((f"pod {name}{f' on {node}' if node else ''}: {says}", cure))
    return sorted(found, key=lambda row: not row[1])


def newest_warning(events: Sequence[Mapping[str, Any]], kind: str, name: str, namespace: str | None) -> str:
    """Reason and words of the newest warning about an object."""
    own = [
        event
        for event in events
        if event.get("type") == "Warning"
        and (event.get("involvedObject") or {}).get("kind") == kind
        and (event.get("involvedObject") or {}).get("name") == name
        and (event.get("involvedObject") or {}).get("namespace") in (None, namespace)
    ]
    if not own:
        return ""
    last = max(own, key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "")
    return f"{last.get('reason')}: {_short(last.get('message') or '')}"


def _short(text: str, length: int = 240) -> str:
    words = " ".join(text.split())
    return words if len(words) <= length else f"{words[: length - 3]}..."
