# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which nodes a PersistentVolume can be used, by its own affinity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Keys whose values are names of nodes, in the order in which they say it best. They tell of nodes whose Node object is gone.
NAMING_KEYS = ("metadata.name", "kubernetes.io/hostname", "openebs.io/nodename", "openebs.io/nodeid", "hostname")

OPERATORS: dict[str, Callable[[Mapping[str, str], str, Sequence[str]], bool]] = {
    "In": lambda labels, key, values: labels.get(key) in values,
    "NotIn": lambda labels, key, values: labels.get(key) not in values,
    "Exists": lambda labels, key, values: key in labels,
    "DoesNotExist": lambda labels, key, values: key not in labels,
}


def nodes_of(volume: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]]) -> tuple[str, ...] | None:
    """Names of the nodes that fit, sorted; None if the volume has no affinity. labels: of each node of the cluster by its name.

    A node that is written down and that the cluster does not know is among them: its data may still be there.
    """
    required = ((volume.get("spec") or {}).get("nodeAffinity") or {}).get("required")
    if required is None:
        return None
    terms = [requirements(term) for term in required.get("nodeSelectorTerms") or []]
    fitting = {name for name, has in labels.items() if any(fits({**has, "metadata.name": name}, term) for term in terms)}
    known = {value for name, has in labels.items() for value in (name, *(has.get(key) for key in NAMING_KEYS))}
    gone = {
        value for term in terms for key, operator, values in term if operator == "In" and key in NAMING_KEYS for value in values
    } - known
    return tuple(sorted(fitting | gone))


def requirements(term: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    rows = (term.get("matchExpressions") or []) + (term.get("matchFields") or [])
    return [(row["key"], row["operator"], row.get("values") or []) for row in rows]


def fits(labels: Mapping[str, str], term: Sequence[tuple[str, str, list[str]]]) -> bool:
    """A requirement that is not understood (Gt, Lt) counts as met: the data may be there. An empty term fits nothing."""
    return bool(term) and all(OPERATORS.get(operator, lambda *_: True)(labels, key, values) for key, operator, values in term)


def node_named(name: str | None, labels: Mapping[str, Mapping[str, str]]) -> str | None:
    """The node that an engine calls so: by its name or by a label that names it. As it is, if the cluster knows no such node."""
    if not name or name in labels:
        return name or None
    return next((node for node, has in sorted(labels.items()) if name in [has.get(key) for key in NAMING_KEYS]), name)
