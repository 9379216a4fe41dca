# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there are nodes for the servers that are missing: as the scheduler would see them, and not as the inventory counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.changes import missing
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import CLUSTER, INSTANCE
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

KEEPS_OUT = ("NoSchedule", "NoExecute")


def check(wishes: Wishes, nodes: Sequence[Mapping[str, Any]], pods: Sequence[Mapping[str, Any]], claims: Sequence[str]) -> None:
    """Raises PostgresError where servers that are to be made would find no node. pods, names of claims: of their namespace."""
    wanted = missing(wishes, claims)
    closed = {node["metadata"]["name"]: why for node in nodes if (why := closed_because(node))}
    taken = {(pod.get("spec") or {}).get("nodeName") for pod in pods if _of(pod, wishes.name)}
    free = [node["metadata"]["name"] for node in nodes if node["metadata"]["name"] not in closed and node["metadata"]["name"] not in taken]
    if wanted <= len(free):
        return
    others = [f"{name} {why}" for name, why in sorted(closed.items())]
    others += [f"{name} has one already" for name in sorted(filter(None, taken)) if name not in closed]
    servers = "1 server is" if wanted == 1 else f"{wanted} servers are"
    raise PostgresError(
        f"postgres_instances: {servers} to be made for {wishes.namespace}/{wishes.name}, each on a node of its own, and {len(free)} of"
        f" {len(nodes)} nodes can take one{': ' if others else ''}{', '.join(others)}. Make nodes fit"
        ' (see "kubectl describe nodes"; "kubectl uncordon NODE"), or ask for fewer'
    )


def closed_because(node: Mapping[str, Any]) -> str:
    """Why no new pod comes to a node; empty if nothing speaks against it."""
    spec, conditions = node.get("spec") or {}, (node.get("status") or {}).get("conditions") or []
    if not any(row.get("type") == "Ready" and row.get("status") == "True" for row in conditions):
        return "is not Ready"
    if spec.get("unschedulable"):
        return "is cordoned"
    taint = next((row["key"] for row in spec.get("taints") or [] if row.get("effect") in KEEPS_OUT), "")
    return f"has the taint {taint}" if taint else ""


def _of(pod: Mapping[str, Any], name: str) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return labels.get(CLUSTER) == name and INSTANCE in labels
