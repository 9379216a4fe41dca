# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is special about single keys of the kernel's command line. Keys are written with underscores: to the kernel "-" and "_" are one."""

from __future__ import annotations

# Keys of which every occurrence counts. Of any other key the last one wins, so a line should have one.
MULTI_VALUED = frozenset(
    (
        "cgroup_disable",
        "cgroup_enable",
        "console",
        "crashkernel",
        "dyndbg",
        "earlycon",
        "initcall_blacklist",
        "memmap",
        "modules_load",
        "rd.luks.uuid",
        "rd.lvm.lv",
        "rd.lvm.vg",
        "rd.modules_load",
        "rd.systemd.mask",
        "rd.systemd.wants",
        "systemd.mask",
        "systemd.run",
        "systemd.set_credential",
        "systemd.set_credential_binary",
        "systemd.setenv",
        "systemd.wants",
        "video",
    )
)

# "MODULE.dyndbg=" is "dyndbg=" for one module.
MULTI_VALUED_ENDINGS = (".dyndbg",)

# Keys that switch the same thing on and off. The value is a list of names with commas between them, and the kernel obeys
# in the order of the line: the last word about a name counts (raspberrypi/linux#6980).
SWITCHES = {"cgroup_enable": True, "cgroup_disable": False}

# The firmware puts the port that the board has into the place of any of these (raspberrypi/firmware#752; "serial0" in the documentation).
SERIAL_PORT = r"(serial|ttyAMA|ttyS)[0-9]+"

# The firmware ends its own part of the running kernel's line with these; the content of cmdline.txt comes after them.
FIRMWARE_ENDS_WITH = frozenset(("vc_mem.mem_base", "vc_mem.mem_size"))

# What device tree and firmware put in front of the content of cmdline.txt, for lines without the two keys above.
FIRMWARE_KEYS = frozenset(
    (
        "8250.nr_uarts",
        "bcm2708_fb.fbdepth",
        "bcm2708_fb.fbheight",
        "bcm2708_fb.fbswap",
        "bcm2708_fb.fbwidth",
        "bcm2709.boardrev",
        "bcm2709.serial",
        "bcm2709.uart_clock",
        "cgroup_disable",
        "cma",
        "coherent_pool",
        "dma.dmachans",
        "numa",
        "numa_policy",
        "nvme.max_host_mem_size_mb",
        "pci",
        "reboot",
        "smsc95xx.macaddr",
        "snd_bcm2835.enable_compat_alsa",
        "snd_bcm2835.enable_hdmi",
        "snd_bcm2835.enable_headphones",
        "system_heap.max_order",
        "video",
    )
)
