# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a disk is made of, from the way it is attached."""

from __future__ import annotations

import re

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# How the kernel names what is no disk of the node's own (loop, RAM, stacked, optical, network), and an eMMC's hardware partitions.
NO_DISK = re.compile(r"(loop|ram|zram|dm-|md|nbd|rbd|drbd|zd|sr|fd|mtdblock|bcache)\d|mmcblk\d+(boot|rpmb|gp)")
ROTATION_NOT_REPORTED, ROTATION_NONE = 0, 1


def is_disk(source: Source, name: str) -> bool:
    """Whether an entry of /sys/block is hardware: it has a device behind it, and is no optical drive or path of a multipath NVMe."""
    home = f"/sys/block/{name}"
    return not NO_DISK.match(name) and source.exists(f"{home}/device") and source.value(f"{home}/hidden") != "1"


def rotation_rate(source: Source, name: str) -> int | None:
    """Revolutions a minute as the disk itself says (SBC-4, vital product data page B1): 1 means none, 0 not reported.

    None where the kernel does not hand the page on (before 5.18) or the bridge does not give it.
    """
    page = source.read_bytes(f"/sys/block/{name}/device/vpd_pgb1")
    return int.from_bytes(page[4:6], "big") if page is not None and len(page) >= 6 else None


def _spins(source: Source, name: str) -> bool | None:
    """Whether there are platters. Many USB bridges keep the page back, and the kernel then takes the disk for a turning one."""
    if source.value(f"/sys/block/{name}/queue/rotational") == "0":
        return False
    rate = rotation_rate(source, name)
    if rate == ROTATION_NONE:
        return False
    if rate == ROTATION_NOT_REPORTED:
        return None
    if rate is None and source.value(f"/sys/block/{name}/removable") == "1":
        # A stick or a card in a reader
        return None
    return True if source.value(f"/sys/block/{name}/queue/rotational") == "1" else None


def bus(source: Source, name: str) -> str | None:
    """How a disk is attached: mmc, nvme, usb, sata, virtual (a hypervisor's), network (iSCSI, NVMe over fabrics); None if unknown."""
    if name.startswith("mmcblk"):
        return "mmc"
    home = f"/sys/block/{name}"
    if name.startswith("nvme"):
        # With the kernel's own multipath the device is a subsystem, and its controllers lie below.
        folders = [
            f"{home}/device",
            *(f"{home}/device/{entry}" for entry in source.names(f"{home}/device") if re.fullmatch(r"nvme\d+", entry)),
        ]
        transports = {found for found in (source.value(f"{folder}/transport") for folder in folders) if found}
        return None if not transports else "nvme" if transports == {"pcie"} else "network"
    way = source.real(home)
    if name.startswith(("vd", "xvd")) or "/virtio" in way:
        return "virtual"
    for pattern, found in ((r"/session\d+/", "network"), (r"/usb\d+/", "usb"), (r"/ata\d+/", "sata")):
        if re.search(pattern, way):
            return found
    return None


def medium(source: Source, name: str) -> str:
    """sd, emmc, nvme, usb_ssd, usb_hdd, sata_ssd, sata_hdd, network, virtual, or unknown. name: as in /sys/block."""
    attached = bus(source, name)
    if attached == "mmc":
        return {"SD": "sd", "MMC": "emmc"}.get(source.value(f"/sys/block/{name}/device/type") or "", "unknown")
    if attached in ("usb", "sata"):
        spins = _spins(source, name)
        return "unknown" if spins is None else f"{attached}_hdd" if spins else f"{attached}_ssd"
    return attached or "unknown"
