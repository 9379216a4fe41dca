# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When writes were not taken: by the ledger alone, on the controller's monotonic clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Write, outcomes


class Outage(NamedTuple):
    """begin: when the first attempt began that was not acknowledged for good; end: when the next one was, None if none was. Microseconds.

    classes: how many attempts ended in which way, by the detail of their outcome.
    """

    begin: int
    end: int | None
    classes: Mapping[str, int]

    def seconds(self, now: int) -> float:
        """now: end of the ledger, for an outage that has none."""
        return ((now if self.end is None else self.end) - self.begin) / 1e6


def outages(events: Sequence[Event], lost: Collection[Write] = ()) -> list[Outage]:
    """events: in the order of their time. lost: acknowledged writes that are not there, which count as not acknowledged.

    An outage ends with an acknowledgement that stays one, of an attempt that began after it.
    """
    gone, ended = set(lost), outcomes(events)
    began: dict[Write, int] = {}
    found: list[Outage] = []
    begin: int | None = None
    classes: Counter[str] = Counter()
    for event in events:
        write = (event.writer, event.number)
        good = ended[write] == ACKED and write not in gone
        if event.kind == INTENT:
            began[write] = event.at
            if begin is None and not good:
                begin, classes = event.at, Counter()
        elif event.kind in (FAILED, UNKNOWN) or not good:
            classes[event.detail if event.kind != ACKED else "lost"] += 1
        elif begin is not None and began.get(write, event.at) >= begin:
            found.append(Outage(begin, event.at, dict(classes)))
            begin = None
    if begin is not None:
        found.append(Outage(begin, None, dict(classes)))
    return found


def rto_seconds(events: Sequence[Event], lost: Collection[Write] = ()) -> float | None:
    """The longest outage; 0 without one, None if the last one did not end."""
    found = outages(events, lost)
    if any(outage.end is None for outage in found):
        return None
    return max((outage.seconds(outage.begin) for outage in found), default=0.0)
