# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for the end of an outage while clients hang: plain connections cost little, and each that is taken gets a whole attempt."""

from __future__ import annotations

import errno
import select
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

GAPS = 5  # of the last looks, by which it is said how finely an end was seen


class Address(NamedTuple):
    """family: of the socket module. address: as sockets take it."""

    host: str
    family: int
    address: tuple


def resolved(hosts: Sequence[str], port: int) -> list[Address]:
    """Each once. Raises OSError for a name that nobody knows."""
    found = []
    for host in hosts:
        family, _type, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found.append(Address(host, family, address))
    return found


def due(taken: Mapping[str, bool], turn: int) -> list[str]:
    """Hosts to be asked now, by whether each took the last connection: those that did not all the time, which costs no server anything;
    of the others one in turn."""
    silent = [host for host, was in taken.items() if not was]
    others = [host for host, was in taken.items() if was]
    return silent + ([others[turn % len(others)]] if others else [])


class Prober:
    """found: called with each host that took a connection. limit: microseconds after which a connection is given up."""

    def __init__(self, addresses: Sequence[Address], limit: int, found: Callable[[str], object]) -> None:
        self._addresses = {address.host: address for address in addresses}
        self._limit, self._found = limit, found
        self._poll = select.poll()
        self._open: dict[int, tuple[socket.socket, str, int]] = {}
        self._taken = dict.fromkeys(self._addresses, False)
        self._turn = 0
        self._looked_at: int | None = None
        self._gaps: deque[int] = deque(maxlen=GAPS)

    def look(self, now: int) -> None:
        """Begins connections, and gives up those that are too old."""
        if self._looked_at is not None:
            self._gaps.append(now - self._looked_at)
        self._looked_at = now
        for descriptor, (_socket, host, at) in list(self._open.items()):
            if now - at >= self._limit:
                self._ended(descriptor, host, False)
        self._turn += 1
        for host in due(self._taken, self._turn):
            self._begin(self._addresses[host], now)

    def wait(self, until: int, clock: Callable[[], int]) -> None:
        """Until then, and tells at once which connections were taken."""
        while (left := until - clock()) > 0:
            for descriptor, _event in self._poll.poll(left / 1000):
                host = self._open[descriptor][1]
                self._ended(descriptor, host, self._open[descriptor][0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0)

    def rest(self) -> int:
        """The outage is over. Returns the longest of the last gaps between two looks, in microseconds, 0 after less than GAPS of them."""
        for descriptor, (_socket, host, _at) in list(self._open.items()):
            self._ended(descriptor, host, None)
        gap = max(self._gaps) if len(self._gaps) == GAPS else 0
        self._gaps.clear()
        self._taken, self._looked_at = dict.fromkeys(self._taken, False), None
        return gap

    def _begin(self, address: Address, now: int) -> None:
        try:
            opened = socket.socket(address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError:  # no descriptor is left
            return
        result = opened.connect_ex(address.address)
        if result not in (0, errno.EINPROGRESS):
            opened.close()
            self._taken[address.host] = False
            return
        self._open[opened.fileno()] = (opened, address.host, now)
        self._poll.register(opened.fileno(), select.POLLOUT)

    def _ended(self, descriptor: int, host: str, taken: bool | None) -> None:
        """taken: None for one of which it is not known."""
        self._poll.unregister(descriptor)
        self._open.pop(descriptor)[0].close()
        if taken is not None:
            self._taken[host] = taken
        if taken:
            self._found(host)
