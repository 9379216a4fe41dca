# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines whose volume is one copy on one node. What they differ in is a row of LOCAL_ENGINES."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Evidence, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import node_named
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, title


@dataclass(frozen=True)
class Record:
    """Where an engine keeps books: of the volume (kind, its fields of node and pool, the good state), of a node's pools (kind, field)."""

    kind: str
    node: str
    pool: str
    good: str
    pools_kind: str
    pools: str


RECORDS = {
    "lvm": Record("LVMVolume", "ownerNodeID", "volGroup", "Ready", "LVMNode", "volumeGroups"),
    "zfs": Record("ZFSVolume", "ownerNodeID", "poolName", "Ready", "ZFSNode", "pools"),
}


def look_plain(volume: Mapping[str, Any], world: World) -> Finding:
    """Nothing but the PersistentVolume tells where the copy is."""
    spec, places = volume["spec"], world.places(volume)
    path = next((spec[key].get("path") for key in ("local", "hostPath") if key in spec), None)
    if places is None or len(places) > 1:
        return without_home(volume, places, path)
    if not places:
        return Finding(
            wanted=1,
            quorum=1,
            doubts=(
                "no node of the cluster fits the volume's affinity; give the node its labels back, or see where the data are by "
                f"kubectl get pv {volume['metadata']['name']} -o yaml",
            ),
            evidence=(Evidence("fits no node", f"{title(volume)} spec.nodeAffinity", 0),),
        )
    return one_copy(world, places[0], path, Evidence(f"its only copy is on {places[0]}", f"{title(volume)} spec.nodeAffinity", 0))


def without_home(volume: Mapping[str, Any], places: tuple[str, ...] | None, path: str | None) -> Finding:
    where = "no node affinity" if places is None else f"an affinity that {len(places)} nodes fit ({', '.join(places)})"
    return Finding(
        wanted=1,
        quorum=1,
        doubts=(
            f"{path or 'it'} is meant on whatever node the pod runs, since the volume has {where}: each node has its own directory, and the"
            " data do not move with the pod. Move them to a volume of a class that provisions",
        ),
        evidence=(Evidence(f"has {where}", f"{title(volume)} spec.nodeAffinity", 0),),
    )


def one_copy(world: World, node: str, place: str | None, *evidence: Evidence, **more: Any) -> Finding:
    ready = world.ready(node)
    state = "on a Ready node" if ready else f"its node {world.not_ready_text(node)}"
    heard = (world.nodes[node].evidence,) if node in world.nodes else ()
    return Finding(**{"copies": (Copy(node, place, state, True),), "wanted": 1, "quorum": 1, "evidence": (*evidence, *heard), **more})


def look_recorded(volume: Mapping[str, Any], world: World, record: Record) -> Finding:
    """An engine that keeps a custom resource for each volume, and one with the pools of each node."""
    name = volume["metadata"]["name"]
    own = next((item for item in world.all(record.kind) if item["metadata"]["name"] == name), None)
    if own is None:
        found = look_plain(volume, world)
        return Finding(
            **{
                **vars(found),
                "doubts": (
                    *found.doubts,
                    f"there is no {record.kind} {name}, so that the engine knows nothing of the volume. Do not delete the claim;"
                    " look for the data on the node",
                ),
            }
        )
    spec, status = own.get("spec") or {}, own.get("status") or {}
    node = node_named(spec.get(record.node), world.labels)
    pool, state = spec.get(record.pool), status.get("state") or "without a state"
    evidence = (
        Evidence(f"its only copy is in {pool} on {node}", f"{title(own)} spec.{record.node}, spec.{record.pool}", 0),
        Evidence(f"was {state} when it was made", f"{title(own)} status.state", world.changed(own)),
    )
    doubts, seen = pool_doubts(record, world, node, pool)
    if state != record.good:
        doubts = (f"{title(own)} is {state} and not {record.good}; see the engine's node pod on {node}", *doubts)
    if node is None:
        doubts = (f"{title(own)} names no node", *doubts)
        return Finding(wanted=1, quorum=1, doubts=doubts, evidence=evidence)
    return one_copy(world, node, pool, *evidence, *seen, doubts=doubts)


def pool_doubts(record: Record, world: World, node: str | None, pool: str | None) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """What the engine's list of the pools of a node says against one of them. The list is as old as the node's last word."""
    listed = next((item for item in world.all(record.pools_kind) if node_named(item["metadata"]["name"], world.labels) == node), None)
    if listed is None or pool is None or not world.ready(node):
        return (), ()
    row = next((row for row in listed.get(record.pools) or [] if row.get("name") == pool), None)
    source = f"{title(listed)} {record.pools}"
    age = world.changed(listed, record.pools)
    if row is None:
        return (f"{source} does not list {pool}: its disk is missing, or it was renamed. Look for it on {node}",), (
            Evidence(f"{pool} is missing", source, age),
        )
    missing = row.get("missingPvCount") or 0
    if missing:
        return (f"{source} says that {missing} disks of {pool} are missing. Look for them on {node}",), (
            Evidence(f"{missing} disks of {pool} are missing", source, age),
        )
    return (), (Evidence(f"{pool} is there", source, age),)


def look_lvm(volume: Mapping[str, Any], world: World) -> Finding:
    return look_recorded(volume, world, RECORDS["lvm"])


def look_zfs(volume: Mapping[str, Any], world: World) -> Finding:
    return look_recorded(volume, world, RECORDS["zfs"])
