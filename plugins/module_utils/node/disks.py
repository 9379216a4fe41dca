# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disks of a node, and whether each may be given to a storage engine.

A disk is free only if that is proved: no partition, holder, mount or swap, and a probe of the whole disk that ran and found no signature.
A signature that the system's device database does not show proves nothing: without udev or without privilege it shows none at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.media import bus, is_disk, medium
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import Mount
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

SECTOR = 512  # the unit of "size" in /sys/block, whatever the disk's own sectors are


def partitions(source: Source, name: str) -> list[str]:
    """The names of a disk's partitions."""
    home = f"/sys/block/{name}"
    return [entry for entry in source.names(home) if entry.startswith(name) and source.exists(f"{home}/{entry}/partition")]


def _usb_serial(source: Source, name: str) -> str | None:
    """The serial number of the USB device that the disk hangs on: of the nearest folder above that describes one."""
    way = source.real(f"/sys/block/{name}")
    while way.count("/") > 1:
        way = way.rpartition("/")[0]
        if source.exists(f"{way}/idVendor"):
            return source.value(f"{way}/serial")
    return None


def _names(source: Source, name: str) -> tuple[str | None, str | None]:
    """Model and serial number."""
    home = f"/sys/block/{name}"
    model = source.value(f"{home}/device/model") or source.value(f"{home}/device/name")
    vendor = source.value(f"{home}/device/vendor")
    if model and vendor and not vendor.startswith("0x") and vendor != "ATA":
        model = f"{vendor} {model}"
    serial = source.value(f"{home}/device/serial") or source.value(f"{home}/serial") or _usb_serial(source, name)
    return model, serial


def signatures(source: Source, path: str) -> tuple[list[str], str | None]:
    """Types of the signatures on a whole disk, and why they could not be read if so. Only reads ("wipefs --no-act")."""
    ended = source.run(["wipefs", "--no-act", "--json", path])
    if ended is None:
        return [], "wipefs is not installed"
    status, out, err = ended
    if status != 0:
        reason = err.strip().splitlines()[-1] if err.strip() else f"wipefs ended with {status}"
        return [], reason
    try:
        return [str(found["type"]) for found in json.loads(out)["signatures"]] if out.strip() else [], None
    except (ValueError, KeyError, TypeError):
        return [], "the output of wipefs is not understood"


def used_by(source: Source, name: str, mounted: Sequence[Mount], swap_devices: Sequence[str]) -> list[str]:
    """Why a disk is not free; empty if it is."""
    home = f"/sys/block/{name}"
    parts = partitions(source, name)
    reasons = [f"partition {part}" for part in parts]
    for part, folder in ((name, home), *((part, f"{home}/{part}") for part in parts)):
        reasons.extend(f"{part} is held by {holder}" for holder in source.names(f"{folder}/holders"))
        device = source.value(f"{folder}/dev")
        points = sorted({mount.point for mount in mounted if mount.device == device or mount.source == f"/dev/{part}"})
        if points:
            # /var/lib/kubelet mounts the same disk once for each pod.
            more = f" and {len(points) - 3} other folders" if len(points) > 3 else ""
            reasons.append(f"{part} is mounted at {', '.join(points[:3])}{more}")
        if f"/dev/{part}" in swap_devices:
            reasons.append(f"{part} is swap")
    attached = bus(source, name)
    if attached == "network":
        reasons.append("another machine's disk, reached over the network")
    elif attached is None:
        reasons.append("how it is attached is not known")
    if source.number(f"{home}/size") in (None, 0):
        reasons.append("no medium, or its size is not known")
    if source.value(f"{home}/ro") != "0":
        reasons.append("read-only, or not known to be writable")
    if not reasons:
        found, unreadable = signatures(source, f"/dev/{name}")
        reasons = [f"signature {signature}" for signature in found]
        if unreadable:
            reasons.append(f"signatures cannot be read: {unreadable}")
    return reasons


def disks(source: Source, mounted: Sequence[Mount], swap_devices: Sequence[str]) -> list[dict[str, Any]]:
    """The facts of each disk. swap_devices: as /proc/swaps names them."""
    found = []
    for name in source.names("/sys/block"):
        if not is_disk(source, name):
            continue
        model, serial = _names(source, name)
        sectors = source.number(f"/sys/block/{name}/size")
        reasons = used_by(source, name, mounted, swap_devices)
        found.append({
            "name": name,
            "path": f"/dev/{name}",
            "medium": medium(source, name),
            "size_bytes": sectors * SECTOR if sectors is not None else None,
            "model": model,
            "serial": serial,
            "removable": source.value(f"/sys/block/{name}/removable") == "1",
            "free": not reasons,
            "used_by": reasons,
        })  # fmt: skip
    return found


def disks_under(source: Source, device: str, path: str) -> tuple[str | None, list[str]]:
    """The block device with a number ("major:minor"), or a /dev path where a file system has a number of its own, and the disks under it.

    Goes down through partitions and stacked devices (LUKS, LVM, RAID).
    """
    for name in source.names("/sys/block"):
        for part in (name, *partitions(source, name)):
            home = f"/sys/block/{name}" if part == name else f"/sys/block/{name}/{part}"
            if source.value(f"{home}/dev") == device or f"/dev/{part}" == path:
                return part, _down(source, name)
    return None, []


def _down(source: Source, name: str, depth: int = 0) -> list[str]:
    below = source.names(f"/sys/block/{name}/slaves")
    if not below or depth > 8:
        return [name] if is_disk(source, name) else []
    found: list[str] = []
    for part in below:
        whole_disk = part if source.exists(f"/sys/block/{part}") else _disk_of(source, part)
        found.extend(_down(source, whole_disk, depth + 1) if whole_disk else [])
    return sorted(set(found))


def _disk_of(source: Source, part: str) -> str | None:
    """The disk of a partition: nvme0n1p2 -> nvme0n1, sda1 -> sda."""
    disk = re.sub(r"(?<=\d)p\d+$|(?<=[a-z])\d+$", "", part)
    return disk if source.exists(f"/sys/block/{disk}/{part}") else None
