# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on the data: the ledger beside the rows that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event

PASS, FAIL, NOT_KNOWN = "pass", "fail", "unknown"
Write = tuple[int, int]  # writer, number


class Row(NamedTuple):
    """As the database has it, in the order in which it was committed."""

    writer: int
    number: int
    checksum: str


@dataclass(frozen=True)
class Findings:
    """Writes by what is wrong with them, each list sorted. lost: acknowledged and not there. phantom: there, and said to have failed or
    never begun. damaged: there with another checksum. disordered: there after a later one of the same writer.

    unknown_there, unknown_absent: of writes whose client does not know; neither is wrong.
    """

    acknowledged: int
    lost: tuple[Write, ...]
    phantom: tuple[Write, ...]
    duplicated: tuple[Write, ...]
    damaged: tuple[Write, ...]
    disordered: tuple[Write, ...]
    unknown_there: int
    unknown_absent: int

    @property
    def verdict(self) -> str:
        """pass needs something that was acknowledged: nothing lost of nothing proves nothing."""
        if self.lost or self.phantom or self.duplicated or self.damaged or self.disordered:
            return FAIL
        return PASS if self.acknowledged else NOT_KNOWN


def outcomes(events: Iterable[Event]) -> dict[Write, str]:
    """Of each write; one without an outcome is unknown. Whatever was acknowledged once stays so."""
    found: dict[Write, str] = {}
    for event in events:
        write = (event.writer, event.number)
        if event.kind == INTENT:
            found.setdefault(write, UNKNOWN)
        elif found.get(write) != ACKED:
            found[write] = event.kind
    return found


def judge(events: Sequence[Event], rows: Sequence[Row]) -> Findings:
    ended = outcomes(events)
    wanted = {(event.writer, event.number): event.detail for event in events if event.kind == INTENT}
    there = Counter((row.writer, row.number) for row in rows)
    unknown = [write for write, kind in ended.items() if kind == UNKNOWN]
    last: dict[int, int] = {}
    disordered = set()
    for row in rows:
        if row.number < last.get(row.writer, 0):
            disordered.add((row.writer, row.number))
        last[row.writer] = max(row.number, last.get(row.writer, 0))
    return Findings(
        acknowledged=sum(kind == ACKED for kind in ended.values()),
        lost=tuple(sorted(write for write, kind in ended.items() if kind == ACKED and write not in there)),
        phantom=tuple(sorted(write for write in there if ended.get(write, FAILED) == FAILED)),
        duplicated=tuple(sorted(write for write, count in there.items() if count > 1)),
        damaged=tuple(
            sorted({(row.writer, row.number) for row in rows if wanted.get((row.writer, row.number), row.checksum) != row.checksum})
        ),
        disordered=tuple(sorted(disordered)),
        unknown_there=sum(write in there for write in unknown),
        unknown_absent=sum(write not in there for write in unknown),
    )


def rpo_seconds(events: Sequence[Event], lost: Sequence[Write], fault_at: int) -> float:
    """Seconds of acknowledged writes that are gone: from the last one before the fault that is still there to the fault. 0 if none is lost.

    fault_at: microseconds, as in the ledger.
    """
    if not lost:
        return 0.0
    gone = set(lost)
    kept = [event.at for event in events if event.kind == ACKED and event.at <= fault_at and (event.writer, event.number) not in gone]
    first = min((event.at for event in events), default=fault_at)
    return max(0, fault_at - max(kept, default=first)) / 1e6
