# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network interfaces of a node, and which of them carries what."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source, whole

ETHERNET = 1  # ARPHRD_ETHER in "type"
ROUTE_UP = 0x1
PARENTS = 16  # between the module and the session: shells, sudo, Python


def addresses(text: str | None) -> dict[str, list[str]] | None:
    """Interface -> its global addresses with prefix length, from "ip -json address"; None if that is not to be had."""
    try:
        links = json.loads(text or "")
        return {
            link["ifname"]: [
                f"{found['local']}/{found['prefixlen']}" for found in link.get("addr_info", []) if found.get("scope") == "global"
            ]
            for link in links
            if "ifname" in link
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def default_interface(route: str, ipv6_route: str) -> str | None:
    """The interface of the default route with the lowest metric, from /proc/net/route, else from /proc/net/ipv6_route."""
    found = []
    for line in route.splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and words[1] == words[7] == "00000000" and (whole(words[3], 16) or 0) & ROUTE_UP:
            found.append((whole(words[6]) or 0, words[0]))
    if not found:
        for line in ipv6_route.splitlines():
            words = line.split()
            if len(words) > 9 and words[0] == "0" * 32 and words[1] == "00" and (whole(words[8], 16) or 0) & ROUTE_UP and words[9] != "lo":
                found.append((whole(words[5], 16) or 0, words[9]))
    return min(found)[1] if found else None


def ssh_server_address(source: Source) -> str | None:
    """The node's end of the ssh connection that the module runs over.

    sudo drops the variable, so the environments of the processes above this one are asked too. None if the module does not run over ssh.
    """
    process = "self"
    for _level in range(PARENTS):
        environment = source.read(f"/proc/{process}/environ") or ""
        found = re.search(r"(?:^|\0)SSH_CONNECTION=\S+ \d+ (\S+) \d+", environment)
        if found:
            return found.group(1)
        parent = re.search(r"^PPid:\s+(\d+)$", source.read(f"/proc/{process}/status") or "", re.MULTILINE)
        if parent is None or parent.group(1) in ("0", "1"):
            return None
        process = parent.group(1)
    return None


def carrying(address: str | None, by_interface: dict[str, list[str]]) -> str | None:
    """The interface with an address."""
    try:
        wanted = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    wanted = getattr(wanted, "ipv4_mapped", None) or wanted
    for name, found in by_interface.items():
        if any(ipaddress.ip_interface(each).ip == wanted for each in found):
            return name
    return None


def _interface(source: Source, name: str, by_interface: dict[str, list[str]] | None) -> dict[str, Any]:
    home = f"/sys/class/net/{name}"
    hardware = source.exists(f"{home}/device")
    wireless = source.exists(f"{home}/wireless") or source.exists(f"{home}/phy80211")
    wired = hardware and source.number(f"{home}/type") == ETHERNET
    driver = source.link(f"{home}/device/driver")
    speed = source.number(f"{home}/speed")
    return {
        "name": name,
        "kind": "wifi" if wireless else "ethernet" if wired else "other",
        "mac": source.value(f"{home}/address"),
        "driver": driver.rpartition("/")[2] if driver else None,
        "carrier": {"1": True, "0": False}.get(source.value(f"{home}/carrier") or ""),
        "speed_mbps": speed if speed is not None and speed > 0 else None,
        "addresses": by_interface.get(name, []) if by_interface is not None else None,
    }


def interfaces(source: Source) -> dict[str, Any]:
    """interfaces: those of hardware, and any other that the node is reached over. default_interface, ssh_interface: names."""
    by_interface = addresses(source.output(["ip", "-json", "address"]))
    default = default_interface(source.read("/proc/net/route") or "", source.read("/proc/net/ipv6_route") or "")
    over_ssh = carrying(ssh_server_address(source), by_interface or {})
    names = [
        name for name in source.names("/sys/class/net") if source.exists(f"/sys/class/net/{name}/device") or name in (default, over_ssh)
    ]
    return {
        "interfaces": [_interface(source, name, by_interface) for name in names],
        "default_interface": default,
        "ssh_interface": over_ssh,
    }


def backend(netplan_files: Iterable[str], network_manager: bool, networkd: bool, dhcpcd: bool) -> str | None:
    """Who configures the network: networkmanager, netplan-networkmanager, netplan-networkd, dhcpcd; None if none of them runs.

    netplan_files: the texts of /etc/netplan/*.yaml. The others: whether the service runs. Where both of netplan's back ends run, the one
    counts that a file names.
    """
    texts = list(netplan_files)
    if network_manager and networkd and texts:
        named = any(re.search(r"^\s*renderer:\s*[\"']?NetworkManager", text, re.MULTILINE) for text in texts)
        return "netplan-networkmanager" if named else "netplan-networkd"
    if network_manager:
        return "netplan-networkmanager" if texts else "networkmanager"
    if networkd:
        return "netplan-networkd" if texts else None
    return "dhcpcd" if dhcpcd else None
