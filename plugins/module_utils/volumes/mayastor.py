# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mayastor: its volumes are no custom resources. Its REST API tells of them; without it nothing but the attachment is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Evidence, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import node_named
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, title

REST = ({"app": "api-rest"},)
PORT = 8081
ONLINE = "Online"
READS_PODS = "see its pods: kubectl get pods -A -l app=api-rest"


def question(volume: Mapping[str, Any], world: World) -> str | None:
    """The path under which the API server passes on Mayastor's REST API, None if no pod of it runs."""
    pod = next((pod for pod in world.pods(any_of=REST) if world.runs(pod)), None)
    if pod is None:
        return None
    handle = ((volume["spec"].get("csi") or {}).get("volumeHandle")) or volume["metadata"]["name"].removeprefix("pvc-")
    metadata = pod["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}:{PORT}/proxy/v0/volumes/{handle}"


def look(volume: Mapping[str, Any], world: World) -> Finding:
    holder, book = held_by(world, volume["metadata"]["name"])
    path = question(volume, world)
    answer = world.answer(path)
    content = answer.content if answer is not None else None
    if not isinstance(content, Mapping) or not isinstance(content.get("state"), Mapping):
        why = (
            "no pod of it runs"
            if path is None
            else "it was not asked"
            if answer is None
            else answer.trouble or "its answer is not understood"
        )
        return Finding(
            held_by=holder,
            book=book,
            doubts=(f"only the engine's REST API knows where the copies are, and {why}; {READS_PODS}",),
            evidence=(*pools(world), Evidence(f"the REST API has not answered: {why}", path or "its REST API", None)),
        )
    spec, state = content.get("spec") or {}, content["state"]
    target = state.get("target") or {}
    copies = tuple(
        copy_of(world, uuid, row, target) for uuid, row in sorted((state.get("replica_topology") or {}).items()) if isinstance(row, Mapping)
    )
    wanted = spec.get("num_replicas")
    wanted = wanted if isinstance(wanted, int) and wanted > 0 else None
    node = node_named(target.get("node"), world.labels)
    doubts = [] if wanted else ["the REST API does not say how many copies there should be (spec.num_replicas)"]
    if node is not None and not world.ready(node):
        doubts.append(f"its target is on {node}, which {world.not_ready_text(node)}: its states were true before that. Look again")
    says = f"is {state.get('status') or 'without a status'}, {sum(copy.in_sync is True for copy in copies)} of {wanted} copies in sync"
    return Finding(
        copies=copies,
        wanted=wanted,
        # A copy that fails is dropped, and the last one goes on serving.
        quorum=1,
        held_by=holder,
        book=book,
        target=node,
        # Of a volume with one copy the target is not moved while it is in use.
        target_moves=bool(wanted and wanted > 1),
        writes=False if state.get("status") in ("Faulted", "Offline") else None,
        doubts=tuple(doubts),
        evidence=(Evidence(says, f"the REST API itself ({path})", 0),),
    )


def copy_of(world: World, uuid: str, row: Mapping[str, Any], target: Mapping[str, Any]) -> Copy:
    """In sync is a copy that is Online as a replica and as a child of the target. Without a target nothing tells which are up to date."""
    node, state = node_named(row.get("node"), world.labels), str(row.get("state"))
    child = row.get("child_status") or child_state(uuid, target)
    if not world.ready(node):
        return Copy(node, row.get("pool"), f"{state} is said, but its node {world.not_ready_text(node)}", False)
    if state != ONLINE:
        return Copy(node, row.get("pool"), state, False)
    if child is None:
        return Copy(node, row.get("pool"), "Online, without a target that would tell whether it is up to date", None)
    return Copy(node, row.get("pool"), child, child == ONLINE)


def child_state(uuid: str, target: Mapping[str, Any]) -> str | None:
    """State of the child whose address names this replica; a child that rebuilds says how far it is."""
    for child in target.get("children") or []:
        if uuid in str(child.get("uri")):
            progress = child.get("rebuildProgress", child.get("rebuild_progress"))
            return str(child.get("state")) if progress is None else f"{child.get('state')}, rebuilt to {progress} %"
    return "not among the target's copies" if target else None


def held_by(world: World, name: str) -> tuple[str | None, Evidence | None]:
    for item in world.all("VolumeAttachment"):
        spec = item.get("spec") or {}
        if (spec.get("source") or {}).get("persistentVolumeName") == name and (item.get("status") or {}).get("attached"):
            return spec.get("nodeName"), Evidence(f"is attached to {spec.get('nodeName')}", f"{title(item)} status.attached", 0)
    return None, None


def pools(world: World) -> tuple[Evidence, ...]:
    """Pools say where copies may be and not where they are."""
    return tuple(
        Evidence(
            f"a pool on {(item.get('spec') or {}).get('node')} is {(item.get('status') or {}).get('pool_status') or 'without a state'}",
            f"{title(item)} status.pool_status",
            world.changed(item),
        )
        for item in world.all("DiskPool")
    )
