# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes of volumes, by what is left of the data when the node of the server is lost: the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

ROWS_LOST = "the rows are lost"
WRITING_ENDS = "nothing can be written until it is back"


class Keeping(NamedTuple):
    """kept: whether the server goes on without the node, on another one; None where that is not known. because: half a sentence.

    otherwise: what becomes of it with the node.
    """

    kept: bool | None
    because: str
    otherwise: str = ROWS_LOST


class Policy(NamedTuple):
    """Where the number of copies is said. parameter: of the class, names the object. path: to the number in it. nodes: to their labels.

    default: copies where the class names no policy. enough: copies that go on after the loss of one. engine: of OpenEBS.
    """

    engine: str
    kind: str
    api_version: str
    parameter: str
    path: tuple[str, ...]
    nodes: tuple[str, ...]
    default: int
    enough: int


LOCAL = Keeping(False, "keeps it on the disk of one node")
PROVISIONERS = {
    "openebs.io/local": LOCAL,
    "local.csi.openebs.io": LOCAL,
    "zfs.csi.openebs.io": LOCAL,
    "rawfile.csi.openebs.io": LOCAL,
    "microk8s.io/hostpath": LOCAL,
    "rancher.io/local-path": LOCAL,
    "kubernetes.io/no-provisioner": Keeping(False, "has volumes that somebody made by hand, of which nothing is known"),
}
POLICIES = {
    # Writing needs half of the copies and one more: openebs/jiva, controller/control.go.
    "jiva.csi.openebs.io": Policy(
        "jiva",
        "JivaVolumePolicy",
        "openebs.io/v1",
        "policy",
        ("spec", "target", "replicationFactor"),
        ("spec", "replica", "nodeSelector"),
        default=3,
        enough=3,
    ),
}
UNKNOWN = "is of a provisioner of which this collection does not know where it keeps it"


def policy_of(row: Mapping[str, Any]) -> tuple[Policy, str] | None:
    """Where the copies of a class are said, and the name of the object, "" for the engine's own default. None for a class without."""
    policy = POLICIES.get(row["provisioner"])
    return (policy, str((row.get("parameters") or {}).get(policy.parameter) or "")) if policy else None


def copies_said(policy: Policy, found: Mapping[str, Any] | None) -> int | None:
    """found: the object, None if there is none of that name."""
    return None if found is None else _at(found, policy.path) or policy.default


def nodes_said(policy: Policy, found: Mapping[str, Any] | None) -> dict[str, str]:
    """Labels of the nodes that may have a copy, none for all of them."""
    return dict(_at(found, policy.nodes) or {})


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def keeping(row: Mapping[str, Any], copies: int | None = None) -> Keeping:
    """row: facts of a class (provisioner, parameters). copies: that its volumes have, where they have several."""
    named = policy_of(row)
    if named is None:
        return PROVISIONERS.get(row["provisioner"], Keeping(None, f"{UNKNOWN} ({row['provisioner']})"))
    policy, name = named
    if copies is None:
        return Keeping(None, f"names {policy.kind} {name}, which is not there")
    if copies < 2:
        return Keeping(False, "keeps one copy, on one node")
    if copies < policy.enough:
        return Keeping(False, f"keeps {copies} copies and needs each of them for a write", WRITING_ENDS)
    return Keeping(True, f"keeps {copies} copies on {copies} nodes")


def check(row: Mapping[str, Any], accepted: bool, copies: int | None = None) -> str:
    """What a server alone on this class loses with its node, as a warning. Raises PostgresError unless that was accepted.

    row: facts of the class (name, provisioner, parameters). copies: see keeping().
    """
    found = keeping(row, copies)
    if found.kept:
        return ""
    if not accepted:
        raise PostgresError(
            f"postgres_topology single: class {row['name']} {found.because}, and a server alone has its rows nowhere else: with a node"
            f" {found.otherwise}. Use postgres_topology cluster, or a class that keeps three copies (postgres_storage_class). If that may"
            " be: postgres_accept_volume_loss: true"
        )
    return f"accepted (postgres_accept_volume_loss): class {row['name']} {found.because}. With that node {found.otherwise}"
