# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes of volumes, by what is left of the data when the node of the server is lost: the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError


class Keeping(NamedTuple):
    """kept: whether the data outlive the node; None where the provisioner alone does not tell. because: half a sentence."""

    kept: bool | None
    because: str


LOCAL = Keeping(False, "keeps it on the disk of one node")
# Source: the provisioners' own documents.
PROVISIONERS = {
    "openebs.io/local": LOCAL,
    "local.csi.openebs.io": LOCAL,
    "zfs.csi.openebs.io": LOCAL,
    "rawfile.csi.openebs.io": LOCAL,
    "microk8s.io/hostpath": LOCAL,
    "rancher.io/local-path": LOCAL,
    "kubernetes.io/no-provisioner": Keeping(False, "has volumes that somebody made by hand, of which nothing is known"),
}
UNKNOWN = "is of a provisioner of which this collection does not know where it keeps it"


def keeping(row: Mapping[str, Any]) -> Keeping:
    """row: facts of a class (provisioner)."""
    return PROVISIONERS.get(row["provisioner"], Keeping(None, f"{UNKNOWN} ({row['provisioner']})"))


def check(row: Mapping[str, Any], accepted: bool) -> str:
    """What a server alone on this class loses with its node, as a warning. Raises PostgresError unless that was accepted.

    row: facts of the class (name, provisioner).
    """
    found = keeping(row)
    if found.kept:
        return ""
    if not accepted:
        raise PostgresError(
            f"postgres_topology single: class {row['name']} {found.because}, and a server alone has its rows nowhere else: they are lost"
            " with the node. Use postgres_topology cluster, or a class that replicates (postgres_storage_class). If they may be lost:"
            " postgres_accept_volume_loss: true"
        )
    return f"accepted (postgres_accept_volume_loss): class {row['name']} {found.because}. With that node the rows are lost"
