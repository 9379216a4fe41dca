# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of a Wi-Fi network as a value: DHCP, or a fixed IPv4 address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

METRIC_MAX = 2**32 - 1


@dataclass(frozen=True)
class Addressing:
    """How a network gives the node its address. Without an address: DHCP. IPv6 stays automatic.

    address: "10.0.0.11/24"; gateway: an address of that subnet; metric: of the routes, lower is preferred.
    """

    address: str | None = None
    gateway: str | None = None
    nameservers: tuple[str, ...] = ()
    metric: int | None = None

    @property
    def dhcp(self) -> bool:
        return self.address is None

    def nameservers_of(self, version: int) -> list[str]:
        """The nameservers of one IP version (4 or 6), in their order."""
        return [server for server in self.nameservers if ipaddress.ip_address(server).version == version]

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Addressing:
        """Take the options of a network that addressing_problems() has nothing to say about."""
        metric = options.get("metric")
        return cls(
            address=options.get("address"),
            gateway=options.get("gateway"),
            nameservers=tuple(options.get("nameservers") or ()),
            metric=None if metric is None else int(metric),
        )


def addressing_problems(options: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with address, gateway, nameservers and metric; an empty list if nothing is."""
    address, gateway = options.get("address"), options.get("gateway")
    problems = []
    interface = None
    if address is not None:
        interface, text = _interface(address)
        problems += text
    if gateway is not None:
        problems += _gateway_problems(gateway, address, interface)
    nameservers = options.get("nameservers")
    if nameservers is not None:
        problems += _nameserver_problems(nameservers)
    metric = options.get("metric")
    if metric is not None and not is_integer(metric, 0, METRIC_MAX):
        problems.append(f'metric "{metric}" is not a whole number from 0 to {METRIC_MAX}; Ethernet usually has 100, Wi-Fi 600')
    return problems


def is_integer(value: Any, low: int, high: int) -> bool:
    """Whether the value is a whole number in the range, as a number or as its text (inventories in INI have only text)."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return False
    try:
        return low <= int(value) <= high
    except ValueError:
        return False


def _interface(address: Any) -> tuple[ipaddress.IPv4Interface | None, list[str]]:
    text = str(address)
    if "/" not in text:
        return None, [f'address "{text}" has no prefix length; write it like "{text}/24"']
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        return None, [f'address "{text}" is not an address with a prefix length, such as "10.0.0.11/24"']
    if not isinstance(interface, ipaddress.IPv4Interface):
        return None, [
            f'address "{text}" is IPv6; a fixed address is IPv4 here and IPv6 stays automatic. Leave it out or give the IPv4 address'
        ]
    prefix = text.partition("/")[2]
    if not prefix.isdigit():
        return None, [f'address "{text}" has a netmask; write the prefix length: "{interface.with_prefixlen}"']
    network = interface.network
    if network.prefixlen < 31 and interface.ip in (network.network_address, network.broadcast_address):
        kind = "network" if interface.ip == network.network_address else "broadcast"
        return None, [f'address "{text}" is the {kind} address of {network}; choose one between them']
    return interface, []


def _gateway_problems(gateway: Any, address: Any, interface: ipaddress.IPv4Interface | None) -> list[str]:
    try:
        router = ipaddress.IPv4Address(str(gateway))
    except ValueError:
        return [f'gateway "{gateway}" is not an IPv4 address, such as "10.0.0.1"']
    if address is None:
        return [
            f'gateway "{router}" without an address; DHCP brings its own. Give an address with prefix length too, or leave the gateway out'
        ]
    if interface is None:
        return []  # the address has a problem of its own
    if router == interface.ip:
        return [f'gateway "{router}" is the address of the node itself; give the address of the router']
    if router not in interface.network:
        return [
            f'gateway "{router}" is not in the subnet {interface.network} of address "{address}"; check the prefix length and the gateway'
        ]
    return []


def _nameserver_problems(nameservers: Any) -> list[str]:
    if isinstance(nameservers, str) or not isinstance(nameservers, (list, tuple)):
        return [f'nameservers is not a list; write nameservers: ["{nameservers}"]']
    problems = []
    for server in nameservers:
        try:
            ipaddress.ip_address(str(server))
        except ValueError:
            problems.append(f'nameserver "{server}" is not an IP address; a name cannot be looked up before there is a nameserver')
    return problems
