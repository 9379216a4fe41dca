# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves that something works in a cluster or is gone from it: small values, each with its own question to the API.

look: has get(kind, name, namespace, api_version), list(kind, namespace, api_version, labels), create(body, again=True), servers,
answering() and only(server), as class Cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

APPS = "apps/v1"


@dataclass(frozen=True)
class Workload:
    """All pods of a Deployment, DaemonSet or StatefulSet work."""

    kind: str
    namespace: str
    name: str

    def missing(self, look: Any) -> str | None:
        found = look.get(self.kind, self.name, self.namespace, APPS)
        if found is None:
            return f"no {self.kind} {self.namespace}/{self.name}"
        return unavailable(found, look)

    def left(self, look: Any) -> str | None:
        found = look.get(self.kind, self.name, self.namespace, APPS)
        return f"{self.kind} {self.namespace}/{self.name}" if found else None


@dataclass(frozen=True)
class Namespace:
    """All workloads of a namespace work, and there are some."""

    name: str
    at_least: int = 1

    def missing(self, look: Any) -> str | None:
        found = [item for kind in ("Deployment", "StatefulSet", "DaemonSet") for item in look.list(kind, self.name, APPS)]
        if len(found) < self.at_least:
            return f"{len(found)} of {self.at_least} workloads in namespace {self.name}"
        return next(filter(None, (unavailable(item, look) for item in found)), None)

    def left(self, look: Any) -> str | None:
        return f"namespace {self.name}" if look.get("Namespace", self.name, None, "v1") else None


@dataclass(frozen=True)
class Service:
    """A Service has its address in the cluster."""

    namespace: str
    name: str

    def missing(self, look: Any) -> str | None:
        found = look.get("Service", self.name, self.namespace, "v1")
        address = (found or {}).get("spec", {}).get("clusterIP")
        return None if address and address != "None" else f"no address of Service {self.namespace}/{self.name}"

    def left(self, look: Any) -> str | None:
        return f"Service {self.namespace}/{self.name}" if look.get("Service", self.name, self.namespace, "v1") else None


@dataclass(frozen=True)
class ApiService:
    """An extension of the API answers."""

    name: str

    def missing(self, look: Any) -> str | None:
        found = look.get("APIService", self.name, None, "apiregistration.k8s.io/v1")
        if found is None:
            return f"no APIService {self.name}"
        available = condition(found, "Available")
        if available.get("status") == "True":
            return None
        return f"APIService {self.name} is not available ({available.get('message') or available.get('reason') or 'not asked yet'})"

    def left(self, look: Any) -> str | None:
        return f"APIService {self.name}" if look.get("APIService", self.name, None, "apiregistration.k8s.io/v1") else None


@dataclass(frozen=True)
class StorageClass:
    name: str

    def missing(self, look: Any) -> str | None:
        return None if look.get("StorageClass", self.name, None, "storage.k8s.io/v1") else f"no StorageClass {self.name}"

    def left(self, look: Any) -> str | None:
        return f"StorageClass {self.name}" if look.get("StorageClass", self.name, None, "storage.k8s.io/v1") else None


@dataclass(frozen=True)
class Authorization:
    """Every API server asks who one is: with AlwaysAllow a user that nobody knows could delete a node.

    A server that does not answer lets nobody in; only where none does it is not known.
    """

    user: str = "pikube:nobody"

    def asked(self, look: Any) -> tuple[list[str], list[str]]:
        """The servers that let everybody in, and those that do not."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": self.user, "resourceAttributes": {"verb": "delete", "resource": "nodes"}},
        }
        everybody: list[str] = []
        known: list[str] = []
        for server in look.answering() or look.servers:
            with look.only(server) as one:
                allowed = one.create(review, again=True)["status"]["allowed"]
                (everybody if allowed else known).append(server)
        return everybody, known

    def missing(self, look: Any) -> str | None:
        everybody, _known = self.asked(look)
        return f"authorization on {', '.join(everybody)}" if everybody else None

    def left(self, look: Any) -> str | None:
        _everybody, known = self.asked(look)
        return f"authorization on {', '.join(known)}" if known else None


@dataclass(frozen=True)
class File:
    """A file on the node: not for the API to tell, the module on the node looks."""

    path: str


def condition(item: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next((row for row in item.get("status", {}).get("conditions") or [] if row.get("type") == kind), {})


def unavailable(item: Mapping[str, Any], look: Any) -> str | None:
    """How many pods of a workload do not work, and what the worst of them says; None if all do and they are of the newest kind."""
    status, spec, metadata = item.get("status", {}), item.get("spec", {}), item.get("metadata", {})
    if item.get("kind") == "DaemonSet":
        wanted, have = status.get("desiredNumberScheduled", 0), status.get("numberAvailable", 0)
        fresh = status.get("updatedNumberScheduled", 0)
    else:
        wanted, have = spec.get("replicas", 1), status.get("availableReplicas", status.get("readyReplicas", 0))
        fresh = status.get("updatedReplicas", have)
    seen = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    if seen and wanted > 0 and min(have, fresh) >= wanted:
        return None
    labels = ",".join(f"{key}={value}" for key, value in sorted((spec.get("selector", {}).get("matchLabels") or {}).items()))
    pods = look.list("Pod", metadata.get("namespace"), "v1", labels) if labels else []
    worst = next(filter(None, (trouble(pod) for pod in pods)), "")
    text = f"{item.get('kind')} {metadata.get('namespace')}/{metadata.get('name')}: {min(have, fresh)} of {wanted} pods work"
    return f"{text} ({worst})" if worst else text


def trouble(pod: Mapping[str, Any]) -> str:
    """What a pod that does not work says about it, empty if it works."""
    status, name = pod.get("status", {}), pod.get("metadata", {}).get("name")
    where = f"{name} on {pod['spec']['nodeName']}" if pod.get("spec", {}).get("nodeName") else f"{name}"
    if status.get("phase") == "Pending" and condition(pod, "PodScheduled").get("status") == "False":
        return f"{name} has no node: {condition(pod, 'PodScheduled').get('message', 'not scheduled')}"
    for row in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = row.get("state", {}).get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] not in ("ContainerCreating", "PodInitializing"):
            return f"{where}: {waiting['reason']}" + (f", {waiting['message']}" if waiting.get("message") else "")
    if status.get("phase") in ("Succeeded",) or condition(pod, "Ready").get("status") == "True":
        return ""
    return f"{where} is starting"


def missing(evidence: Iterable[Any], look: Any) -> list[str]:
    """What of all this is not there or does not work. Files are left out."""
    return [text for item in evidence if not isinstance(item, File) for text in (item.missing(look),) if text]


def left(evidence: Iterable[Any], look: Any) -> list[str]:
    """What of all this is still there. Files are left out."""
    return [text for item in evidence if not isinstance(item, File) for text in (item.left(look),) if text]
