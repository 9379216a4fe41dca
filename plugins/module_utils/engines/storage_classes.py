# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The StorageClass of each engine, and the custom resources that it wants: the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.charts import HOSTPATH_CLASS, LOCAL_FOLDER, NAMESPACE
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import VOLUME_GROUP, ZPOOL

RECLAIM = "Retain"  # a claim that was deleted by mistake must not take the data with it
FILE_SYSTEM = "ext4"
COPIES_LABEL = {"pikube.stateful/copies": "true"}  # of the nodes that may have copies, where not all may


def local_annotations(kind: str, *lines: str) -> dict[str, str]:
    """The annotations that Local PV's provisioner reads; a list in YAML as text."""
    config = [f"- name: StorageType\n  value: {kind}", *lines]
    return {"openebs.io/cas-type": "local", "cas.openebs.io/config": "\n".join(config) + "\n"}


# Engine -> provisioner, parameters, annotations. {copies} and {policy} are filled in.
CLASSES: dict[str, dict[str, Any]] = {
    "hostpath": {
        "provisioner": "openebs.io/local",
        "annotations": local_annotations("hostpath", f"- name: BasePath\n  value: {LOCAL_FOLDER}"),
    },
    "device": {
        "provisioner": "openebs.io/local",
        "annotations": local_annotations("device", f"- name: FSType\n  value: {FILE_SYSTEM}"),
    },
    "lvm": {
        "provisioner": "local.csi.openebs.io",
        "parameters": {"storage": "lvm", "volgroup": VOLUME_GROUP, "fsType": FILE_SYSTEM},
    },
    "zfs": {
        "provisioner": "zfs.csi.openebs.io",
        "parameters": {"poolname": ZPOOL, "fstype": "zfs"},
    },
    "rawfile": {
        "provisioner": "rawfile.csi.openebs.io",
        "parameters": {"csi.storage.k8s.io/fstype": FILE_SYSTEM},
    },
    "jiva": {
        "provisioner": "jiva.csi.openebs.io",
        "parameters": {"cas-type": "jiva", "policy": "{policy}"},
    },
    "cstor": {
        "provisioner": "cstor.csi.openebs.io",
        "parameters": {"cas-type": "cstor", "cstorPoolCluster": "openebs-cstor", "replicaCount": "{copies}"},
    },
    "mayastor": {
        "provisioner": "io.openebs.csi-mayastor",
        "parameters": {"protocol": "nvmf", "repl": "{copies}", "fsType": FILE_SYSTEM},
    },
}


def policy(copies: int, selected: bool = False, tolerations: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """How many copies a volume of Jiva has, which class they lie in, and on which nodes.

    selected: only on nodes with the label. tolerations: of target and copies; the operator adds its own to them.
    """
    places: dict[str, Any] = {
        **({"nodeSelector": dict(COPIES_LABEL)} if selected else {}),
        **({"tolerations": [dict(row) for row in tolerations]} if tolerations else {}),
    }
    return {
        "apiVersion": "openebs.io/v1",
        "kind": "JivaVolumePolicy",
        "metadata": {"name": f"openebs-jiva-{copies}", "namespace": NAMESPACE},
        "spec": {
            "replicaSC": HOSTPATH_CLASS,
            "target": {"replicationFactor": copies, **places},
            **({"replica": places} if places else {}),
        },
    }


def disk_pool(node: str, disk: str) -> dict[str, Any]:
    """The disk of a node as a pool of Mayastor."""
    return {
        "apiVersion": "openebs.io/v1beta3",
        "kind": "DiskPool",
        "metadata": {"name": f"pool-on-{node}", "namespace": NAMESPACE},
        "spec": {"node": node, "disks": [f"aio://{disk}"]},
    }


POLICIES = {"jiva": policy}  # engine -> one object for its class
POOLS = {"mayastor": disk_pool}  # engine -> one object for each node's disk
