# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger as columns: a place for each write, in the order in which they were begun. A million events are 60 MB so."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN

Write = tuple[int, int]  # writer, number
OPEN = 0  # of a write without an outcome
CODES = {UNKNOWN: 1, FAILED: 2, ACKED: 3}
NOWHERE = -1
_ACKED = CODES[ACKED]


class Writes:
    """began, ended: microseconds; ended is that of began for a write without an outcome. kinds: of CODES, or OPEN.

    words: index of what its outcome said, see word(). Whatever was acknowledged once stays so; else the last outcome counts.
    """

    def __init__(self) -> None:
        self.began, self.ended = array("q"), array("q")
        self.kinds = bytearray()
        self.words = array("l")
        self.writers, self.numbers = array("q"), array("q")
        self._sums = array("q")
        self._vocabulary: dict[str, int] = {"-": 0}
        self._places: dict[int, int] = {}

    @classmethod
    def of(cls, events: Iterable[tuple[int, str, int, int, str]]) -> Writes:
        """events: as ledger.Event or ledger.Reader has them."""
        found = cls()
        places, begin = found._places, found._begin
        began, ended, kinds, words, sums, vocabulary = found.began, found.ended, found.kinds, found.words, found._sums, found._vocabulary
        codes = CODES
        for at, kind, writer, number, detail in events:
            key = _key(writer, number)
            place = places.get(key)
            if place is None:
                # An outcome without an intent, which only a forged ledger has, begins where it ends.
                place = begin(key, at, writer, number)
            if kind == INTENT:
                began[place] = at
                sums[place] = hash(detail)
            elif kinds[place] != _ACKED:
                kinds[place] = codes[kind]
                ended[place] = at
                words[place] = vocabulary.setdefault(detail, len(vocabulary))
        return found

    def _begin(self, key: int, at: int, writer: int, number: int) -> int:
        place = self._places[key] = len(self.kinds)
        self.began.append(at)
        self.ended.append(at)
        self.kinds.append(OPEN)
        self.words.append(0)
        self.writers.append(writer)
        self.numbers.append(number)
        self._sums.append(0)
        return place

    def __len__(self) -> int:
        return len(self.kinds)

    def place(self, writer: int, number: int) -> int:
        """NOWHERE for a write that was not begun."""
        return self._places.get(_key(writer, number), NOWHERE)

    def write(self, place: int) -> Write:
        return self.writers[place], self.numbers[place]

    def places(self, *codes: int) -> Iterator[int]:
        """Of the writes that ended so."""
        wanted = frozenset(codes)
        return (place for place, kind in enumerate(self.kinds) if kind in wanted)

    def differs(self, place: int, checksum: str) -> bool:
        """Whether the intent had another checksum. They are kept as hashes of 64 bits, which no other process can know in advance."""
        return self._sums[place] not in (0, hash(checksum))

    def vocabulary(self) -> list[str]:
        """The words that outcomes said, by the index in `words`."""
        return list(self._vocabulary)


def _key(writer: int, number: int) -> int:
    # One number for two that fit the integer of the table: a third of the memory of a tuple.
    return number << 32 ^ (writer & 0xFFFFFFFF)
