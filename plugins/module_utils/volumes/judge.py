# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows for claims: where their copies are, who has them attached, what they survive, and what each answer rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes import jiva
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.adapters import Adapter, adapter_of, provisioner_of
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.attached import attached, pods_of
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.errors import VolumesError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.survival import Survival, without
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World


def chosen(claims: Sequence[Mapping[str, Any]], namespaces: Collection[str], names: Collection[str]) -> list[Mapping[str, Any]]:
    """Claims of these namespaces or, as NAMESPACE/NAME, of these names; all without either. Raises VolumesError for a name that is none."""
    by_name = {f"{claim['metadata']['namespace']}/{claim['metadata']['name']}": claim for claim in claims}
    for name in names:
        if name.count("/") != 1 or not all(name.split("/")):
            raise VolumesError(f'claim "{name}": write it as NAMESPACE/NAME, like database/data-main-0')
        if name not in by_name:
            there = ", ".join(sorted(known for known in by_name if known.partition("/")[0] == name.partition("/")[0]))
            raise VolumesError(f"claim {name} does not exist; in its namespace there are: {there or 'none'}")
    return [
        by_name[name] for name in sorted(by_name) if (not names or name in names) and (not namespaces or name.split("/")[0] in namespaces)
    ]


def rows(claims: Sequence[Mapping[str, Any]], world: World, nodes_lost: Collection[str] = ()) -> list[dict[str, Any]]:
    """A row for each claim that has a volume. nodes_lost: nodes that are taken for lost besides. Raises VolumesError for unknown nodes."""
    strange = sorted(set(nodes_lost) - set(world.nodes))
    if strange:
        raise VolumesError(f"nodes_lost: the cluster has no node {', '.join(strange)}; it has {', '.join(sorted(world.nodes))}")
    found = []
    for claim in claims:
        volume = world.one("PersistentVolume", (claim.get("spec") or {}).get("volumeName") or "")
        if volume is not None:
            found.append(row(claim, volume, world, frozenset(nodes_lost)))
    return found


def row(claim: Mapping[str, Any], volume: Mapping[str, Any], world: World, lost: frozenset[str]) -> dict[str, Any]:
    adapter = adapter_of(volume)
    finding = adapter.look(volume, world)
    if finding.doubts:
        finding = replace(finding, copies=tuple(replace(copy, in_sync=None) for copy in finding.copies))
    metadata, spec = claim["metadata"], claim.get("spec") or {}
    users = world.users(metadata["namespace"], metadata["name"])
    node, attached_warnings, attached_evidence = attached(finding, world, users)
    ready = {name for name, state in world.nodes.items() if state.ready}
    now = without(finding, (), ready)
    in_sync = sum(copy.in_sync is True and copy.node in ready for copy in finding.copies)
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "engine": adapter.engine,
        "provisioner": provisioner_of(volume),
        "replicated": adapter.replicates,
        "capacity": ((volume["spec"].get("capacity") or {}).get("storage")),
        "requested": ((spec.get("resources") or {}).get("requests") or {}).get("storage"),
        "class": spec.get("storageClassName") or volume["spec"].get("storageClassName"),
        "volume": volume["metadata"]["name"],
        "phase": (claim.get("status") or {}).get("phase"),
        # Operators of applications own claims as well, those of CloudNativePG for example.
        "part_of": next((owner.get("name") for owner in metadata.get("ownerReferences") or [] if owner.get("kind") == jiva.KIND), None),
        "pods": pods_of(world, users),
        "attached_to": node,
        "held_by": None if finding.book is None else finding.held_by or "",
        "copies": [copy_facts(copy, world) for copy in finding.copies],
        "wanted_copies": finding.wanted,
        "in_sync": None if finding.doubts else in_sync,
        "known": not finding.doubts,
        "takes_writes": now.takes_writes,
        "healthy": healthy(finding, now, in_sync),
        "survives": survivals(finding, world, lost, ready),
        "evidence": [part.facts() for part in (*finding.evidence, *([finding.book] if finding.book else []), *attached_evidence)],
        "warnings": [*finding.doubts, *finding.warnings, *shape_warnings(finding, adapter, volume, world), *attached_warnings],
    }


def healthy(finding: Finding, now: Survival, in_sync: int) -> bool | None:
    """All copies there should be are in sync on Ready nodes, and a write works; None while that is not known."""
    if finding.doubts or finding.wanted is None or any(copy.in_sync is None for copy in finding.copies):
        return None
    return now.survives and in_sync >= finding.wanted


def copy_facts(copy: Copy, world: World) -> dict[str, Any]:
    return {
        "node": copy.node,
        "place": copy.place,
        "state": copy.state,
        "in_sync": copy.in_sync,
        "ready_node": world.ready(copy.node),
    }


def survivals(finding: Finding, world: World, lost: frozenset[str], ready: Collection[str]) -> dict[str, dict[str, Any]]:
    """For each node what holds after its loss. Nodes that carry nothing of the volume have the same answer, which is made once."""
    matters = {copy.node for copy in finding.copies} | {finding.target}
    rest = without(finding, lost, ready).facts()
    return {name: without(finding, lost | {name}, ready).facts() if name in matters else rest for name in sorted(world.nodes)}


def shape_warnings(finding: Finding, adapter: Adapter, volume: Mapping[str, Any], world: World) -> list[str]:
    """What is wrong with a volume whatever its state is."""
    found = []
    nodes = [copy.node for copy in finding.copies if copy.node]
    twice = sorted({node for node in nodes if nodes.count(node) > 1})
    if twice:
        found.append(f"several copies are on {', '.join(twice)}: they are lost together")
    if finding.wanted is not None and finding.wanted > 1 and finding.quorum == finding.wanted:
        found.append(f"each of its {finding.wanted} copies is needed for a write: the loss of any one stops writes")
    class_name = volume["spec"].get("storageClassName")
    made_by = (world.one("StorageClass", class_name or "") or {}).get("provisioner")
    if made_by and made_by != "kubernetes.io/no-provisioner" and provisioner_of(volume) != made_by:
        found.append(
            f"its class {class_name} is of {made_by}, which did not make this volume ({provisioner_of(volume) or 'a person did'}):"
            " what that engine promises does not hold for it"
        )
    return found
