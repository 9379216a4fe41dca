# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which operating system and release runs on the node."""

from __future__ import annotations

import shlex
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.releases import RELEASES
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# The 64-bit Raspberry Pi OS calls itself Debian in /etc/os-release; these are there only on Raspberry Pi OS.
RASPBERRY_PI_OS_MARKS = ("/etc/rpi-issue", "/etc/apt/sources.list.d/raspi.list", "/etc/apt/sources.list.d/raspi.sources")
FAMILIES = {"ubuntu": "ubuntu", "debian": "debian", "raspbian": "raspberrypios"}


def fields(text: str) -> dict[str, str]:
    """The assignments of an os-release file (os-release(5): shell quoting, no expansion). Lines that are none are left out."""
    found = {}
    for line in text.splitlines():
        name, mark, value = line.strip().partition("=")
        if not mark or name.startswith("#"):
            continue
        try:
            words = shlex.split(value)
        except ValueError:
            continue
        found[name] = words[0] if words else ""
    return found


def family(os_id: str | None, is_raspberry_pi_os: bool) -> str | None:
    """raspberrypios, ubuntu, debian or other; None if the system does not say what it is."""
    if os_id is None:
        return None
    found = FAMILIES.get(os_id, "other")
    return "raspberrypios" if found == "debian" and is_raspberry_pi_os else found


def release(os_family: str | None, version: str | None) -> str | None:
    """The id of a release in the table, None for one that is not there."""
    return next((row.id for row in RELEASES if (row.family, row.version) == (os_family, version)), None)


def os_release(source: Source) -> dict[str, Any]:
    """The operating system's facts."""
    found = fields(source.read("/etc/os-release") or source.read("/usr/lib/os-release") or "")
    os_family = family(found.get("ID"), any(source.exists(mark) for mark in RASPBERRY_PI_OS_MARKS))
    return {
        "id": found.get("ID"),
        "version": found.get("VERSION_ID"),
        "codename": found.get("VERSION_CODENAME"),
        "name": found.get("PRETTY_NAME"),
        "family": os_family,
        "release": release(os_family, found.get("VERSION_ID")),
    }
