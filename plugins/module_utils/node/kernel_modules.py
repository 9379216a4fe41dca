# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel modules that later roles build upon: the table."""

from __future__ import annotations

from typing import NamedTuple


class KernelModule(NamedTuple):
    """required: no node of a cluster works without it."""

    name: str
    why: str
    required: bool = False


KERNEL_MODULES = (
    KernelModule("br_netfilter", "services of Kubernetes reach pods on a bridge", required=True),
    KernelModule("overlay", "containerd's snapshots of images", required=True),
    KernelModule("vxlan", "Calico's network between nodes", required=True),
    KernelModule("ip_vs", "kube-proxy in IPVS mode"),
    KernelModule("iscsi_tcp", "initiator of Jiva's and cStor's volumes"),
    KernelModule("nvme_tcp", "initiator of Mayastor's volumes; not in the kernels of Raspberry Pi OS (linux#6185)"),
    KernelModule("nvme", "NVMe disks"),
    KernelModule("dm_crypt", "encrypted volumes"),
    KernelModule("dm_mod", "LVM volumes"),
    KernelModule("dm_snapshot", "snapshots of LVM volumes"),
    KernelModule("dm_thin_pool", "thin LVM volumes"),
    KernelModule("zfs", "ZFS volumes"),
    KernelModule("loop", "rawfile volumes"),
)
