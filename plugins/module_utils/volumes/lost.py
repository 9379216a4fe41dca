# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PersistentVolumes as values: with which node their data is lost, by what they say of themselves and whatever engine made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import nodes_of

# What is a folder or a disk of one node, even if the volume does not say of which.
OF_ONE_NODE = ("hostPath", "local")


def facts(volumes: Sequence[Mapping[str, Any]], nodes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of name, claim (NAMESPACE/NAME or None), storage_class and lost_with, in the order of their names.

    lost_with: names of the nodes of which each may be the only one that has the data.
    """
    rows = []
    for volume in volumes:
        spec = volume.get("spec", {})
        claim = spec.get("claimRef")
        rows.append(
            {
                "name": volume["metadata"]["name"],
                "claim": f"{claim.get('namespace')}/{claim.get('name')}" if claim else None,
                "storage_class": spec.get("storageClassName"),
                "lost_with": lost_with(spec, nodes),
            }
        )
    return sorted(rows, key=lambda row: row["name"])


def lost_with(spec: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    labels = {node["metadata"]["name"]: node["metadata"].get("labels") or {} for node in nodes}
    fitting = nodes_of({"spec": spec}, labels)
    if any(key in spec for key in OF_ONE_NODE):
        return sorted(labels) if fitting is None else list(fitting)
    return list(fitting) if fitting is not None and len(fitting) == 1 else []
