# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is written and read while a fault is there: the table, and the arithmetic of its pace."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

QUIET = 200_000  # microseconds without an acknowledgement, after which it may be an outage
RETRY = 200_000  # microseconds between two attempts of a writer that has no session: others look for the end of an outage
LOOK_AGAIN = 250_000  # microseconds until a host is looked through again that leads to a server where writes wait for a standby
# Numbers of writers: the long-lived sessions from 1, the others from
SHORT, SPARE = 1_001, 2_001
SPARES = 8  # attempts at a time of those that look for the end of an outage
# Sessions that were given up while the server holds them still, in an outage. It keeps each until the wait for a standby is over, and has
# others to serve than these.
LEFT_BEHIND = 16

# Field -> least, most
LIMITS = {
    "writers": (1, 64),
    "rate": (1, 1_000),
    "short_per_second": (0, 20),
    "readers": (0, 8),
    "reads_per_second": (1, 100),
    "probe_ms": (5, 1_000),
    "connect_seconds": (1, 30),
    "hang_seconds": (1, 120),
    "payload_bytes": (16, 8_192),
}


@dataclass(frozen=True)
class LoadPlan:
    """writers: sessions that stay; rate: writes per second of all of them. short_per_second: sessions that write once and close.

    readers: sessions that read the row that was acknowledged last, reads_per_second each. probe_ms: between two looks for the end of an
    outage. connect_seconds: for each host. hang_seconds: after which a writer gives its session up. payload_bytes: of a row.
    """

    writers: int = 8
    rate: int = 100
    short_per_second: int = 1
    readers: int = 1
    reads_per_second: int = 10
    probe_ms: int = 15
    connect_seconds: int = 2
    hang_seconds: int = 10
    payload_bytes: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            least, most = LIMITS[field.name]
            if not least <= getattr(self, field.name) <= most:
                raise FailoverError(f"load: {field.name} is {getattr(self, field.name)}. Give {least} to {most}", field=field.name)

    @property
    def period(self) -> int:
        """Microseconds between two writes of one writer."""
        return self.writers * 1_000_000 // self.rate

    @property
    def shorts(self) -> int:
        """Threads for the sessions that write once: one that hangs must not keep all of them."""
        return min(self.short_per_second, 4)

    @property
    def resolution_ms(self) -> float:
        """How finely begin and end of an outage are seen, if this controller keeps pace."""
        return max(1000 / self.rate, self.probe_ms)


def slot(now: int, start: int, period: int, turn: int, turns: int) -> int:
    """When that one of so many that take turns is next to begin: later than now, evenly spread, and what was missed stays missed."""
    first = start + turn * period // turns
    return first if now < first else first + ((now - first) // period + 1) * period
