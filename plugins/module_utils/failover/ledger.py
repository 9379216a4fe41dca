# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients were told of each write, outside of the database: lines that are on the disk before the next step, each chained to the last.

A write begins with an intent and ends with an outcome; one without an outcome is unknown.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable, Sequence
from typing import IO, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

INTENT, ACKED, FAILED, UNKNOWN = "intent", "acked", "failed", "unknown"
KINDS = frozenset((INTENT, ACKED, FAILED, UNKNOWN))
CHAIN_LETTERS = 32  # of a SHA-256 in hexadecimal digits: enough to find what was changed, and half the file


class Event(NamedTuple):
    """at: microseconds of the controller's monotonic clock. number: of the writer's writes, from 1, without a gap.

    detail: of an intent the checksum of its row; of any other what was said, in one word.
    """

    at: int
    kind: str
    writer: int
    number: int
    detail: str = "-"


class Content(NamedTuple):
    """torn: whether the last line was cut off, as SIGKILL does; it says nothing then."""

    events: list[Event]
    torn: bool


def beginning(run: str) -> str:
    """The chain before the first line of a run."""
    return hashlib.sha256(run.encode()).hexdigest()[:CHAIN_LETTERS]


def line(chain: str, event: Event) -> str:
    """chain: of the line before."""
    body = f"{event.at} {event.kind} {event.writer} {event.number} {event.detail}"
    return f"{_next(chain, body)} {body}\n"


def _next(chain: str, body: str) -> str:
    return hashlib.sha256(f"{chain} {body}".encode()).hexdigest()[:CHAIN_LETTERS]


def read(lines: Iterable[str], run: str) -> Content:
    """Raises FailoverError for a ledger that was changed, or that is of another run."""
    chain, events = beginning(run), []
    for number, text in enumerate(lines, 1):
        if not text.endswith("\n"):
            return Content(events, True)
        kept, _blank, body = text[:-1].partition(" ")
        if kept != _next(chain, body):
            raise FailoverError(
                f"the ledger of run {run} is not what was written: line {number} does not follow from those before it. It proves nothing;"
                " verify again",
                line=number,
            )
        chain = kept
        at, kind, writer, of_writer, detail = body.split(" ", 4)
        events.append(Event(int(at), kind, int(writer), int(of_writer), detail))
    return Content(events, False)


class Ledger:
    """Appends to a file. Safe for several threads; every event is on the disk when note() returns."""

    def __init__(self, stream: IO[str], run: str) -> None:
        self._stream, self._chain, self._lock = stream, beginning(run), threading.Lock()

    def note(self, events: Sequence[Event]) -> None:
        with self._lock:
            for event in events:
                text = line(self._chain, event)
                self._chain = text[:CHAIN_LETTERS]
                self._stream.write(text)
            self._stream.flush()
            os.fdatasync(self._stream.fileno())
