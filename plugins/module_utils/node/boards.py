# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raspberry Pi boards by the fields of their revision code: the table.

Source: raspberrypi/documentation, "Raspberry Pi revision codes". Ids are part of the public result.
"""

from __future__ import annotations

from typing import NamedTuple

MIB = 1024 * 1024


class BoardType(NamedTuple):
    """id: short name in the facts. model: how the device tree's model begins. soc: None where it depends on the board's revision."""

    id: str
    model: str
    soc: str | None


# Bits 4-11 of a new-style revision code
TYPES = {
    0x00: BoardType("a", "Raspberry Pi Model A", "BCM2835"),
    0x01: BoardType("b", "Raspberry Pi Model B", "BCM2835"),
    0x02: BoardType("a+", "Raspberry Pi Model A Plus", "BCM2835"),
    0x03: BoardType("b+", "Raspberry Pi Model B Plus", "BCM2835"),
    0x04: BoardType("2b", "Raspberry Pi 2 Model B", None),  # BCM2836 up to revision 1.1, BCM2837 from 1.2
    0x06: BoardType("cm1", "Raspberry Pi Compute Module", "BCM2835"),
    0x08: BoardType("3b", "Raspberry Pi 3 Model B", "BCM2837"),
    0x09: BoardType("zero", "Raspberry Pi Zero", "BCM2835"),
    0x0A: BoardType("cm3", "Raspberry Pi Compute Module 3", "BCM2837"),
    0x0C: BoardType("zerow", "Raspberry Pi Zero W", "BCM2835"),
    0x0D: BoardType("3b+", "Raspberry Pi 3 Model B Plus", "BCM2837"),
    0x0E: BoardType("3a+", "Raspberry Pi 3 Model A Plus", "BCM2837"),
    0x10: BoardType("cm3+", "Raspberry Pi Compute Module 3 Plus", "BCM2837"),
    0x11: BoardType("4b", "Raspberry Pi 4 Model B", "BCM2711"),
    0x12: BoardType("zero2w", "Raspberry Pi Zero 2 W", "BCM2837"),
    0x13: BoardType("400", "Raspberry Pi 400", "BCM2711"),
    0x14: BoardType("cm4", "Raspberry Pi Compute Module 4", "BCM2711"),
    0x15: BoardType("cm4s", "Raspberry Pi Compute Module 4S", "BCM2711"),
    0x17: BoardType("5", "Raspberry Pi 5 Model B", "BCM2712"),
    0x18: BoardType("cm5", "Raspberry Pi Compute Module 5", "BCM2712"),
    0x19: BoardType("500", "Raspberry Pi 500", "BCM2712"),
    0x1A: BoardType("cm5lite", "Raspberry Pi Compute Module 5 Lite", "BCM2712"),
    0x1B: BoardType("cm0", "Raspberry Pi Compute Module 0", "BCM2837"),
}

# Bits 12-15
PROCESSORS = {0: "BCM2835", 1: "BCM2836", 2: "BCM2837", 3: "BCM2711", 4: "BCM2712"}

# Bits 20-22; 7 means that the code does not say
MEMORY = {0: 256 * MIB, 1: 512 * MIB, 2: 1024 * MIB, 3: 2048 * MIB, 4: 4096 * MIB, 5: 8192 * MIB, 6: 16384 * MIB}

# Cores of ARMv8, the others are ARMv6 and ARMv7
SOCS_64BIT = ("BCM2837", "BCM2711", "BCM2712")

# Codes before the new style (0002 to 0015): Pi 1 and Compute Module 1, all of them BCM2835
OLD_STYLE = {
    0x02: ("b", 256), 0x03: ("b", 256), 0x04: ("b", 256), 0x05: ("b", 256), 0x06: ("b", 256),
    0x07: ("a", 256), 0x08: ("a", 256), 0x09: ("a", 256),
    0x0D: ("b", 512), 0x0E: ("b", 512), 0x0F: ("b", 512),
    0x10: ("b+", 512), 0x11: ("cm1", 512), 0x12: ("a+", 256), 0x13: ("b+", 512), 0x14: ("cm1", 512), 0x15: ("a+", None),
}  # fmt: skip
