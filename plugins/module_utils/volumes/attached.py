# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which node has a volume attached: what the engine says, held against the pods that use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Evidence, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.survival import listed
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, title


def pods_of(world: World, users: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the pods that use a claim. running: a pod that a Ready node says runs; why_not of the others."""
    return [
        {
            "name": pod["metadata"]["name"],
            "node": (pod.get("spec") or {}).get("nodeName"),
            "phase": (pod.get("status") or {}).get("phase"),
            "running": world.runs(pod),
            "why_not": world.why_not_running(pod),
        }
        for pod in users
    ]


def attached(finding: Finding, world: World, users: Sequence[Mapping[str, Any]]) -> tuple[str | None, list[str], list[Evidence]]:
    """The node, warnings, evidence. A node that may still write counts as the one, until it is known to be off."""
    holder = finding.held_by
    using = [pod for pod in users if (pod.get("spec") or {}).get("nodeName")]
    running = [pod for pod in using if world.runs(pod)]
    nodes = sorted({pod["spec"]["nodeName"] for pod in running})
    evidence = [
        Evidence(
            f"{pod['metadata']['name']} runs on {pod['spec']['nodeName']}",
            f"{title(pod)} status.phase",
            world.nodes[pod["spec"]["nodeName"]].heard,
        )
        for pod in running
    ]
    if len(nodes) > 1:
        text = f"pods on {listed(nodes)} use it at once. If it is ReadWriteOnce, stop all but one at once: two writers destroy the data"
        return holder if holder in nodes else nodes[0], [text], evidence
    if nodes:
        return nodes[0], against(finding, world, running[0], nodes[0]), evidence
    silent = [pod for pod in using if not world.ready(pod["spec"]["nodeName"])]
    if silent:
        pod = silent[0]
        node = pod["spec"]["nodeName"]
        text = (
            f"{pod['metadata']['name']} {world.why_not_running(pod)}: whether it still writes is not known. Make sure that {node} is off"
            " before the volume is used elsewhere"
        )
        return holder if world.ready(holder) else node, [text], evidence
    if holder and not world.ready(holder):
        return holder, [f"it is said to be attached to {holder}, which {world.not_ready_text(holder)}"], evidence
    return holder or (using[0]["spec"]["nodeName"] if using else None), [], evidence


def against(finding: Finding, world: World, pod: Mapping[str, Any], node: str) -> list[str]:
    """What the engine's own book says against the pod that runs. Engines that keep none say nothing of attachments."""
    if finding.held_by == node or finding.book is None:
        return []
    name = pod["metadata"]["name"]
    if finding.held_by is None:
        return [
            f"{name} runs on {node}, and {finding.book.source} is empty: any other node may mount the volume, too."
            " Delete the pod and let it start again, which sets it right"
        ]
    return [f"{name} runs on {node}, but {finding.book.source} names {finding.held_by}. Make sure that nothing there writes to it"]
