# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When writes were not taken: by the ledger alone, on the controller's monotonic clock."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, UNKNOWN
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outcomes import HUNG, LOST, class_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, OPEN, Write, Writes


class Span(NamedTuple):
    """What an attempt that began in this time met. end: None to the end of an outage that has none. Microseconds."""

    begin: int
    end: int | None
    what: str


class Outage(NamedTuple):
    """begin: when the first attempt began that was not acknowledged for good; end: when the next one was, None if none was. Microseconds.

    classes: how many attempts that began in it ended in which way: refused, hung, read-only, lost, unknown. spans: without a gap, by the
    attempt that began last.
    """

    begin: int
    end: int | None
    classes: Mapping[str, int]
    spans: tuple[Span, ...]

    def seconds(self, now: int) -> float:
        """now: end of the ledger, for an outage that has none."""
        return ((now if self.end is None else self.end) - self.begin) / 1e6


def outages(writes: Writes, lost: Collection[Write] = ()) -> list[Outage]:
    """lost: acknowledged writes that are not there, which count as not acknowledged.

    An outage ends with an acknowledgement that stays one, of an attempt that began after it.
    """
    good = writes.kinds.translate(bytes(code == CODES[ACKED] for code in range(256)))
    for write in lost:
        good[writes.place(*write)] = 0
    began = writes.began
    bad = sorted((place for place, stays in enumerate(good) if not stays), key=began.__getitem__)
    starts = [began[place] for place in bad]
    begins, ends = _answers(writes, good) if bad else ([], [])
    classes = _Classes(writes)
    found: list[Outage] = []
    first = 0
    while first < len(bad):
        begin = starts[first]
        answer = bisect_left(begins, begin)
        end = ends[answer] if answer < len(ends) else None
        behind = len(bad) if end is None else bisect_left(starts, end, first + 1)
        counts = Counter(classes.of(bad[turn]) for turn in range(first, behind))
        spans = _spans(((starts[turn], classes.of(bad[turn])) for turn in range(first, behind)), end)
        found.append(Outage(begin, end, dict(counts), spans))
        first = behind
    return found


def _answers(writes: Writes, good: bytearray) -> tuple[Sequence[int], Sequence[int]]:
    """Beginnings of the attempts that were acknowledged for good, in order; and the first acknowledgement of all from there on."""
    order = sorted((place for place, stays in enumerate(good) if stays), key=writes.began.__getitem__)
    begins = [writes.began[place] for place in order]
    ends = [writes.ended[place] for place in order]
    for turn in range(len(ends) - 2, -1, -1):
        ends[turn] = min(ends[turn], ends[turn + 1])
    return begins, ends


class _Classes:
    def __init__(self, writes: Writes) -> None:
        self._writes, self._words = writes, [class_of(word) for word in writes.vocabulary()]

    def of(self, place: int) -> str:
        kind = self._writes.kinds[place]
        if kind == CODES[ACKED]:
            return LOST
        return HUNG if kind == OPEN else self._words[self._writes.words[place]] or UNKNOWN


def _spans(attempts: Iterable[tuple[int, str]], end: int | None) -> tuple[Span, ...]:
    starts: list[tuple[int, str]] = []
    for at, what in attempts:
        if not starts or starts[-1][1] != what:
            starts.append((at, what))
    stops = [*(at for at, _what in starts[1:]), end]
    return tuple(Span(at, stop, what) for (at, what), stop in zip(starts, stops))


def class_seconds(found: Iterable[Outage], now: int) -> dict[str, float]:
    """How long attempts met which class, in all outages together. now: end of the ledger."""
    total: Counter[str] = Counter()
    for outage in found:
        for span in outage.spans:
            total[span.what] += max(0, (now if span.end is None else span.end) - span.begin)
    return {what: microseconds / 1e6 for what, microseconds in total.items()}


def longest(found: Iterable[Outage], fault_at: int | None = None) -> Outage | None:
    """The one that did not end, else the longest, of those that were not over before the fault. None without any."""
    after = [outage for outage in found if outage.end is None or fault_at is None or outage.end > fault_at]
    return max(after, key=lambda outage: (outage.end is None, outage.seconds(outage.begin)), default=None)


def rto_seconds(found: Iterable[Outage], fault_at: int | None = None) -> float | None:
    """The longest outage that was not over before the fault; 0 without one, None if the last one did not end."""
    outage = longest(found, fault_at)
    if outage is None:
        return 0.0
    return None if outage.end is None else outage.seconds(outage.end)
