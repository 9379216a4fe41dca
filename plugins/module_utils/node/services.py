# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of the operating system that a cluster depends on or that get in its way: time, iSCSI, network, first boot, upgrades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.pikube.stateful.plugins.module_utils.node.identity import initiator_name
from ansible_collections.pikube.stateful.plugins.module_utils.node.interfaces import backend
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import NOT_INSTALLED, Unit

Units = Optional[Mapping[str, Unit]]
# unit -> name in the facts
TIME_SERVICES = {
    "systemd-timesyncd.service": "systemd-timesyncd",
    "chrony.service": "chrony",
    "chronyd.service": "chrony",
    "ntpsec.service": "ntpsec",
    "openntpd.service": "openntpd",
}


def _enabled(units: Units, name: str) -> bool | None:
    return None if units is None else units.get(name, NOT_INSTALLED).enabled


def _active(units: Units, name: str) -> bool | None:
    return None if units is None else units.get(name, NOT_INSTALLED).active


def iscsi(source: Source, units: Units) -> dict[str, Any]:
    """The iSCSI initiator."""
    return {
        "installed": any(source.exists(path) for path in ("/usr/sbin/iscsid", "/sbin/iscsid")),
        "initiator_name": initiator_name(source),
        "iscsid_enabled": _enabled(units, "iscsid.service"),
        "iscsid_active": _active(units, "iscsid.service"),
    }


def _zone(source: Source) -> str | None:
    link = source.link("/etc/localtime")
    return link.partition("zoneinfo/")[2] or None if link else source.value("/etc/timezone")


def time(source: Source, units: Units) -> dict[str, Any]:
    """Whether the clock follows a source (the kernel's own word, whichever service sets it), who sets it, and the time zone."""
    shown = source.output(["timedatectl", "show", "--property=NTPSynchronized", "--property=Timezone"]) or ""
    values = dict(line.partition("=")[::2] for line in shown.splitlines())
    synchronized: bool | None = {"yes": True, "no": False}.get(values.get("NTPSynchronized", ""))
    if synchronized is None and source.exists("/run/systemd/timesync/synchronized"):
        synchronized = True
    running = [name for unit, name in TIME_SERVICES.items() if _active(units, unit)]
    return {
        "synchronized": synchronized,
        "service": running[0] if running else None,
        "timezone": values.get("Timezone") or _zone(source),
    }


def network_backend(source: Source, units: Units) -> str | None:
    """See interfaces.backend."""
    files = [source.read(f"/etc/netplan/{name}") or "" for name in source.names("/etc/netplan") if name.endswith(".yaml")]
    return backend(
        files,
        network_manager=bool(_active(units, "NetworkManager.service")),
        networkd=bool(_active(units, "systemd-networkd.service")),
        dhcpcd=bool(_active(units, "dhcpcd.service")),
    )


def services(source: Source, units: Units, command_line: str | None) -> dict[str, bool | None]:
    """Services that may rewrite or restart what the collection sets up."""
    disabled = source.exists("/etc/cloud/cloud-init.disabled") or "cloud-init=disabled" in (command_line or "").split()
    return {
        "cloud_init": source.exists("/usr/bin/cloud-init") and not disabled,
        "unattended_upgrades": _enabled(units, "unattended-upgrades.service"),
        "ssh_socket": _active(units, "ssh.socket"),
    }


def reboot_required(source: Source, os_family: str | None) -> bool | None:
    """What packages asked for. None where no file says so and none would: only Ubuntu's packages write it without fail."""
    if source.exists("/run/reboot-required") or source.exists("/var/run/reboot-required"):
        return True
    return False if os_family == "ubuntu" else None
