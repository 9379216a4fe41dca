# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long wait says while it waits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FIRST = 8.0  # seconds of silence that nobody takes for a hang
EVERY = 10.0


@dataclass(frozen=True)
class Wait:
    """One thing that is waited for.

    subject: what works, the first word of a line ("microk8s"). began: seconds of the clock that Progress has.
    usual: shortest and longest usual time in seconds, or None.
    """

    subject: str
    node: str
    what: str
    began: float
    usual: tuple[float, float] | None = None

    def line(self, now: float) -> str:
        usual = f", usually {self.usual[0]:.0f} to {self.usual[1]:.0f} s" if self.usual else ""
        return f"{self.subject}: {self.node} {self.what} ({max(now - self.began, 0):.0f} s{usual})"


@dataclass(frozen=True)
class Said:
    """The last line: when, and of which wait."""

    at: float
    what: str


def due(wait: Wait, said: Said | None, start: float, now: float, first: float = FIRST, every: float = EVERY) -> float:
    """Seconds until the next line has to be said, 0 if it is time.

    start: when the whole task began. The first line comes `first` seconds after it, a change of what is waited for is said at once after
    that, and `every` seconds pass between two lines of the same text.
    """
    if said is None:
        return max(start + first - now, 0.0)
    if said.what != wait.what:
        return 0.0
    return max(said.at + every - now, 0.0)


class Progress:
    """Says lines from a thread of its own while a `with` block waits; a block that is over in time says nothing.

    say: gets each line. record: gets each change of what is waited for as {t, node, what, since}, t and since in seconds since 1970.
    """

    def __init__(
        self,
        say: Callable[[str], Any],
        *,
        record: Callable[[dict[str, Any]], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
        first: float = FIRST,
        every: float = EVERY,
    ) -> None:
        self._say = say
        self._record = record
        self._clock = clock
        self._first = first
        self._every = every
        self._changed = threading.Condition()
        self._wait: Wait | None = None
        self._said: Said | None = None
        self._start = clock()
        self._over = False
        self._thread: threading.Thread | None = None

    def waits(self, subject: str, node: str, what: str, usual: tuple[float, float] | None = None, *, goes_on: bool = False) -> None:
        """Name what is waited for from now on.

        The time goes on counting while subject, node and usual time stay the same, without a usual time if goes_on says so.
        """
        with self._changed:
            now = self._clock()
            last = self._wait
            same = last is not None and (last.subject, last.node, last.usual) == (subject, node, usual)
            if same and last.what == what:
                return
            self._wait = Wait(subject, node, what, last.began if same and (usual or goes_on) else now, usual)
            if self._record:
                moment = time.time()
                self._record({"t": moment, "node": node, "what": what, "since": moment - (now - self._wait.began)})
            self._changed.notify_all()

    def __enter__(self) -> Progress:
        self._start = self._clock()
        self._thread = threading.Thread(target=self._speak, name="progress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()

    def _speak(self) -> None:
        with self._changed:
            while not self._over:
                now = self._clock()
                pause = due(self._wait, self._said, self._start, now, self._first, self._every) if self._wait else None
                if pause == 0.0:
                    self._said = Said(now, self._wait.what)
                    self._say(self._wait.line(now))
                else:
                    self._changed.wait(pause)


def journal(path: str) -> Callable[[dict[str, Any]], None]:
    """A record for Progress that appends one JSON object a line to a file."""

    def append(step: dict[str, Any]) -> None:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - one short append, also on nodes
            file.write(json.dumps(step) + "\n")

    return append
