# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on the data: the ledger beside the rows that are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, UNKNOWN
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, NOWHERE, OPEN, Write, Writes

PASS, FAIL, NOT_KNOWN = "pass", "fail", "unknown"


class Row(NamedTuple):
    """As the database has it, in the order in which it was committed."""

    writer: int
    number: int
    checksum: str


@dataclass(frozen=True)
class Findings:
    """Writes by what is wrong with them, each list sorted. lost: acknowledged and not there. phantom: there, and said to have failed or
    never begun. damaged: there with another checksum. disordered: there after a later one of the same writer,
    which began when this one had ended.

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


def judge(writes: Writes, rows: Iterable[Row], until: int | None = None) -> Findings:
    """rows: gone through once, and not kept.

    until: when the reading of the rows began, if writes went on: of what was not acknowledged before, none has to be there. Microseconds.
    """
    there = bytearray(len(writes))
    last: dict[int, int] = {}
    strange: set[Write] = set()
    duplicated, damaged, disordered = set(), set(), set()
    place_of, differs, newest = writes.place, writes.differs, last.get
    kinds, doubtful = writes.kinds, (OPEN, CODES[UNKNOWN])
    for writer, number, checksum in rows:
        place = place_of(writer, number)
        if place == NOWHERE:
            if (writer, number) in strange:
                duplicated.add((writer, number))
            strange.add((writer, number))
        else:
            if there[place]:
                duplicated.add((writer, number))
            there[place] = 1
            if differs(place, checksum):
                damaged.add((writer, number))
        if number < newest(writer, number):
            # One whose client does not know may be committed at any time after.
            if place == NOWHERE or kinds[place] not in doubtful:
                disordered.add((writer, number))
        else:
            last[writer] = number
    acked = [place for place in writes.places(CODES[ACKED]) if until is None or writes.ended[place] <= until]
    unknown = [place for place in writes.places(OPEN, CODES[UNKNOWN]) if there[place] or until is None or writes.began[place] <= until]
    unknown_there = sum(there[place] for place in unknown)
    return Findings(
        acknowledged=len(acked),
        lost=tuple(sorted(writes.write(place) for place in acked if not there[place])),
        phantom=tuple(sorted(strange.union(writes.write(place) for place in writes.places(CODES[FAILED]) if there[place]))),
        duplicated=tuple(sorted(duplicated)),
        damaged=tuple(sorted(damaged)),
        disordered=tuple(sorted(disordered)),
        unknown_there=unknown_there,
        unknown_absent=len(unknown) - unknown_there,
    )


def rpo_seconds(writes: Writes, lost: Iterable[Write], fault_at: int | None) -> float:
    """Seconds of acknowledged writes that are gone: from the last one before the fault that is still there to the fault, or to the last
    one that is gone, if that was acknowledged later. 0 if none is lost.

    fault_at: microseconds, as in the ledger; None counts from the first that is gone.
    """
    gone = {writes.place(*write) for write in lost}
    if not gone:
        return 0.0
    ended = writes.ended
    begin = min(ended[place] for place in gone) if fault_at is None else fault_at
    end = max(begin, max(ended[place] for place in gone))
    kept = max((ended[place] for place in writes.places(CODES[ACKED]) if ended[place] <= begin and place not in gone), default=None)
    return max(0, end - (min(writes.began) if kept is None else kept)) / 1e6
