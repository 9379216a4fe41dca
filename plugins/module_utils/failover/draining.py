# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cordon, evict, uncordon, as kubectl drain does it, but with another try where a PodDisruptionBudget says no."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

NOTE = "pikube.stateful/cordoned-for"  # annotation of the Node, as the module node_drain writes it: whose cordon it is
MIRROR = "kubernetes.io/config.mirror"
PAUSE = 0.5
ASK_AGAIN = 1.0  # kubectl waits 5 s, which would be measured as the database's
FORBIDDEN = 429


class Leaving(NamedTuple):
    """A pod that a drain takes away. name: NAMESPACE/NAME."""

    name: str
    uid: str


class Drained(NamedTuple):
    """Names are NAMESPACE/NAME. evicted: and gone. left: there in the end. alone: not evicted, since nobody makes such a pod again."""

    evicted: list[str]
    left: list[str]
    alone: list[str]


def leaving(pods: Iterable[Mapping[str, Any]]) -> tuple[list[Leaving], list[str]]:
    """Those that go, and those that have no controller. Pods of DaemonSets, of the kubelet's own files, and ended ones stay."""
    going, alone = [], []
    for pod in pods:
        metadata = pod["metadata"]
        owner = next((row.get("kind") for row in metadata.get("ownerReferences") or [] if row.get("controller", True)), None)
        over = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if MIRROR in (metadata.get("annotations") or {}) or owner == "DaemonSet" or over:
            continue
        name = f"{metadata.get('namespace')}/{metadata['name']}"
        if owner is None:
            alone.append(name)
        else:
            going.append(Leaving(name, metadata.get("uid", "")))
    return sorted(going), sorted(alone)


def cordon(api: Any, name: str, run: str) -> bool:
    """False if it was cordoned already, by whomever else: it stays so. Raises FailoverError if there is no such Node."""
    node = _node(api, name)
    if (node.get("spec") or {}).get("unschedulable"):
        return _note(node) == run
    api.patch("Node", name, {"spec": {"unschedulable": True}, "metadata": {"annotations": {NOTE: run}}})
    return True


def uncordon(api: Any, name: str, run: str) -> None:
    """Lift this run's cordon and see it lifted. Another's stays."""
    node = api.get("Node", name)
    if node is None or _note(node) != run:
        return
    api.patch("Node", name, {"spec": {"unschedulable": None}, "metadata": {"annotations": {NOTE: None}}})
    node = _node(api, name)
    if (node.get("spec") or {}).get("unschedulable") and _note(node) in (None, run):
        raise FailoverError(f"{name} is still cordoned after it was uncordoned: somebody cordons it again")


def _node(api: Any, name: str) -> dict[str, Any]:
    node = api.get("Node", name)
    if node is None:
        raise FailoverError(f"there is no Node {name}")
    return node


def _note(node: Mapping[str, Any]) -> str | None:
    return (node["metadata"].get("annotations") or {}).get(NOTE)


def evict_all(
    api: Any,
    node: str,
    seconds: float,
    clock: Callable[[], int],
    sleep: Callable[[float], Any],
    says: Callable[[str], Any],
) -> Drained:
    """Evict the pods that were there at the beginning, each asked again while a budget forbids it, until they are gone or the time is over.

    clock: microseconds.
    """
    first, alone = leaving(api.list("Pod", fields=f"spec.nodeName={node}"))
    end = clock() + int(seconds * 1e6)
    asked: dict[str, int] = {}
    granted: set[str] = set()
    left = first
    while True:
        for pod in left:
            if pod.uid not in granted and clock() - asked.get(pod.uid, -int(1e12)) >= ASK_AGAIN * 1e6:
                asked[pod.uid] = clock()
                if _asked(api, pod):
                    granted.add(pod.uid)
        left = _there(api, node, left)
        if not left or clock() >= end:
            gone = {pod.uid for pod in left}
            return Drained([pod.name for pod in first if pod.uid not in gone], [pod.name for pod in left], alone)
        waits = [f"{pod.name}{'' if pod.uid in granted else ' (a PodDisruptionBudget says not yet)'}" for pod in left]
        says(f"{node} is drained, waiting for {', '.join(waits)} to go")
        sleep(PAUSE)


def _asked(api: Any, pod: Leaving) -> bool:
    namespace, _slash, name = pod.name.partition("/")
    try:
        api.evict(name, namespace)
    except ClusterError as error:
        if error.status == FORBIDDEN or error.passing:
            return False
        raise
    return True


def _there(api: Any, node: str, before: list[Leaving]) -> list[Leaving]:
    try:
        found = {pod["metadata"].get("uid") for pod in api.list("Pod", fields=f"spec.nodeName={node}")}
    except ClusterError as error:
        # The drained node may be the one whose API server was asked.
        if not error.passing:
            raise
        return before
    return [pod for pod in before if pod.uid in found]
