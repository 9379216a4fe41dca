# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of systemd units, all in one call."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# The units that facts ask for.
UNITS = (
    "NetworkManager.service",
    "chrony.service",
    "chronyd.service",
    "dhcpcd.service",
    "dphys-swapfile.service",
    "iscsid.service",
    "ntpsec.service",
    "openntpd.service",
    "ssh.socket",
    "systemd-networkd.service",
    "systemd-timesyncd.service",
    "unattended-upgrades.service",
)


class Unit(NamedTuple):
    """installed: systemd knows a unit file. enabled: it starts at boot. active: it runs now."""

    installed: bool
    enabled: bool
    active: bool


NOT_INSTALLED = Unit(installed=False, enabled=False, active=False)


def parse(text: str) -> list[Unit]:
    """The blocks that "systemctl show" prints, one for each unit asked for, in the order of the question."""
    found = []
    for block in text.strip().split("\n\n"):
        values = dict(line.partition("=")[::2] for line in block.splitlines())
        found.append(
            Unit(
                installed=values.get("LoadState") not in (None, "", "not-found", "masked"),
                enabled=values.get("UnitFileState") in ("enabled", "enabled-runtime"),
                active=values.get("ActiveState") in ("active", "reloading"),
            )
        )
    return found


def units(source: Source) -> dict[str, Unit] | None:
    """The state of each of UNITS; None if systemd does not answer."""
    text = source.output(["systemctl", "show", "--no-pager", "--property=LoadState,ActiveState,UnitFileState", *UNITS])
    found = parse(text) if text else []
    return dict(zip(UNITS, found)) if len(found) == len(UNITS) else None
