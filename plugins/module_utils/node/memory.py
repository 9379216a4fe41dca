# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory and swap: what is there, what is in use, and what brings swap up at boot."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source, whole
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import Unit

KIB = 1024
# Order of search of a main file, first one wins; drop-ins of all four are read, see swap.conf(5) of rpi-swap.
RPI_SWAP_FOLDERS = ("/etc/rpi", "/run/rpi", "/usr/local/lib/rpi", "/usr/lib/rpi")
RPI_SWAP_GENERATORS = ("/usr/lib/systemd/system-generators/rpi-swap-generator", "/lib/systemd/system-generators/rpi-swap-generator")


def meminfo_bytes(text: str, name: str) -> int | None:
    """One value of /proc/meminfo in bytes."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found.group(1)) * KIB if found else None


def swaps(text: str) -> list[dict[str, Any]]:
    """The lines of /proc/swaps: device, kind (file, partition or zram), size_bytes, used_bytes."""
    found = []
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) < 5:
            continue
        device, kind, size, used = parts[0].replace("\\040", " "), parts[1], whole(parts[2]), whole(parts[3])
        if re.match(r"/dev/zram\d+$", device):
            kind = "zram"
        found.append({
            "device": device,
            "kind": kind,
            "size_bytes": size * KIB if size is not None else None,
            "used_bytes": used * KIB if used is not None else None,
        })  # fmt: skip
    return found


def hugepages(source: Source) -> dict[str, int | None]:
    """Pages of the default huge size: the size, how many are set aside, and how many of them nobody uses."""
    text = source.read("/proc/meminfo") or ""
    size = meminfo_bytes(text, "Hugepagesize")
    counts = {name: re.search(rf"^HugePages_{name}:\s+(\d+)$", text, re.MULTILINE) for name in ("Total", "Free")}
    numbers = {name.lower(): int(found.group(1)) if found else None for name, found in counts.items()}
    return {"size_kib": size // KIB if size is not None else None, **numbers}


def fstab_swap(text: str) -> bool:
    """Whether /etc/fstab has a swap that is mounted at boot."""
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if len(words) >= 3 and words[2] == "swap" and "noauto" not in (words[3].split(",") if len(words) > 3 else ()):
            return True
    return False


def rpi_swap_mechanism(source: Source) -> str | None:
    """What rpi-swap is set to: "auto" by default, "none" when swap was turned off; None if rpi-swap is not installed."""
    if not any(source.exists(path) for path in RPI_SWAP_GENERATORS):
        return None
    files = [f"{folder}/swap.conf" for folder in RPI_SWAP_FOLDERS if source.exists(f"{folder}/swap.conf")][:1]
    drop_ins: dict[str, str] = {}
    for folder in RPI_SWAP_FOLDERS:
        for name in source.names(f"{folder}/swap.conf.d"):
            if name.endswith(".conf"):
                drop_ins.setdefault(name, f"{folder}/swap.conf.d/{name}")
    mechanism = ""
    for path in (*files, *(drop_ins[name] for name in sorted(drop_ins))):
        section = ""
        for line in (source.read(path) or "").splitlines():
            header = re.fullmatch(r"\[(.*)\]", line.strip())
            section = header.group(1) if header else section
            assignment = re.fullmatch(r"Mechanism\s*=\s*(.*)", line.strip())
            if assignment and section == "Main":
                mechanism = assignment.group(1).strip()
    # The generator takes what it does not know for "auto".
    return mechanism if mechanism in ("none", "zram", "zram+file", "swapfile") else "auto"


def swap_mechanism(source: Source, dphys_swapfile: Unit | None) -> str | None:
    """What brings swap up at the next boot: rpi-swap, dphys-swapfile or fstab, the first of them; None if none of them does."""
    if rpi_swap_mechanism(source) not in (None, "none"):
        return "rpi-swap"
    if dphys_swapfile is not None and dphys_swapfile.enabled:
        return "dphys-swapfile"
    if fstab_swap(source.read("/etc/fstab") or ""):
        return "fstab"
    return None


def memory(source: Source, dphys_swapfile: Unit | None) -> dict[str, Any]:
    """The facts of memory and swap."""
    meminfo = source.read("/proc/meminfo") or ""
    return {
        "total_bytes": meminfo_bytes(meminfo, "MemTotal"),
        "available_bytes": meminfo_bytes(meminfo, "MemAvailable"),
        "swap": swaps(source.read("/proc/swaps") or ""),
        "swap_mechanism": swap_mechanism(source, dphys_swapfile),
    }
