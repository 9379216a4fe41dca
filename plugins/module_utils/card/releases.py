# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which a card's system takes its first settings, and the releases that use them: two tables.

Ids are part of the public result. Sources: RPi-Distro/pi-gen and raspberrypi-sys-mods (firstboot, init_config, sshswitch, userconf),
raspberrypi/rpi-imager doc/os_customisation_formats.md, Canonical's notes on piboot A/B.
"""

from __future__ import annotations

import datetime
from typing import NamedTuple


class Format(NamedTuple):
    """id: name in options and results. label: what people call it."""

    id: str
    label: str


class Netplan(NamedTuple):
    """What the netplan of an image knows, and how its kernel may call the interfaces.

    regulatory_domain: the key of that name (0.105 and later). sae: WPA3 (0.106.1 and later).
    """

    regulatory_domain: bool
    sae: bool
    ethernets: tuple[str, ...]
    wifis: tuple[str, ...]


class Release(NamedTuple):
    """How a card shows what is written on it. All that is given must hold; the first row that holds counts.

    files: on the boot partition. prefix: os_prefix of config.txt. tokens: one of them is in the command line. made_before: date of the
    image (issue.txt). format: None if its system cannot be prepared on the card, refusal says why and what to do.
    until_booted: tokens that the first boot takes out of the command line; empty if the boot partition does not show it.
    """

    id: str
    label: str
    family: str
    format: str | None
    files: tuple[str, ...] = ()
    prefix: str = ""
    tokens: tuple[str, ...] = ()
    made_before: datetime.date | None = None
    until_booted: tuple[str, ...] = ()
    refusal: str = ""
    netplan: Netplan | None = None


CLOUD_INIT_FILES = ("user-data", "meta-data")
# Of the initramfs that Pi OS has on the boot partition since bookworm.
INITRAMFS = "initramfs8"
RASPBERRY_PI_OS = "issue.txt"
FIRST_BOOT = "init=/usr/lib/raspberrypi-sys-mods/firstboot"
OLD_FIRST_BOOT = "init=/usr/lib/raspi-config/init_resize.sh"

CLASSIC_NAMES = (("eth0",), ("wlan0",))
# Newer systemd names them after the device tree's aliases.
EITHER_NAMES = (("eth0", "end0"), ("wlan0", "wld0"))
# For a system that is known by its format only: what any netplan takes.
ANY_NETPLAN = Netplan(False, False, *EITHER_NAMES)

FORMATS = (
    Format("cloud_init", "cloud-init (user-data, meta-data, network-config)"),
    Format("custom_toml", "custom.toml"),
    Format("userconf", "ssh, userconf.txt and wpa_supplicant.conf"),
)

RELEASES = (
    Release(
        "ubuntu-25.10",
        "Ubuntu 25.10 or later",
        "ubuntu",
        "cloud_init",
        files=("user-data",),
        prefix="current/",
        netplan=Netplan(True, True, *EITHER_NAMES),
    ),
    Release(
        "ubuntu-24.04",
        "Ubuntu 24.04 or 25.04",
        "ubuntu",
        "cloud_init",
        # The device tree of the Pi 5 came with 23.10.
        files=("user-data", "bcm2712-rpi-5-b.dtb"),
        tokens=("root=LABEL=writable",),
        netplan=Netplan(True, True, *CLASSIC_NAMES),
    ),
    Release(
        "ubuntu-22.04",
        "Ubuntu 22.04",
        "ubuntu",
        "cloud_init",
        files=("user-data",),
        tokens=("root=LABEL=writable",),
        netplan=Netplan(False, False, *CLASSIC_NAMES),
    ),
    Release(
        "raspios-trixie-early",
        "Raspberry Pi OS 13 (trixie) from before 2025-11-24",
        "raspberrypios",
        None,
        files=(*CLOUD_INIT_FILES, RASPBERRY_PI_OS),
        made_before=datetime.date(2025, 11, 24),
        refusal="its cloud-init does not read the boot partition reliably; write an image from 2025-11-24 or later to it",
    ),
    Release(
        "raspios-trixie",
        "Raspberry Pi OS 13 (trixie)",
        "raspberrypios",
        "cloud_init",
        files=CLOUD_INIT_FILES,
        until_booted=("resize",),
        netplan=Netplan(True, True, *CLASSIC_NAMES),
    ),
    Release(
        "raspios-trixie-early",
        "Raspberry Pi OS 13 (trixie) without cloud-init",
        "raspberrypios",
        None,
        files=(INITRAMFS,),
        tokens=("resize",),
        refusal="it takes neither custom.toml nor wpa_supplicant.conf; write an image from 2025-11-24 or later to it",
    ),
    Release(
        "raspios-bookworm",
        "Raspberry Pi OS 12 (bookworm)",
        "raspberrypios",
        "custom_toml",
        files=(INITRAMFS,),
        until_booted=(FIRST_BOOT,),
    ),
    Release(
        "raspios-bullseye",
        "Raspberry Pi OS 11 (bullseye)",
        "raspberrypios",
        "userconf",
        files=(RASPBERRY_PI_OS, "kernel8.img"),
        until_booted=(FIRST_BOOT, OLD_FIRST_BOOT),
    ),
)
