# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of nodes as module node_facts returns them, made from a few words, for the tests of the storage engines."""

from __future__ import annotations

from typing import Any

GIB = 1024**3
MODULES = ("dm_mod", "dm_snapshot", "dm_thin_pool", "zfs", "iscsi_tcp", "nvme_tcp", "loop")


def disk(path: str = "/dev/sda", gib: int = 500, free: bool = True, serial: str | None = "S5SXNS0R700159M") -> dict[str, Any]:
    return {
        "path": path, "size_bytes": gib * GIB, "serial": serial, "free": free, "used_by": [] if free else ["signature ext4"],
        "medium": "usb_ssd", "name": path.rpartition("/")[2],
    }  # fmt: skip


def node(
    architecture: str | None = "arm64",
    memory: int | None = 8,
    free: int | None = 50,
    medium: str = "sd",
    disks: tuple[dict[str, Any], ...] = (),
    absent: tuple[str, ...] = (),
    unknown: tuple[str, ...] = (),
    cores: int | None = 4,
    features: tuple[str, ...] | None = ("sse4_2",),
    page_size: int | None = 4096,
    kernel: str | None = "6.12.47",
    huge_kib: int | None = 2048,
    groups: list[dict[str, Any]] | None = None,
    pools: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """One node. memory, free: GiB. absent, unknown: kernel modules; all others are available."""
    states = {name: "absent" if name in absent else None if name in unknown else "available" for name in MODULES}
    return {
        "architecture": {"userland": architecture, "kernel": None},
        "board": {"memory_bytes": memory * GIB if memory is not None else None},
        "memory": {"total_bytes": None},
        "processor": {"cores": cores, "features": list(features) if features is not None else None},
        "hugepages": {"size_kib": huge_kib, "total": 0, "free": 0},
        "page_size": page_size,
        "kernel": {"release": kernel, "modules": states},
        "disks": list(disks),
        "volume_groups": groups,
        "zpools": pools,
        "file_systems": [{"path": "/var/snap", "available_bytes": free * GIB if free is not None else None, "medium": medium}],
    }


def server(**changes: Any) -> dict[str, Any]:
    """An x86-64 machine that has all that any engine asks for."""
    return node(**{"architecture": "amd64", "memory": 16, "medium": "nvme", "disks": (disk(),), **changes})


def cluster(count: int, one: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """pi1, pi2 and so on, all alike."""
    return {f"pi{number}": one if one is not None else node() for number in range(1, count + 1)}


# A Pi 4 or 5 with an SSD; the lab's hosts, whose kernel has no loadable modules.
SSD = (disk(),)
PI_SSD = node(disks=SSD, medium="usb_ssd")
LAB = server(absent=MODULES, disks=(), medium="virtual", cores=2, memory=4)
