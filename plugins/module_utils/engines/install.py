# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is installed for an engine: chart and values, class, objects, components, and what each node is given. Values in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.capacity import claimed, datastore_members
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import GROUP, PATH, POOL
from ansible_collections.pikube.stateful.plugins.module_utils.engines.charts import (
    COMMON,
    COMPONENTS,
    COPIES_IN_CHART,
    LOCAL_FOLDER,
    MEMBERS,
    NAMESPACE,
    VALUES,
)
from ansible_collections.pikube.stateful.plugins.module_utils.engines.conditions import Case
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import VOLUME_GROUP, ZPOOL, Node
from ansible_collections.pikube.stateful.plugins.module_utils.engines.releases import by_addon
from ansible_collections.pikube.stateful.plugins.module_utils.engines.storage_classes import (
    CLASSES,
    COPIES_LABEL,
    POLICIES,
    POOLS,
    RECLAIM,
)

POOL_NAMES = {GROUP: VOLUME_GROUP, POOL: ZPOOL}


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two trees of values as one, a new one; where both have a value the second counts."""
    result = {key: merged(value, {}) if isinstance(value, Mapping) else value for key, value in under.items()}
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, Mapping):
            result[key] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = value
    return result


def _nested(keys: Sequence[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def chart(case: Case) -> dict[str, Any] | None:
    """Name, version, repository and values; None without a release."""
    if case.release is None:
        return None
    major = int(case.release.version.partition(".")[0])
    values = COMMON[major]
    for name in dict.fromkeys((*(name for name, _release in case.in_use), case.engine.name)):
        values = merged(values, VALUES.get((major, name), {}))
    counted = COPIES_IN_CHART.get((major, case.engine.name))
    if counted:
        number = case.copies if counted[1] == "copies" else datastore_members(case.copies)
        values = merged(values, _nested(counted[0], number))
    return {"name": case.release.chart, "version": case.release.version, "repository": case.release.repository, "values": values}


def storage_class(case: Case) -> dict[str, Any]:
    """The class, whose name says engine, copies and what happens to the data of a claim that is deleted."""
    engine = case.engine
    row = CLASSES[engine.name]
    copies = f"-{case.copies}" if engine.replicated else ""
    objects = [POLICIES[engine.name](case.copies)] if engine.name in POLICIES else []
    filled = {"{copies}": str(case.copies), "{policy}": objects[0]["metadata"]["name"] if objects else ""}
    return {
        "name": f"openebs-{engine.name}{copies}-{RECLAIM.lower()}",
        "provisioner": row["provisioner"],
        "parameters": {key: filled.get(value, value) for key, value in row.get("parameters", {}).items()},
        "annotations": dict(row.get("annotations", {})),
        "reclaim_policy": RECLAIM,
        "volume_binding_mode": engine.binding,
        "allow_volume_expansion": engine.expansion,
        "mount_options": [],
    }


def objects(case: Case, nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """The custom resources that the engine wants besides."""
    name = case.engine.name
    found = [POLICIES[name](case.copies, case.selected, case.tolerations)] if name in POLICIES else []
    if name in POOLS:
        found += [POOLS[name](node.name, disk.path) for node in nodes for disk in claimed(case.engine, node)]
    return found


def labels(case: Case, nodes: Sequence[Node]) -> dict[str, dict[str, str]]:
    """By node what keeps copies where they may be."""
    return {node.name: dict(COPIES_LABEL) for node in nodes} if case.selected and case.engine.name in POLICIES else {}


def components(case: Case) -> list[dict[str, Any]]:
    """The workloads that have to work before the engine does."""
    return [
        {"kind": kind, "name": name, "of": datastore_members(case.copies) if number == MEMBERS else number}
        for kind, name, number in COMPONENTS[case.engine.name]
    ]


def places(case: Case, nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Where copies may lie: a folder, or a disk (None where volume group or zpool are there already)."""
    if case.engine.lies_on == PATH:
        return [{"name": node.name, "path": LOCAL_FOLDER} for node in nodes]
    disks = [(node, claimed(case.engine, node)) for node in nodes]
    return [{"name": node.name, "disk": found[0].path if found else None} for node, found in disks]


def prepare(case: Case, nodes: Sequence[Node]) -> dict[str, Any]:
    """What each node is given before."""
    disks = {node.name: [disk.path for disk in claimed(case.engine, node)] for node in nodes}
    return {
        "packages": list(case.engine.packages),
        "modules": list(case.engine.load),
        "services": list(case.engine.services),
        "hugepages": case.engine.hugepages,
        "disks": {name: paths for name, paths in disks.items() if paths},
        "pool": {"kind": case.engine.lies_on, "name": POOL_NAMES[case.engine.lies_on]} if case.engine.lies_on in POOL_NAMES else None,
        "initiator": dict(case.engine.initiator),
    }


def installation(case: Case, nodes: Sequence[Node], kubernetes: tuple[int, int] | None) -> dict[str, Any]:
    """The part of the decision that tells a role what to do."""
    return {
        "nodes": places(case, nodes),
        "chart": chart(case),
        "addon": by_addon(case.engine.name, kubernetes),
        "namespace": NAMESPACE,
        "storage_class": storage_class(case),
        "objects": objects(case, nodes),
        "labels": labels(case, nodes),
        "components": components(case),
        "prepare": prepare(case, nodes),
    }
