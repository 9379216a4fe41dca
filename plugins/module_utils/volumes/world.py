# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot that can be asked: which nodes are heard of, which pods truly run, who uses a claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import nodes_of
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.times import condition_since, moment, written

# A kubelet renews its lease every 10 s. The cluster calls a node Ready for up to 50 s after its last word (Kubernetes 1.32 and newer).
SILENT_SECONDS = 25
# Clocks that are kept right differ by less; a lease is up to 10 s old.
CLOCKS_SECONDS = 60
VOLUME_LABEL = "openebs.io/persistent-volume"


@dataclass(frozen=True)
class NodeState:
    """ready: its condition says so, and its kubelet renewed its lease lately. heard: seconds since it did, None if not known."""

    name: str
    ready: bool
    why_not: str
    heard: float | None

    @property
    def evidence(self) -> Evidence:
        says = f"{self.name} is Ready" if self.ready else f"{self.name} {self.why_not}"
        return Evidence(says, f"Node/{self.name} status.conditions[Ready] and its Lease", self.heard)


class World:
    """now: seconds since 1970, by the clock of the cluster where its leases tell the time."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        leases = {item["metadata"]["name"]: heard_at(item) for item in self.all("Lease")}
        self.newest = max((time for time in leases.values() if time is not None), default=None)
        self.now = snapshot.at if self.newest is None else self.newest
        self.labels = {item["metadata"]["name"]: item["metadata"].get("labels") or {} for item in self.all("Node")}
        self.nodes = {item["metadata"]["name"]: self._node(item, leases) for item in self.all("Node")}
        self._named: dict[tuple[str, str | None, str], Mapping[str, Any]] = {}
        for kind, items in snapshot.objects.items():
            for item in items:
                self._named[kind, item["metadata"].get("namespace"), item["metadata"]["name"]] = item
        self._of_volume: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        self._users: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        self._claims_of: dict[str, list[Mapping[str, Any]]] = {}
        self._index()

    def _index(self) -> None:
        for kind, items in self._snapshot.objects.items():
            for item in items:
                volume = (item["metadata"].get("labels") or {}).get(VOLUME_LABEL)
                if volume:
                    self._of_volume.setdefault((kind, volume), []).append(item)
        for pod in self.all("Pod"):
            for claim in claims_used(pod):
                self._users.setdefault((pod["metadata"]["namespace"], claim), []).append(pod)
        for claim in self.all("PersistentVolumeClaim"):
            for owner in claim["metadata"].get("ownerReferences") or []:
                self._claims_of.setdefault(owner.get("name", ""), []).append(claim)

    def _node(self, item: Mapping[str, Any], leases: Mapping[str, float | None]) -> NodeState:
        name = item["metadata"]["name"]
        time = leases.get(name)
        heard = None if time is None else max(self.now - time, 0.0)
        ready = next((row for row in (item.get("status") or {}).get("conditions") or [] if row.get("type") == "Ready"), {})
        if ready.get("status") != "True":
            return NodeState(name, False, f"is not Ready ({ready.get('reason') or 'its kubelet has not reported'})", heard)
        if heard is not None and heard > SILENT_SECONDS:
            return NodeState(name, False, f"is still called Ready, but its kubelet has been silent for {heard:.0f} s", heard)
        return NodeState(name, True, "", heard)

    # Objects

    def all(self, kind: str) -> Iterable[Mapping[str, Any]]:
        return self._snapshot.objects.get(kind) or ()

    def knows(self, kind: str) -> bool:
        return kind in self._snapshot.objects

    def one(self, kind: str, name: str, namespace: str | None = None) -> Mapping[str, Any] | None:
        return self._named.get((kind, namespace, name))

    def of_volume(self, kind: str, volume: str) -> list[Mapping[str, Any]]:
        """Objects that carry OpenEBS' label of a volume, by name."""
        return sorted(self._of_volume.get((kind, volume), ()), key=lambda item: item["metadata"]["name"])

    def claims_of(self, owner: str) -> list[Mapping[str, Any]]:
        """Claims that an object of this name owns, by name."""
        return sorted(self._claims_of.get(owner, ()), key=lambda item: item["metadata"]["name"])

    def users(self, namespace: str, claim: str) -> list[Mapping[str, Any]]:
        """Pods that have a claim among their volumes, by name, without those that are over."""
        found = self._users.get((namespace, claim), ())
        alive = (pod for pod in found if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"))
        return sorted(alive, key=lambda pod: pod["metadata"]["name"])

    def pods(self, *, any_of: Iterable[Mapping[str, str]]) -> list[Mapping[str, Any]]:
        """Pods that carry all labels of one of the sets."""
        sets = [set(labels.items()) for labels in any_of]
        found = (pod for pod in self.all("Pod") if any(labels <= set((pod["metadata"].get("labels") or {}).items()) for labels in sets))
        return sorted(found, key=lambda pod: (not self.runs(pod), pod["metadata"]["name"]))

    def answer(self, path: str | None) -> Any:
        return self._snapshot.answers.get(path or "")

    # Judgements

    def ready(self, node: str | None) -> bool:
        return node in self.nodes and self.nodes[node].ready

    def not_ready_text(self, node: str | None) -> str:
        if not node:
            return "has no node"
        return self.nodes[node].why_not if node in self.nodes else "is no node of the cluster any more"

    def why_not_running(self, pod: Mapping[str, Any]) -> str:
        """Empty if a pod runs; its own word counts only while its node is heard of."""
        status = pod.get("status") or {}
        node = (pod.get("spec") or {}).get("nodeName")
        phase = status.get("phase") or "Unknown"
        if not node:
            return f"is {phase} and has no node"
        if not self.ready(node):
            return f"is named {phase} on {node}, which {self.not_ready_text(node)}"
        if pod["metadata"].get("deletionTimestamp"):
            return f"is being deleted on {node}"
        ready = next((row.get("status") for row in status.get("conditions") or [] if row.get("type") == "Ready"), "True")
        if phase != "Running" or ready != "True":
            return f"is {phase} on {node}" + (" and not Ready" if phase == "Running" else "")
        return ""

    def runs(self, pod: Mapping[str, Any]) -> bool:
        return not self.why_not_running(pod)

    def runs_for(self, pod: Mapping[str, Any]) -> float | None:
        """Seconds since a pod became Ready, None if it does not say."""
        return self.age(condition_since(pod, "Ready"))

    def age(self, time: float | None) -> float | None:
        return None if time is None else max(self.now - time, 0.0)

    def changed(self, item: Mapping[str, Any], part: str = "status") -> float | None:
        """Seconds since a part of an object was last changed, None if nothing tells."""
        return self.age(written(item, part))

    def places(self, volume: Mapping[str, Any]) -> tuple[str, ...] | None:
        return nodes_of(volume, self.labels)

    @property
    def warnings(self) -> list[str]:
        """What makes every age doubtful."""
        if self.newest is None:
            return ["The leases of the nodes could not be read: a node that fell silent less than 50 s ago still counts as Ready."]
        off = abs(self._snapshot.at - self.newest)
        if off <= CLOCKS_SECONDS:
            return []
        return [
            f"The newest word of a kubelet and the clock of this controller are {off:.0f} s apart. Compare the clocks here and on the"
            " control planes (date); if they agree, no kubelet reports any more and nothing below is evidence."
        ]


def heard_at(lease: Mapping[str, Any]) -> float | None:
    """When a kubelet last renewed its lease: by the API server's clock if the object tells it, else by the node's."""
    time = written(lease, "spec")
    return moment((lease.get("spec") or {}).get("renewTime")) if time is None else time


def claims_used(pod: Mapping[str, Any]) -> list[str]:
    """Names of the claims of a pod, those that were made for it alone included."""
    found = []
    for volume in (pod.get("spec") or {}).get("volumes") or []:
        if "persistentVolumeClaim" in volume:
            found.append(volume["persistentVolumeClaim"]["claimName"])
        elif "ephemeral" in volume:
            found.append(f"{pod['metadata']['name']}-{volume['name']}")
    return found


def title(item: Mapping[str, Any]) -> str:
    """KIND/NAME or KIND/NAMESPACE/NAME, as evidence names it."""
    metadata = item["metadata"]
    return "/".join(part for part in (item.get("kind", ""), metadata.get("namespace"), metadata["name"]) if part)
