# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All facts of a node, put together."""

from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.board import board
from ansible_collections.pikube.stateful.plugins.module_utils.node.cgroups import cgroup
from ansible_collections.pikube.stateful.plugins.module_utils.node.disks import disks
from ansible_collections.pikube.stateful.plugins.module_utils.node.file_systems import file_systems
from ansible_collections.pikube.stateful.plugins.module_utils.node.identity import identity, nvme
from ansible_collections.pikube.stateful.plugins.module_utils.node.interfaces import interfaces
from ansible_collections.pikube.stateful.plugins.module_utils.node.kernel import architecture, kernel, page_size
from ansible_collections.pikube.stateful.plugins.module_utils.node.kernel_modules import KERNEL_MODULES
from ansible_collections.pikube.stateful.plugins.module_utils.node.memory import hugepages, memory
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import mounts
from ansible_collections.pikube.stateful.plugins.module_utils.node.os_release import os_release
from ansible_collections.pikube.stateful.plugins.module_utils.node.pools import volume_groups, zpools
from ansible_collections.pikube.stateful.plugins.module_utils.node.power import power
from ansible_collections.pikube.stateful.plugins.module_utils.node.processor import processor
from ansible_collections.pikube.stateful.plugins.module_utils.node.services import iscsi, network_backend, reboot_required, services, time
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import units as read_units


def collect(source: Source) -> dict[str, Any]:
    """Every fact but those of the boot files, which package boot knows. What cannot be known is None, never a guess."""
    units = read_units(source)
    mounted = mounts(source.read("/proc/self/mountinfo") or "")
    architectures = architecture(source)
    running = kernel(source, [module.name for module in KERNEL_MODULES])
    system = os_release(source)
    memory_facts = memory(source, units.get("dphys-swapfile.service") if units else None)
    links = interfaces(source)
    return {
        "hostname": source.value("/proc/sys/kernel/hostname") or source.value("/etc/hostname"),
        "board": board(source, architectures["kernel"]),
        "memory": memory_facts,
        "processor": processor(source),
        "hugepages": hugepages(source),
        "architecture": architectures,
        "page_size": page_size(source),
        "kernel": running,
        "os": system,
        "cgroup": cgroup(source, mounted),
        "disks": disks(source, mounted, [swap["device"] for swap in memory_facts["swap"]]),
        "volume_groups": volume_groups(source),
        "zpools": zpools(source),
        "file_systems": file_systems(source, mounted),
        "iscsi": iscsi(source, units),
        "nvme": nvme(source),
        "time": time(source, units),
        "identity": identity(source),
        "power": power(source),
        "interfaces": links["interfaces"],
        "network": {
            "backend": network_backend(source, units),
            "default_interface": links["default_interface"],
            "ssh_interface": links["ssh_interface"],
        },
        "services": services(source, units, running["command_line"]),
        "microk8s": {"installed": source.exists("/var/snap/microk8s") or source.exists("/snap/microk8s/current")},
        "reboot_required": reboot_required(source, system["family"]),
    }
