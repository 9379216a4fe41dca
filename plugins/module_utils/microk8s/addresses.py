# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv4 addresses of a host from the kernel's own tables: /proc/net/fib_trie and /proc/net/route."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterator

IGNORED = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("169.254.0.0/16"))
DEFAULT = "00000000"


def local(fib_trie: str) -> list[str]:
    """All addresses of the host but loopback and link-local ones, in the kernel's order."""
    found: list[str] = []
    address = None
    for line in fib_trie.splitlines():
        leaf = re.search(r"\|-- (\d+\.\d+\.\d+\.\d+)$", line)
        if leaf:
            address = leaf.group(1)
        elif address and line.strip() == "/32 host LOCAL" and address not in found:
            found.append(address)
    return [text for text in found if not any(ipaddress.ip_address(text) in network for network in IGNORED)]


def _address(hexadecimal: str) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int.from_bytes(bytes.fromhex(hexadecimal), "little"))


def default_networks(route: str) -> list[ipaddress.IPv4Network]:
    """The networks that the interface of the default route is connected to; of several default routes the one of the least metric."""
    rows = [line.split() for line in route.splitlines()[1:] if len(line.split()) >= 8]
    defaults = sorted((row for row in rows if row[1] == row[7] == DEFAULT), key=lambda row: int(row[6]))
    if not defaults:
        return []
    connected = [row for row in rows if row[0] == defaults[0][0] and row[2] == DEFAULT and row[7] != DEFAULT]
    return [ipaddress.IPv4Network(f"{_address(row[1])}/{_address(row[7])}") for row in connected]


def _networks(text: str) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    for part in text.split(","):
        with contextlib.suppress(ValueError):  # a word that is no network leaves nothing out
            yield ipaddress.ip_network(part.strip(), strict=False)


def ordered(fib_trie: str | None, route: str | None, without: str | None = None) -> list[str]:
    """Addresses with those of the default route's interface first. without: networks, parted by commas, whose addresses are left out."""
    pods = list(_networks(without or ""))
    found = [text for text in local(fib_trie or "") if not any(ipaddress.ip_address(text) in network for network in pods)]
    networks = default_networks(route or "")
    return sorted(found, key=lambda text: not any(ipaddress.ip_address(text) in network for network in networks))
