# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of a run: whole microseconds of the controller's monotonic clock, and what they are by the wall clock for those who read them."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import NamedTuple

MICRO = 1_000_000


def now() -> int:
    """Microseconds of the monotonic clock; another machine, or this one after a start, counts from elsewhere."""
    return time.monotonic_ns() // 1000


class Moment(NamedTuple):
    """One moment by both clocks. at: microseconds, monotonic. wall: seconds since 1970, UTC.

    The wall clock may be set while a run lasts; every other moment is reckoned from this one, so that nothing jumps.
    """

    at: int
    wall: float

    def wall_at(self, at: int) -> float:
        return self.wall + (at - self.at) / MICRO

    def text(self, at: int) -> str:
        """By RFC 3339, in UTC, with milliseconds."""
        # datetime rounds towards zero: half a millisecond more makes it the nearest one.
        moment = datetime.fromtimestamp(round(self.wall_at(at), 3), timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment() -> Moment:
    """Now, by both clocks."""
    return Moment(now(), time.time())


def seconds(at: int, since: int) -> float:
    """From one moment to the other, negative for one before it."""
    return (at - since) / MICRO
