# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts and wishes for one node under the names that the table of gates uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError
from ansible_collections.pikube.stateful.plugins.module_utils.node.hostname import explain
from ansible_collections.pikube.stateful.plugins.module_utils.node.kernel_modules import KERNEL_MODULES
from ansible_collections.pikube.stateful.plugins.module_utils.node.releases import RELEASES

MIB = 1024 * 1024
ROLES = ("control_plane", "worker", "none")
# What may be wished for, and what holds without a word about it.
DEFAULTS = {
    "node_role": "none",
    "hostname": None,
    "allow_16k_pages": False,
    "page_size_fix": False,
    "swap": "keep",
    "data_path": "/var/snap",
    "prepared": False,
}
# A few keys that tell the facts of module node_facts from anything else.
MARKS = ("architecture", "board", "cgroup", "kernel")
FILE_SYSTEM_NAMES = {"sd": "an SD card", "usb_hdd": "a hard disk at USB", "sata_hdd": "a hard disk"}


class NodeView:
    """What the gates ask; None, False or empty where the facts do not know. Raises NodeError for wishes that make no sense."""

    def __init__(self, host: str, facts: Mapping[str, Any], wanted: Mapping[str, Any] | None = None) -> None:
        if not isinstance(facts, Mapping) or not all(mark in facts for mark in MARKS):
            raise NodeError(f"{host}: these are not the facts of module pikube.stateful.node_facts. Run it on the host first.")
        unknown = sorted(set(wanted or {}) - set(DEFAULTS))
        if unknown:
            raise NodeError(f"{host}: {', '.join(unknown)} cannot be wanted of a node. These can: {', '.join(sorted(DEFAULTS))}.")
        self.host = host
        self.facts = facts
        self.wanted = {**DEFAULTS, **(wanted or {})}
        if self.wanted["node_role"] not in ROLES:
            raise NodeError(f'{host}: node_role "{self.wanted["node_role"]}" is not one of {", ".join(ROLES)}.')

    def get(self, *path: str) -> Any:
        """The fact at a path of keys, None where it ends early."""
        found: Any = self.facts
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    @property
    def joins(self) -> bool:
        return self.wanted["node_role"] != "none"

    @property
    def is_control_plane(self) -> bool:
        return self.wanted["node_role"] == "control_plane"

    @property
    def is_prepared(self) -> bool:
        return bool(self.wanted["prepared"])

    @property
    def board(self) -> str:
        return self.get("board", "model") or "this board"

    @property
    def userland(self) -> str | None:
        return self.get("architecture", "userland")

    @property
    def kernel_architecture(self) -> str:
        return self.get("architecture", "kernel") or "of an unknown architecture"

    @property
    def kernel(self) -> str:
        return self.get("kernel", "release") or "of an unknown release"

    @property
    def system(self) -> str:
        return self.get("os", "name") or "an operating system without a name"

    @property
    def page_kib(self) -> int:
        return (self.get("page_size") or 0) // 1024

    @property
    def has_4k_kernel(self) -> bool:
        """Whether kernel=kernel8.img in config.txt names a kernel with pages of 4 KiB. Ubuntu has one kernel, called vmlinuz."""
        return self.get("os", "family") == "raspberrypios" and "kernel8.img" in (self.get("boot", "kernels") or ())

    @property
    def page_size_cure(self) -> str:
        if self.has_4k_kernel:
            by_hand = f'put "kernel=kernel8.img" under [pi5] in {self.config_file} and reboot'
            return f"Set pi_page_size_fix to true, or {by_hand}, on all nodes alike"
        return "Boot a kernel with pages of 4 KiB (on Raspberry Pi OS kernel8.img, of package linux-image-rpi-v8)"

    @property
    def memory_mib(self) -> int | None:
        """What the kernel has; without its word what the board came with."""
        size = self.get("memory", "total_bytes") or self.get("board", "memory_bytes")
        return size // MIB if size else None

    @property
    def other_missing_controllers(self) -> str:
        return ", ".join(name for name in self.get("cgroup", "missing") or () if name != "memory")

    @property
    def memory_controller_is_off(self) -> bool:
        return "memory" in (self.get("cgroup", "missing") or ())

    @property
    def is_asked_for_memory(self) -> bool:
        return "cgroup_enable=memory" in (self.get("kernel", "command_line") or "").split()

    @property
    def command_line_file(self) -> str:
        return (self.get("boot", "command_line_files") or ["the command line file of the boot partition"])[0]

    @property
    def config_file(self) -> str:
        return self.get("boot", "config_file") or "config.txt"

    @property
    def boot_error(self) -> str | None:
        return (self.get("boot", "error") or "").rstrip(".") or None

    @property
    def kernel_flags_problem(self) -> str | None:
        return (self.get("boot", "memory_cgroup", "problem") or "").rstrip(".") or None

    @property
    def data_path(self) -> str:
        return self.wanted["data_path"]

    @property
    def data_file_system(self) -> Mapping[str, Any]:
        return next((row for row in self.get("file_systems") or () if row.get("path") == self.data_path), {})

    @property
    def data_medium(self) -> str:
        return FILE_SYSTEM_NAMES.get(self.data_file_system.get("medium"), "")

    @property
    def data_disk(self) -> str:
        return self.data_file_system.get("disk") or "unknown disk"

    @property
    def temperature(self) -> str:
        celsius = self.get("power", "temperature_celsius")
        return f"{celsius} degrees Celsius" if celsius is not None else "unknown temperature"

    @property
    def hostname(self) -> str:
        return self.get("hostname") or ""

    @property
    def wanted_hostname(self) -> str:
        return self.wanted["hostname"] or ""

    @property
    def is_renamed(self) -> bool:
        return bool(self.wanted_hostname and self.hostname and self.wanted_hostname != self.hostname)

    @property
    def hostname_problem(self) -> str | None:
        """Of the name that is wanted, or of the one a node joins with if none is wanted."""
        if self.wanted_hostname:
            return explain("pi_hostname", self.wanted_hostname, self.host)
        return explain("host name", self.hostname, self.host) if self.joins and self.hostname else None

    @property
    def known_releases(self) -> str:
        return ", ".join(release.label for release in RELEASES)

    @property
    def absent_modules(self) -> str:
        states = self.get("kernel", "modules") or {}
        return ", ".join(module.name for module in KERNEL_MODULES if module.required and states.get(module.name) == "absent")

    @property
    def swap_devices(self) -> str:
        return ", ".join(swap["device"] for swap in self.get("memory", "swap") or ())
