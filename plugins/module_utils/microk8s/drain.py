# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain takes from a node, what it leaves, and what speaks against it. The rules are kubectl's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True)
class PodView:
    """leaving: it was told to go. Names are NAMESPACE/NAME."""

    name: str
    uid: str
    labels: Mapping[str, str]
    owner: str | None
    empty_dir: bool
    mirror: bool
    over: bool
    leaving: bool

    @classmethod
    def of(cls, pod: Mapping[str, Any]) -> PodView:
        metadata, spec = pod.get("metadata", {}), pod.get("spec", {})
        owner = next((row.get("kind") for row in metadata.get("ownerReferences") or [] if row.get("controller", True)), None)
        return cls(
            name=f"{metadata.get('namespace')}/{metadata.get('name')}",
            uid=metadata.get("uid", ""),
            labels=metadata.get("labels") or {},
            owner=owner,
            empty_dir=any("emptyDir" in volume for volume in spec.get("volumes") or []),
            mirror=MIRROR in (metadata.get("annotations") or {}),
            over=pod.get("status", {}).get("phase") in ("Succeeded", "Failed"),
            leaving=bool(metadata.get("deletionTimestamp")),
        )

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]


def going(pods: Iterable[Mapping[str, Any]]) -> list[PodView]:
    """The pods that a drain takes away. Those of DaemonSets and of the kubelet's own files stay; they would be back at once."""
    views = [PodView.of(pod) for pod in pods]
    return [view for view in views if not view.mirror and (view.owner != "DaemonSet" or view.over)]


def refusals(pods: Sequence[PodView], *, force: bool, delete_emptydir_data: bool) -> list[str]:
    """What speaks against a drain before anything is done."""
    found = []
    alone = [pod.name for pod in pods if pod.owner is None and not pod.over]
    if alone and not force:
        found.append(f"{', '.join(alone)}: no controller makes such a pod again; give force if it may be lost")
    data = [pod.name for pod in pods if pod.empty_dir and not pod.over]
    if data and not delete_emptydir_data:
        found.append(f"{', '.join(data)}: what is in an emptyDir is lost; give delete_emptydir_data if it may be")
    return found


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels. An empty one takes all, none at all takes nothing."""
    if selector is None:
        return False
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for row in selector.get("matchExpressions") or []:
        key, values, operator = row.get("key"), row.get("values") or [], row.get("operator")
        fits = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not fits.get(operator, False):
            return False
    return True


def budgets(pod: PodView, all_budgets: Iterable[Mapping[str, Any]]) -> list[str]:
    """The PodDisruptionBudgets (NAMESPACE/NAME) that forbid the eviction of a pod now."""
    return [
        f"{budget['metadata']['namespace']}/{budget['metadata']['name']}"
        for budget in all_budgets
        if budget["metadata"].get("namespace") == pod.namespace
        and selects(budget.get("spec", {}).get("selector"), pod.labels)
        and budget.get("status", {}).get("disruptionsAllowed", 0) < 1
    ]


def waiting(pods: Sequence[PodView], blocked: Mapping[str, Sequence[str]], most: int = 4) -> str:
    """What is still there, for a person: the blocked ones first, each with what blocks it."""
    ordered = sorted(pods, key=lambda pod: (pod.name not in blocked, pod.name))
    parts = []
    for pod in ordered[:most]:
        names = blocked.get(pod.name)
        if names:
            parts.append(f"{pod.name} (PodDisruptionBudget {', '.join(names)} allows no disruption)")
        elif pod.name in blocked:
            parts.append(f"{pod.name} (a PodDisruptionBudget allows no disruption)")
        else:
            parts.append(f"{pod.name}{' (stopping)' if pod.leaving else ''}")
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return f"{', '.join(parts)}{more}"
