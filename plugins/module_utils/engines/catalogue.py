# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines of OpenEBS: the table. What an engine can do and what it needs; no code names one of them."""

from __future__ import annotations

from typing import NamedTuple

AMD64, ARM64, ARM = "amd64", "arm64", "arm"
KUBELET_ROOT = "/var/snap/microk8s/common/var/lib/kubelet"
BASE_FOLDER = "/var/snap/microk8s/common/var/openebs"
GIB = 1024**3

PATH, DISK, GROUP, POOL = "path", "disk", "volume group", "zpool"
ONE_WRITER = ("ReadWriteOnce", "ReadWriteOncePod")


class Engine(NamedTuple):
    """One engine. label: how people call it.

    replicated: whether it keeps copies on several nodes itself. majority: whether writing needs more than half of the copies.
    lies_on: a folder, a whole disk, or a volume group or zpool that is made of a disk. room: bytes of medium for a byte of data.
    largest: bytes of a volume that its makers advise at most. status: stable, archived or experimental.
    images: architectures that released images exist for. fewest_nodes: that its own components need.
    modules: kernel modules that it needs; snapshot_modules: if snapshots are wanted. features: of the processor, by architecture.
    memory: of a node, bytes. cores: of a node. kernel: oldest release. slow_for: performance that it does not give.
    enforces_size: whether a volume can grow no larger than its claim. packages, services, load, hugepages: what a node is given for it.
    initiator: settings of the node's iSCSI initiator. binding: volumeBindingMode of its class. source: where the row is from.
    """

    name: str
    label: str
    status: str
    lies_on: str
    images: tuple[str, ...]
    source: str
    replicated: bool = False
    majority: bool = False
    snapshots: bool = False
    clones: bool = False
    expansion: bool = False
    access_modes: tuple[str, ...] = ONE_WRITER
    volume_modes: tuple[str, ...] = ("Filesystem", "Block")
    enforces_size: bool = True
    room: float = 1.0
    largest: int | None = None
    smallest_disk: int = 0
    fewest_nodes: int = 1
    modules: tuple[str, ...] = ()
    snapshot_modules: tuple[str, ...] = ()
    features: tuple[tuple[str, tuple[str, ...]], ...] = ()
    memory: int = 0
    cores: int = 0
    kernel: tuple[int, int] | None = None
    page_size_huge: int | None = None
    slow_for: tuple[str, ...] = ()
    needs_serial: bool = False
    crashes_on: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    hugepages: int = 0
    initiator: tuple[tuple[str, str], ...] = ()
    binding: str = "WaitForFirstConsumer"


# In the order of preference: of engines that promise the same, the first is taken.
ENGINES = (
    Engine(
        name="hostpath",
        label="Local PV hostpath",
        status="stable",
        lies_on=PATH,
        images=(AMD64, ARM64, ARM),
        access_modes=("ReadWriteOnce",),
        volume_modes=("Filesystem",),
        enforces_size=False,
        source="openebs/dynamic-localpv-provisioner 4.6.0; provisioner_hostpath.go",
    ),
    Engine(
        name="lvm",
        label="Local PV LVM",
        status="stable",
        lies_on=GROUP,
        images=(AMD64, ARM64),
        snapshots=True,
        expansion=True,
        modules=("dm_mod",),
        snapshot_modules=("dm_snapshot",),
        packages=("lvm2",),
        load=("dm_snapshot",),
        source="openebs/lvm-localpv 1.10.1",
    ),
    Engine(
        name="zfs",
        label="Local PV ZFS",
        status="stable",
        lies_on=POOL,
        images=(AMD64, ARM64),
        snapshots=True,
        clones=True,
        expansion=True,
        modules=("zfs",),
        memory=4 * GIB,
        packages=("zfsutils-linux",),
        load=("zfs",),
        source="openebs/zfs-localpv 2.11.1",
    ),
    Engine(
        name="mayastor",
        label="Replicated PV Mayastor",
        status="stable",
        lies_on=DISK,
        images=(AMD64,),
        replicated=True,
        snapshots=True,
        clones=True,
        expansion=True,
        smallest_disk=10 * 10**9,
        fewest_nodes=3,
        modules=("nvme_tcp",),
        features=((AMD64, ("sse4_2",)), (ARM64, ("aes", "pmull", "sha1", "sha2"))),
        memory=8 * GIB,
        cores=4,
        kernel=(5, 13),
        page_size_huge=2048,
        load=("nvme_tcp",),
        hugepages=1024,
        source="openebs/mayastor 2.12.2, prerequisites; openebs/mayastor#2064",
    ),
    Engine(
        name="rawfile",
        label="Local PV rawfile",
        status="experimental",
        lies_on=PATH,
        images=(AMD64,),
        snapshots=True,
        clones=True,
        expansion=True,
        modules=("loop",),
        slow_for=("low_latency",),
        load=("loop",),
        source="openebs/rawfile-localpv 0.15.1; openebs/openebs, arm64-support.md",
    ),
    Engine(
        name="cstor",
        label="cStor",
        status="archived",
        lies_on=DISK,
        images=(AMD64, ARM64),
        replicated=True,
        majority=True,
        snapshots=True,
        clones=True,
        expansion=True,
        modules=("iscsi_tcp",),
        slow_for=("low_latency",),
        needs_serial=True,
        crashes_on=(ARM64,),
        packages=("open-iscsi",),
        services=("iscsid",),
        load=("iscsi_tcp",),
        binding="Immediate",
        source="openebs/cstor-operators 3.6.0; openebs/openebs#3709",
    ),
    Engine(
        name="jiva",
        label="Jiva",
        status="archived",
        lies_on=PATH,
        images=(AMD64, ARM64),
        replicated=True,
        majority=True,
        expansion=True,
        # Its snapshots, taken whenever a copy joins, make the sparse files grow past the volume's size.
        room=1.2,
        largest=50 * 10**9,
        modules=("iscsi_tcp",),
        memory=4 * GIB,
        slow_for=("low_latency", "high_throughput"),
        packages=("open-iscsi",),
        services=("iscsid",),
        load=("iscsi_tcp",),
        # A target that is started on another node was away for 103 s, and open-iscsi's own 120 s would be close (OpenEBS 3.10, FAQ).
        initiator=(("node.session.timeo.replacement_timeout", "300"),),
        binding="Immediate",
        source="openebs/jiva-operator 3.6.0; openebs/openebs#3709",
    ),
    Engine(
        name="device",
        label="Local PV device",
        status="archived",
        lies_on=DISK,
        images=(AMD64, ARM64, ARM),
        access_modes=("ReadWriteOnce",),
        needs_serial=True,
        source="openebs/dynamic-localpv-provisioner 3.5.0; its pull requests 172 and 173",
    ),
)
NAMES = tuple(engine.name for engine in ENGINES)
BY_NAME = {engine.name: engine for engine in ENGINES}
