# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods a drain takes away, and which nodes could take one: by the rules of Kubernetes, as far as they matter here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.draining import MIRROR
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import fits, requirements

HARD = ("NoSchedule", "NoExecute")
# Suffix -> factor of a quantity of Kubernetes; m is thousandths, which a request of memory may be written in as well.
FACTORS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
LETTERS = 2  # of the longest suffix


def place(pod: Mapping[str, Any]) -> str:
    return f"{pod['metadata'].get('namespace')}/{pod['metadata']['name']}"


def controller(pod: Mapping[str, Any]) -> str | None:
    """Kind of what makes such a pod again."""
    return next((row.get("kind") for row in pod["metadata"].get("ownerReferences") or [] if row.get("controller", True)), None)


def leaving(pods: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that a drain evicts. Pods of DaemonSets and of the kubelet's own files stay: they would be back at once."""
    return [pod for pod in _movable(pods) if controller(pod)]


def unmanaged(pods: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that nothing makes again, which a drain without force leaves."""
    return [pod for pod in _movable(pods) if not controller(pod)]


def _movable(pods: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [pod for pod in pods if MIRROR not in (pod["metadata"].get("annotations") or {}) and controller(pod) != "DaemonSet"]


def has_empty_dir(pod: Mapping[str, Any]) -> bool:
    return any("emptyDir" in volume for volume in (pod.get("spec") or {}).get("volumes") or [])


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels. An empty one takes all, none at all takes nothing."""
    if selector is None:
        return False
    terms = requirements(selector)
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and (
        not terms or fits(labels, terms)
    )


def budgets_of(pod: Mapping[str, Any], budgets: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """PodDisruptionBudgets that a pod counts for."""
    labels = pod["metadata"].get("labels") or {}
    return [
        budget
        for budget in budgets
        if budget["metadata"].get("namespace") == pod["metadata"].get("namespace")
        and selects((budget.get("spec") or {}).get("selector"), labels)
    ]


def amount(text: Any) -> float:
    """A quantity of Kubernetes. Raises ValueError for what is none."""
    word = str(text)
    suffix = next((word[-size:] for size in range(LETTERS, 0, -1) if word[-size:] in FACTORS), "")
    return float(word.removesuffix(suffix)) * FACTORS.get(suffix, 1.0)


def memory(pod: Mapping[str, Any]) -> float:
    """Bytes that a pod requests."""
    containers = (pod.get("spec") or {}).get("containers") or []
    return sum(amount(((row.get("resources") or {}).get("requests") or {}).get("memory", 0)) for row in containers)


def tolerates(pod: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    for row in (pod.get("spec") or {}).get("tolerations") or []:
        if row.get("effect") not in (None, "", taint.get("effect")):
            continue
        if row.get("operator") == "Exists" and row.get("key") in (None, "", taint.get("key")):
            return True
        if row.get("key") == taint.get("key") and (row.get("value") or "") == (taint.get("value") or ""):
            return True
    return False


def why_not(pod: Mapping[str, Any], node: Mapping[str, Any], there: Sequence[Mapping[str, Any]]) -> str:
    """What keeps a pod from starting on a node, empty if nothing does. there: pods that run on it. That it is Ready is not looked at."""
    spec, own = pod.get("spec") or {}, node.get("spec") or {}
    labels = {**(node["metadata"].get("labels") or {}), "metadata.name": node["metadata"]["name"]}
    if own.get("unschedulable"):
        return "is cordoned"
    for taint in own.get("taints") or []:
        if taint.get("effect") in HARD and not tolerates(pod, taint):
            return f"has taint {taint.get('key')}"
    wrong = [key for key, value in (spec.get("nodeSelector") or {}).items() if labels.get(key) != value]
    if wrong:
        return f"lacks label {wrong[0]}={spec['nodeSelector'][wrong[0]]}"
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is not None and not any(fits(labels, requirements(term)) for term in required.get("nodeSelectorTerms") or []):
        return "is not among the nodes that the pod's affinity names"
    allocatable = ((node.get("status") or {}).get("allocatable") or {}).get("memory")
    if allocatable is not None:
        free = amount(allocatable) - sum(map(memory, there))
        if memory(pod) > free:
            return f"has {max(free, 0) / 2**20:.0f} MiB of memory to give, and {memory(pod) / 2**20:.0f} are asked for"
    return ""


def has_images(node: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    """Whether a node lists all images of a pod; a kubelet lists the fifty largest that it has."""
    names = {name for row in (node.get("status") or {}).get("images") or [] for name in row.get("names") or []}
    wanted = {row["image"] for row in (pod.get("spec") or {}).get("containers") or [] if row.get("image")}
    return all(any(name == image or name.endswith(f"/{image}") for name in names) for image in wanted)
