# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drain a node through the API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.drain import PodView, budgets, going, refusals, waiting
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

PAUSE = 2.0
ASK_AGAIN = 5.0  # as kubectl does after a PodDisruptionBudget's no
FORBIDDEN = 429
NOTE = "pikube.stateful/cordoned-for"  # annotation of the Node: who cordoned it, so that nobody else's cordon is lifted


@dataclass
class Drain:
    """look: a Cluster. say: gets what is waited for. reason: noted at the node; without it any cordon is lifted."""

    look: Any
    name: str
    say: Callable[[str], Any]
    force: bool = False
    delete_emptydir_data: bool = True
    grace_seconds: int | None = None
    reason: str | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep

    def cordoned(self, wanted: bool, *, check: bool) -> dict[str, Any]:
        node = self.look.get("Node", self.name)
        if node is None:
            raise MicroK8sError(f"there is no Node {self.name}: nothing was cordoned or drained. Names of nodes are in microk8s_nodes")
        there = bool(node.get("spec", {}).get("unschedulable"))
        note = (node["metadata"].get("annotations") or {}).get(NOTE)
        if not wanted and self.reason and note != self.reason:
            return {"changed": False, "name": self.name, "cordoned": there, "evicted": []}
        changed = there != wanted
        if changed and not check:
            body: dict[str, Any] = {"spec": {"unschedulable": wanted or None}}
            if self.reason or note:
                body["metadata"] = {"annotations": {NOTE: self.reason if wanted else None}}
            self.look.patch("Node", self.name, body)
        return {"changed": changed, "name": self.name, "cordoned": wanted, "evicted": []}

    def pods(self) -> list[PodView]:
        return going(self.look.list("Pod", fields=f"spec.nodeName={self.name}"))

    def drained(self, seconds: float, *, check: bool) -> dict[str, Any]:
        """Raises MicroK8sError if something speaks against it, or if pods are still there in the end."""
        pods = self.pods()
        against = refusals(pods, force=self.force, delete_emptydir_data=self.delete_emptydir_data)
        if against:
            raise MicroK8sError(
                f"{self.name} was not drained: {'; '.join(against)}. Nothing was changed.", pods=[pod.name for pod in pods], budgets={}
            )
        result = self.cordoned(True, check=check)
        result["evicted"] = sorted(pod.name for pod in pods)
        result["changed"] = result["changed"] or bool(pods)
        if not check:
            self._evict({pod.uid: pod for pod in pods}, seconds)
        return result

    def _evict(self, first: dict[str, PodView], seconds: float) -> None:
        end, left = self.clock() + seconds, list(first.values())
        asked: dict[str, float] = {}
        blocked: dict[str, list[str]] = {}
        while left:
            for pod in left:
                if not pod.leaving and self.clock() - asked.get(pod.uid, -ASK_AGAIN) >= ASK_AGAIN:
                    asked[pod.uid] = self.clock()
                    self._ask(pod, blocked)
            self.say(f"is drained, waiting for {waiting(left, blocked)} to go")
            if self.clock() >= end:
                raise MicroK8sError(
                    f"{self.name} was not drained in {seconds:.0f} s: {waiting(left, blocked, 20)} still there. {self.name} stays cordoned;"
                    " give it back with state uncordoned, or run again",
                    changed=True,
                    pods=[pod.name for pod in left],
                    budgets=blocked,
                )
            self.sleep(PAUSE)
            left = self._still_there(left)

    def _still_there(self, before: list[PodView]) -> list[PodView]:
        try:
            return self.pods()
        except ClusterError as error:
            # The drained node may be the one whose API server answered; another one is asked next.
            if not error.passing:
                raise
            return before

    def _ask(self, pod: PodView, blocked: dict[str, list[str]]) -> None:
        namespace, _slash, name = pod.name.partition("/")
        blocked.pop(pod.name, None)
        try:
            self.look.evict(name, namespace, self.grace_seconds)
        except ClusterError as error:
            if error.status == FORBIDDEN:
                blocked[pod.name] = budgets(pod, self._budgets(namespace))
            elif not error.passing:
                raise

    def _budgets(self, namespace: str) -> list[Mapping[str, Any]]:
        return self.look.list("PodDisruptionBudget", namespace, "policy/v1")
