# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temperature, and what the firmware saw of the power supply."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# Bits of "vcgencmd get_throttled"; the same bit 16 places higher says that it happened since the boot.
BITS = {"under_voltage": 0, "frequency_capped": 1, "throttled": 2, "soft_temperature_limit": 3}
SINCE_BOOT = 16


def throttled(text: str | None) -> int | None:
    """The flags in what vcgencmd prints, as in "throttled=0x50000"."""
    found = re.fullmatch(r"throttled=0x([0-9a-fA-F]+)", (text or "").strip())
    return int(found.group(1), 16) if found else None


def flags(value: int | None) -> dict[str, bool | None]:
    """Each flag by name, now and since the boot; None if there is no value."""
    found: dict[str, bool | None] = {}
    for moment, shift in (("now", 0), ("since_boot", SINCE_BOOT)):
        for name, bit in BITS.items():
            found[f"{name}_{moment}"] = None if value is None else bool(value >> (bit + shift) & 1)
    return found


def _under_voltage_alarm(source: Source) -> bool | None:
    """What the kernel's own monitor says, for systems without vcgencmd.

    Not the firmware driver's file get_throttled: reading it puts a warning with a stack trace into the kernel's log.
    """
    for name in source.names("/sys/class/hwmon"):
        if source.value(f"/sys/class/hwmon/{name}/name") == "rpi_volt":
            alarm = source.value(f"/sys/class/hwmon/{name}/in0_lcrit_alarm")
            return None if alarm is None else alarm == "1"
    return None


def power(source: Source) -> dict[str, Any]:
    """The facts of power and heat."""
    millidegrees = source.number("/sys/class/thermal/thermal_zone0/temp")
    value = throttled(source.output(["vcgencmd", "get_throttled"]))
    found = flags(value)
    if value is None:
        found["under_voltage_now"] = _under_voltage_alarm(source)
    return {
        "temperature_celsius": round(millidegrees / 1000, 1) if millidegrees is not None else None,
        "throttled": value,
        **found,
    }
