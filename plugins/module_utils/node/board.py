# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Raspberry Pi this is, from its revision code, or from the model's name where the kernel does not give the code."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.boards import MEMORY, MIB, OLD_STYLE, PROCESSORS, SOCS_64BIT, TYPES
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source, whole

NEW_STYLE = 1 << 23
DEVICE_TREES = ("/sys/firmware/devicetree/base", "/proc/device-tree")


def by_revision(code: int) -> dict[str, Any]:
    """id, soc and memory_bytes from a revision code; None for what the code or the table does not know."""
    if not code & NEW_STYLE:
        # Bit 24 and higher tell of overvoltage, not of the board.
        name, mebibytes = OLD_STYLE.get(code & 0xFFFF, (None, None))
        return {"id": name, "soc": "BCM2835" if name else None, "memory_bytes": mebibytes * MIB if mebibytes else None}
    kind = TYPES.get(code >> 4 & 0xFF)
    return {
        "id": kind.id if kind else None,
        "soc": PROCESSORS.get(code >> 12 & 0xF),
        "memory_bytes": MEMORY.get(code >> 20 & 0x7),
    }


def by_model(model: str) -> dict[str, Any]:
    """id and soc from the device tree's model, as in "Raspberry Pi 4 Model B Rev 1.4"; the memory is not in the name."""
    name, _mark, revision = model.partition(" Rev ")
    for kind in TYPES.values():
        if kind.model == name:
            soc = kind.soc
            if soc is None and re.fullmatch(r"1\.\d", revision):
                soc = "BCM2836" if revision < "1.2" else "BCM2837"
            return {"id": kind.id, "soc": soc, "memory_bytes": None}
    return {"id": None, "soc": None, "memory_bytes": None}


def cpuinfo_fields(text: str) -> dict[str, str]:
    """The lines that /proc/cpuinfo has once: those after the last processor."""
    fields = {}
    for line in text.splitlines():
        name, mark, value = line.partition(":")
        if mark and name.strip() in ("Revision", "Serial", "Model"):
            fields[name.strip()] = value.strip()
    return fields


def from_device_tree(source: Source, name: str) -> str | None:
    """A string of the device tree."""
    for tree in DEVICE_TREES:
        value = source.value(f"{tree}/{name}")
        if value is not None:
            return value
    return None


def _revision(source: Source, fields: dict[str, str]) -> int | None:
    code = whole(fields.get("Revision"), 16)
    if code:
        return code
    for tree in DEVICE_TREES:
        cell = source.read_bytes(f"{tree}/system/linux,revision")
        if cell is not None and len(cell) == 4:
            return int.from_bytes(cell, "big") or None
    return None


def board(source: Source, kernel_architecture: str | None) -> dict[str, Any]:
    """The board's facts. kernel_architecture ("uname -m") tells for a board that is no Pi whether it is a 64-bit one."""
    fields = cpuinfo_fields(source.read("/proc/cpuinfo") or "")
    model = from_device_tree(source, "model") or fields.get("Model")
    code = _revision(source, fields)
    known = by_revision(code) if code else by_model(model or "")
    serial = fields.get("Serial") or from_device_tree(source, "serial-number")
    if known["soc"]:
        capable: bool | None = known["soc"] in SOCS_64BIT
    else:
        capable = True if kernel_architecture in ("aarch64", "x86_64", "ppc64le", "s390x", "riscv64") else None
    return {
        "id": known["id"],
        "model": model,
        "revision": f"{code:04x}" if code else None,
        "soc": known["soc"],
        "serial": serial,
        "memory_bytes": known["memory_bytes"],
        "capable_64bit": capable,
    }
