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
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError

INTENT, ACKED, FAILED, UNKNOWN = "intent", "acked", "failed", "unknown"
KINDS = frozenset((INTENT, ACKED, FAILED, UNKNOWN))
CHAIN_LETTERS = 32  # of a SHA-256 in hexadecimal digits: enough to find what was changed, and half the file


class Event(NamedTuple):
    """at: microseconds of the controller's monotonic clock. number: of the writer's writes, from 1.

    detail: one word. Of an intent the checksum of its row; of `acked` the server that said so; of any other the class of the outage, and
    after a colon the SQLSTATE, where there was one. "-" for nothing.
    """

    at: int
    kind: str
    writer: int
    number: int
    detail: str = "-"


class Content(NamedTuple):
    """torn: whether the last line was cut off, as SIGKILL does; it says nothing then. digest: the chain of the last whole line."""

    events: list[Event]
    torn: bool
    digest: str


def beginning(run: str) -> str:
    """The chain before the first line of a run."""
    return hashlib.sha256(run.encode()).hexdigest()[:CHAIN_LETTERS]


def line(chain: str, event: Event) -> str:
    """chain: of the line before. Raises FailoverError for a detail that is not one word."""
    at, kind, writer, number, detail = event
    if not (detail.isascii() and detail.isprintable()) or " " in detail or not detail:
        raise FailoverError(f"the ledger keeps one word with an event; of write {number} of writer {writer} it was to keep {detail!r}")
    body = f" {at} {kind} {writer} {number} {detail}"
    return f"{hashlib.sha256((chain + body).encode()).hexdigest()[:CHAIN_LETTERS]}{body}\n"


class Reader:
    """Goes through the lines once, without keeping them. entries, digest and torn are of what was read so far."""

    def __init__(self, lines: Iterable[str], run: str) -> None:
        self._lines, self._run = lines, run
        self.entries, self.digest, self.torn = 0, beginning(run), False

    def __iter__(self) -> Iterator[tuple[int, str, int, int, str]]:
        """The fields of an Event, in its order. Raises FailoverError for a ledger that was changed, or that is of another run."""
        sha256, letters, kinds = hashlib.sha256, CHAIN_LETTERS, KINDS
        for text in self._lines:
            if self.torn:
                raise self._changed(self.entries + 1)
            if not text.endswith("\n"):
                self.torn = True
                continue
            self.entries += 1
            # The chain of the line before, and of this one all but its own: a new string of the two is what was hashed.
            chain = sha256((self.digest + text[letters:-1]).encode()).hexdigest()[:letters]
            if text[:letters] != chain:
                raise self._changed(self.entries)
            self.digest = chain
            try:
                _chain, at, kind, writer, number, detail = text[:-1].split(" ")
                fields = int(at), kind, int(writer), int(number), detail
            except ValueError:
                raise self._changed(self.entries) from None
            if kind not in kinds:
                raise self._changed(self.entries)
            yield fields

    def _changed(self, number: int) -> FailoverError:
        return FailoverError(
            f"the ledger of run {self._run} is not what was written: line {number} does not follow from those before it. It proves nothing;"
            " verify again",
            line=number,
        )


def read(lines: Iterable[str], run: str) -> Content:
    """All of a ledger at once; of a long one see Reader. Raises FailoverError as that does."""
    reader = Reader(lines, run)
    events = [Event(*fields) for fields in reader]
    return Content(events, reader.torn, reader.digest)


class _Batch:
    """What is written and committed at once, for all threads that noted something in it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.led = False  # whether a thread sees to its commit
        self.kept, self.gate = False, threading.Lock()  # shut until the commit is over
        self.gate.acquire()


class Ledger:
    """Appends to a file. Safe for many threads; every event is on the disk when note() returns, unless it does not wait for that.

    While one commit is under way, what other threads note is gathered for the next: however many wait, one fdatasync serves them all.
    """

    def __init__(self, stream: IO[str], run: str) -> None:
        """stream: an open file that nobody else writes to; it is written to by its descriptor."""
        self._file = stream.fileno()
        self._chain, self._noted, self._batch, self._broken = beginning(run), 0, _Batch(), ""
        self._appending, self._keeping = threading.Lock(), threading.Lock()

    @property
    def entries(self) -> int:
        return self._noted

    @property
    def digest(self) -> str:
        """The chain of the last line."""
        return self._chain

    def note(self, events: Sequence[Event], *, waits: bool = True) -> None:
        """events: at least one. Those of one call follow each other in the file.

        waits: until they are on the disk. An outcome need not be before the next intent, or flush(), has brought it there: one that a
        controller lost with its power makes its write unknown, which is never wrong.

        Raises FailoverError if they cannot be kept, and from then on for good: after a failed write nothing is known of the file's end.
        """
        with self._appending:
            chain, texts = self._chain, []
            for event in events:
                texts.append(line(chain, event))
                chain = texts[-1][:CHAIN_LETTERS]
            self._chain = chain
            self._noted += len(texts)
            batch = self._batch
            leads = waits and not batch.led
            batch.led = batch.led or waits
            batch.texts += texts
        if leads:
            self._lead(batch)
        elif waits:
            with batch.gate:
                pass
        if self._broken or (waits and not batch.kept):
            raise FailoverError(self._broken)

    def flush(self) -> None:
        """Bring to the disk what nobody waited for. Raises FailoverError as note() does."""
        with self._appending:
            batch = self._batch
            leads = bool(batch.texts) and not batch.led
            batch.led = batch.led or leads
        if leads:
            self._lead(batch)
        if self._broken:
            raise FailoverError(self._broken)

    def _lead(self, batch: _Batch) -> None:
        """By the thread that began the batch: the others wait for it, whatever becomes of it."""
        try:
            with self._keeping:
                with self._appending:
                    self._batch = _Batch()
                if not self._broken:
                    content = "".join(batch.texts).encode()
                    while content:
                        content = content[os.write(self._file, content) :]
                    os.fdatasync(self._file)
                    batch.kept = True
        except BaseException as error:
            # The kernel may drop what it could not write and report success the next time.
            what = str(error) or type(error).__name__
            self._broken = f"the ledger cannot be kept: {what}. What was acknowledged since proves nothing; make room and verify again"
            if not isinstance(error, OSError):
                raise
        finally:
            batch.gate.release()
