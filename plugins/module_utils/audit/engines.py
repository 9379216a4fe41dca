# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage engines, as far as the checks have to tell one from another: the table."""

from __future__ import annotations

from typing import NamedTuple

FIRST_CONSUMER = "WaitForFirstConsumer"
ARM_AND_AMD = ("amd64", "arm64")
ARCHIVED = "archived by the OpenEBS project in April 2024, last release of December 2023: no fixes, not even for security holes"


class Policy(NamedTuple):
    """The custom resource that a class names by a parameter. ignored: parameters that look like it and are not read."""

    kind: str
    parameter: str
    ignored: tuple[str, ...]
    copies: tuple[str, ...]


class Fence(NamedTuple):
    """The label of a volume's custom resource that names the node which has the volume, and keeps others off."""

    kind: str
    label: str


class Engine(NamedTuple):
    """One engine.

    provisioners: of its classes and volumes. storage_types: where two engines share a provisioner, what the class says of itself.
    images: names of the images of its workloads, without registry and tag. own_images: those that no other engine brings. operators:
    images of those which keep the state of volumes up to date; while they do not run, that state is old. data_images: those that serve
    volumes. words: what in a class's name promises this engine. archived: why, None for one that is kept up. binding: the only mode that
    works. better_binding: one that works better than what its chart sets. copies: parameter of the class with their number.
    default_copies: without one. majority: more than half of all copies have to work, so that an even number survives no more than the odd
    one below. annotations: without which a class makes no volume.
    """

    name: str
    provisioners: tuple[str, ...]
    replicated: bool = False
    storage_types: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    own_images: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    data_images: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    archived: str | None = None
    architectures: tuple[str, ...] = ARM_AND_AMD
    binding: str | None = None
    better_binding: str | None = None
    expands: bool = True
    access_modes: tuple[str, ...] = ("ReadWriteOnce", "ReadWriteOncePod")
    volume_modes: tuple[str, ...] = ("Filesystem", "Block")
    copies: str | None = None
    default_copies: int = 1
    majority: bool = False
    policy: Policy | None = None
    annotations: tuple[str, ...] = ()
    iscsi: bool = False
    raw_disks: bool = False
    modules: tuple[str, ...] = ()
    hugepages_bytes: int = 0
    fence: Fence | None = None
    budget_of: str | None = None
    thin_folder: bool = False


ENGINES = (
    Engine(
        name="hostpath",
        provisioners=("openebs.io/local",),
        storage_types=("hostpath",),
        images=("provisioner-localpv",),
        own_images=("provisioner-localpv",),
        words=("hostpath", "localpv"),
        architectures=("amd64", "arm64", "arm"),
        binding=FIRST_CONSUMER,
        expands=False,
        access_modes=("ReadWriteOnce",),
        volume_modes=("Filesystem",),
        annotations=("cas.openebs.io/config", "openebs.io/cas-type"),
        thin_folder=True,
    ),
    Engine(
        name="device",
        provisioners=("openebs.io/local",),
        storage_types=("device",),
        images=("node-disk-manager", "node-disk-operator"),
        words=("device",),
        archived="removed from OpenEBS with localpv-provisioner 4.0.0",
        architectures=("amd64", "arm64", "arm"),
        binding=FIRST_CONSUMER,
        expands=False,
        access_modes=("ReadWriteOnce",),
        annotations=("cas.openebs.io/config", "openebs.io/cas-type"),
        raw_disks=True,
    ),
    Engine(
        name="microk8s-hostpath",
        provisioners=("microk8s.io/hostpath",),
        images=("hostpath-provisioner",),
        own_images=("hostpath-provisioner",),
        words=("hostpath",),
        architectures=("amd64", "arm64", "arm"),
        binding=FIRST_CONSUMER,
        expands=False,
        access_modes=("ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"),
        volume_modes=("Filesystem",),
        thin_folder=True,
    ),
    Engine(
        name="lvm",
        provisioners=("local.csi.openebs.io",),
        images=("lvm-driver",),
        own_images=("lvm-driver",),
        words=("lvm",),
        binding=FIRST_CONSUMER,
        modules=("dm_snapshot",),
    ),
    Engine(
        name="zfs",
        provisioners=("zfs.csi.openebs.io",),
        images=("zfs-driver",),
        own_images=("zfs-driver",),
        words=("zfs",),
        binding=FIRST_CONSUMER,
        modules=("zfs",),
    ),
    Engine(
        name="rawfile",
        provisioners=("rawfile.csi.openebs.io",),
        images=("rawfile-localpv",),
        own_images=("rawfile-localpv",),
        words=("rawfile",),
        architectures=("amd64",),
        binding=FIRST_CONSUMER,
    ),
    Engine(
        name="jiva",
        provisioners=("jiva.csi.openebs.io", "openebs.io/provisioner-iscsi"),
        replicated=True,
        images=("jiva-operator", "jiva-csi", "jiva"),
        own_images=("jiva-operator", "jiva-csi"),
        operators=("jiva-operator",),
        data_images=("jiva",),
        words=("jiva",),
        archived=ARCHIVED,
        better_binding=FIRST_CONSUMER,
        default_copies=3,
        majority=True,
        policy=Policy("JivaVolumePolicy", "policy", ("jivaVolumePolicy",), ("spec", "target", "replicationFactor")),
        iscsi=True,
        modules=("iscsi_tcp",),
        fence=Fence("JivaVolume", "nodeID"),
        budget_of="JivaVolume",
        thin_folder=True,
    ),
    Engine(
        name="cstor",
        provisioners=("cstor.csi.openebs.io",),
        replicated=True,
        images=("cspc-operator", "cvc-operator", "cstor-csi-driver", "cstor-pool-manager", "cstor-pool", "cstor-istgt"),
        own_images=("cspc-operator", "cvc-operator", "cstor-csi-driver", "cstor-pool-manager", "cstor-pool", "cstor-istgt"),
        operators=("cspc-operator", "cvc-operator"),
        data_images=("cstor-pool", "cstor-istgt"),
        words=("cstor", "cspc"),
        archived=ARCHIVED,
        architectures=("amd64",),
        copies="replicaCount",
        majority=True,
        iscsi=True,
        raw_disks=True,
        modules=("iscsi_tcp",),
    ),
    Engine(
        name="mayastor",
        provisioners=("io.openebs.csi-mayastor",),
        replicated=True,
        images=("mayastor-io-engine", "mayastor-agent-core", "mayastor-api-rest", "mayastor-csi-node", "mayastor-csi-controller"),
        own_images=("mayastor-io-engine", "mayastor-agent-core", "mayastor-api-rest", "mayastor-csi-node", "mayastor-csi-controller"),
        operators=("mayastor-agent-core",),
        words=("mayastor",),
        architectures=("amd64",),
        copies="repl",
        modules=("nvme_tcp",),
        hugepages_bytes=1024 * 2 * 2**20,
    ),
    Engine(
        name="nfs",
        provisioners=("openebs.io/nfsrwx",),
        images=("provisioner-nfs",),
        own_images=("provisioner-nfs",),
        words=("nfs", "rwx"),
        archived=ARCHIVED,
        expands=False,
        access_modes=("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany"),
        volume_modes=("Filesystem",),
    ),
)  # fmt: skip
