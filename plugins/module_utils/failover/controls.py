# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves the judge: a true ledger and its rows, made wrong on purpose in each way that there is; every one must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, CHAIN_LETTERS, INTENT, Event, beginning, line
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, Findings, Row, Write, judge
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import Writes

STRANGER: Write = (2**31 - 1, 1)  # the last writer that fits the table: none of a run


class Control(NamedTuple):
    """finds: the list of Findings that must name the write. stranger: whether that is a write that was never made."""

    id: str
    what: str
    finds: str
    tamper: Callable[[Iterable[Row], Row], Iterable[Row]]
    stranger: bool = False


def _deleted(rows: Iterable[Row], row: Row) -> Iterator[Row]:
    return (each for each in rows if each[:2] != row[:2])


def _twice(rows: Iterable[Row], row: Row) -> Iterator[Row]:
    return chain(rows, (row,))


def _changed(rows: Iterable[Row], row: Row) -> Iterator[Row]:
    return (each._replace(checksum=f"not-{each.checksum}") if each[:2] == row[:2] else each for each in rows)


def _late(rows: Iterable[Row], row: Row) -> Iterator[Row]:
    return chain(_deleted(rows, row), (row,))


def _of_nobody(rows: Iterable[Row], row: Row) -> Iterator[Row]:
    return chain(rows, (Row(*STRANGER, row.checksum),))


CONTROLS = (
    Control("deleted-row", "the row of an acknowledged write is deleted", "lost", _deleted),
    Control("duplicated-row", "a row is there twice", "duplicated", _twice),
    Control("changed-checksum", "a row is there with another checksum", "damaged", _changed),
    Control("row-out-of-order", "a row comes after a later one of its writer", "disordered", _late),
    Control("row-of-nobody", "a row is there that no writer began", "phantom", _of_nobody, stranger=True),
)
FORGED = "forged-acknowledgement"


def forged(lines: Iterable[str], run: str) -> Iterator[str]:
    """The ledger, and at its end the acknowledgement of a write that was never made: with a chain that is right."""
    last, at = beginning(run), 0
    for text in lines:
        last, at = text[:CHAIN_LETTERS], int(text.split(" ", 2)[1])
        yield text
    for kind, detail in ((INTENT, "forged"), (ACKED, "-")):
        text = line(last, Event(at, kind, *STRANGER, detail))
        last = text[:CHAIN_LETTERS]
        yield text


def prove(judged: Callable[[Iterable[Row]], Findings], rows: Callable[[], Iterable[Row]], row: Row) -> dict[str, bool]:
    """Whether each of CONTROLS was found, by its id.

    judged: the judge with the ledger. rows: a new iterator over them. row: acknowledged, there, and not the last of its writer.
    """
    return {
        control.id: _found(judged(control.tamper(rows(), row)), control.finds, STRANGER if control.stranger else (row.writer, row.number))
        for control in CONTROLS
    }


def prove_forged(events: Iterable[tuple[int, str, int, int, str]], rows: Iterable[Row]) -> bool:
    """events: as ledger.Reader gives them of forged()."""
    return _found(judge(Writes.of(events), rows), "lost", STRANGER)


def _found(findings: Findings, name: str, write: Write) -> bool:
    return findings.verdict == FAIL and write in getattr(findings, name)
