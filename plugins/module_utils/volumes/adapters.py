# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which adapter speaks for a PersistentVolume: the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes import cstor, jiva, local, mayastor, other
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World

PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
CAS_TYPE = "openebs.io/cas-type"


@dataclass(frozen=True)
class Adapter:
    """provisioners: drivers or provisioners whose volumes these are. cas_types: what OpenEBS' label has to be besides, if anything.

    kinds: each with the API versions it may have, the newest first. look: what is known of one volume.
    replicates: whether its volumes can have several copies. question: the path under which the API server passes a question on to the
    engine, None if it is not asked.
    """

    engine: str
    look: Callable[[Mapping[str, Any], World], Finding]
    provisioners: tuple[str, ...] = ()
    cas_types: tuple[str, ...] = ()
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    replicates: bool = False
    question: Callable[[Mapping[str, Any], World], str | None] = lambda volume, world: None

    def takes(self, provisioner: str | None, cas_type: str | None) -> bool:
        return provisioner in self.provisioners and (not self.cas_types or cas_type in self.cas_types)


# The first that takes a volume speaks for it. Without one there are STATIC, for what a person made, and UNKNOWN.
ADAPTERS = (
    Adapter("device", local.look_plain, ("openebs.io/local",), ("local-device",)),
    Adapter("hostpath", local.look_plain, ("openebs.io/local",)),
    Adapter(
        "lvm",
        local.look_lvm,
        ("local.csi.openebs.io",),
        kinds=(("LVMVolume", ("local.openebs.io/v1alpha1",)), ("LVMNode", ("local.openebs.io/v1alpha1",))),
    ),
    Adapter(
        "zfs",
        local.look_zfs,
        ("zfs.csi.openebs.io",),
        kinds=(("ZFSVolume", ("zfs.openebs.io/v1",)), ("ZFSNode", ("zfs.openebs.io/v1",))),
    ),
    Adapter("rawfile", local.look_plain, ("rawfile.csi.openebs.io",)),
    Adapter(
        "jiva",
        jiva.look,
        ("jiva.csi.openebs.io",),
        kinds=(("JivaVolume", ("openebs.io/v1", "openebs.io/v1alpha1")),),
        replicates=True,
        question=jiva.question,
    ),
    Adapter(
        "cstor",
        cstor.look,
        ("cstor.csi.openebs.io",),
        kinds=tuple(
            (kind, ("cstor.openebs.io/v1",)) for kind in ("CStorVolume", "CStorVolumeReplica", "CStorPoolInstance", "CStorVolumeAttachment")
        ),
        replicates=True,
    ),
    Adapter(
        "mayastor",
        mayastor.look,
        ("io.openebs.csi-mayastor",),
        kinds=(
            ("VolumeAttachment", ("storage.k8s.io/v1",)),
            ("DiskPool", ("openebs.io/v1beta3", "openebs.io/v1beta2", "openebs.io/v1alpha1")),
        ),
        replicates=True,
        question=mayastor.question,
    ),
    Adapter("microk8s-hostpath", other.look, ("microk8s.io/hostpath",)),
)
STATIC = Adapter("static", other.look)
UNKNOWN = Adapter("unknown", other.look)


def provisioner_of(volume: Mapping[str, Any]) -> str | None:
    """Who made a volume by its own word; None for one that a person made."""
    driver = (volume["spec"].get("csi") or {}).get("driver")
    return driver or (volume["metadata"].get("annotations") or {}).get(PROVISIONED_BY)


def adapter_of(volume: Mapping[str, Any]) -> Adapter:
    provisioner, cas_type = provisioner_of(volume), (volume["metadata"].get("labels") or {}).get(CAS_TYPE)
    return next((adapter for adapter in ADAPTERS if adapter.takes(provisioner, cas_type)), UNKNOWN if provisioner else STATIC)
