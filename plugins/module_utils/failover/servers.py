# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers acknowledged writes, and whether two of them did by turns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, Writes


class Server(NamedTuple):
    """first, last: its first and last acknowledgement. began: when the last attempt began that it acknowledged. Microseconds."""

    first: int
    last: int
    began: int
    acked: int


class Overlap(NamedTuple):
    """older took writes, then newer did, then older again. begin: first acknowledgement of newer; end: of the last attempt that began after
    it, and that older acknowledged. Microseconds.
    """

    older: str
    newer: str
    begin: int
    end: int


def servers(writes: Writes) -> dict[str, Server]:
    """By what the ledger has of an acknowledgement; those that name no server are left out."""
    names = writes.vocabulary()
    found: dict[int, list[int]] = {}
    for place in writes.places(CODES[ACKED]):
        word, began, ended = writes.words[place], writes.began[place], writes.ended[place]
        seen = found.get(word)
        if seen is None:
            found[word] = [ended, ended, began, 1]
            continue
        if ended < seen[0]:
            seen[0] = ended
        if ended > seen[1]:
            seen[1] = ended
        if began > seen[2]:
            seen[2] = began
        seen[3] += 1
    return {names[word]: Server(*seen) for word, seen in sorted(found.items(), key=lambda item: item[1]) if names[word] != "-"}


def two_writers(found: Mapping[str, Server]) -> list[Overlap]:
    """Each pair of servers of which one took a write, then the other, then the first one again.

    Only an attempt that began after the other's acknowledgement counts as taken again: an answer may come late from a healed network.
    A primary that was moved away and back on purpose looks the same; no fault of a run does that.
    """
    return [
        Overlap(older, newer, found[newer].first, found[older].last)
        for older, newer in permutations(found, 2)
        if found[older].first < found[newer].first < found[older].began
    ]
