# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of config.txt: which ones exclude each other, and which ones hold on which board.

Source: the "Conditional filters" chapter of the Raspberry Pi documentation.
"""

from __future__ import annotations

# Filters of one kind replace each other, those of different kinds must all hold. A filter is of the first kind whose beginning it has;
# what is not listed is a model. [all] is no filter, it ends all others.
KINDS = (
    ("edid=", "monitor"),
    ("hdmi:", "port"),
    ("gpio", "pin"),
    ("0x", "serial"),
    ("none", "none"),
    ("tryboot", "trial"),
    ("boot_partition=", "partition"),
    ("partition=", "partition"),
)
MODEL = "model"
TRIAL = "tryboot"

# The beginning of the device tree's model to the filters that hold on it; longer ones first.
MODEL_FILTERS = (
    ("Raspberry Pi 500", ("pi5", "pi500")),
    ("Raspberry Pi 5", ("pi5",)),
    ("Raspberry Pi Compute Module 5", ("pi5", "cm5")),
    ("Raspberry Pi 400", ("pi4", "pi400")),
    ("Raspberry Pi 4", ("pi4",)),
    ("Raspberry Pi Compute Module 4S", ("pi4", "cm4s")),
    ("Raspberry Pi Compute Module 4", ("pi4", "cm4")),
    ("Raspberry Pi 3 Model A Plus", ("pi3", "pi3+")),
    ("Raspberry Pi 3 Model B Plus", ("pi3", "pi3+")),
    ("Raspberry Pi 3", ("pi3",)),
    ("Raspberry Pi Compute Module 3", ("pi3",)),
    ("Raspberry Pi 2", ("pi2",)),
    ("Raspberry Pi Zero 2", ("pi0", "pi0w", "pi02")),
    ("Raspberry Pi Zero W", ("pi0", "pi0w")),
    ("Raspberry Pi Zero", ("pi0",)),
)

# Settings of which every line counts; of any other the last one that applies.
MULTI_VALUED = frozenset(("dtoverlay", "dtparam", "gpio", "include"))
