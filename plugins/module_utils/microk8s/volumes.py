# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PersistentVolumes as values: with which node their data is lost, by what they say of themselves and whatever engine made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HOSTNAME = "kubernetes.io/hostname"
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
    terms = ((spec.get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms")
    labels = {node["metadata"]["name"]: node["metadata"].get("labels") or {} for node in nodes}
    # A node whose Node object is gone already is still where its volumes are.
    for name in _named(terms or ()):
        if not any(name in (known, of.get(HOSTNAME)) for known, of in labels.items()):
            labels[name] = {HOSTNAME: name}
    found = sorted(name for name, of in labels.items() if terms is None or any(_takes(term, name, of) for term in terms))
    if any(key in spec for key in OF_ONE_NODE):
        return found
    return found if terms is not None and len(found) == 1 else []


def _rows(term: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    rows = [*(term.get("matchExpressions") or []), *(term.get("matchFields") or [])]
    return [(row.get("key", ""), row.get("operator", ""), row.get("values") or []) for row in rows]


def _named(terms: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of nodes that are written down in the terms."""
    return [
        value
        for term in terms
        for key, operator, values in _rows(term)
        if operator == "In" and key in (HOSTNAME, "metadata.name")
        for value in values
    ]


def _takes(term: Mapping[str, Any], name: str, labels: Mapping[str, str]) -> bool:
    """Whether a node fits a term. What is not understood (Gt, Lt) counts as fitting: the data may be there."""
    has = {**labels, "metadata.name": name}
    fits = {
        "In": lambda key, values: has.get(key) in values,
        "NotIn": lambda key, values: has.get(key) not in values,
        "Exists": lambda key, _values: key in has,
        "DoesNotExist": lambda key, _values: key not in has,
    }
    return all(fits[operator](key, values) for key, operator, values in _rows(term) if operator in fits)
