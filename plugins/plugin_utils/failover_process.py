# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that outlives whoever started it for as long as it takes to undo what it did.

Ansible ends a task by ending its worker, of which nothing can be asked then. So the work is in a child with a session of its own: it sees
that the worker is gone by the end of a pipe, and undoes.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK = 0.5


class Interrupted(KeyboardInterrupt):
    """Somebody wants the end of it. Not to be caught by what takes any error for one that may pass."""


class Interrupts:
    """Turns signals into one Interrupted in the main thread; further ones are in nobody's way while the run undoes."""

    def __init__(self) -> None:
        self.reason = ""

    def heed(self) -> None:
        for number in ASKED:
            signal.signal(number, self._asked)

    def ask(self, reason: str) -> None:
        """From any thread."""
        self.reason = self.reason or reason
        os.kill(os.getpid(), signal.SIGTERM)

    def _asked(self, number: int, _frame: Any) -> None:
        for each in ASKED:
            signal.signal(each, signal.SIG_IGN)
        self.reason = self.reason or f"it was ended by {signal.Signals(number).name}"
        raise Interrupted(self.reason)


def started(work: Callable[[Interrupts], Any]) -> tuple[int, int]:
    """The child's process and a descriptor that keeps it going while it is open. work: does everything, its result included."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(reading)
        return child, writing
    status = 1
    try:
        os.close(writing)
        os.setsid()
        interrupts = Interrupts()
        interrupts.heed()
        threading.Thread(target=_lifeline, args=(reading, interrupts), name="lifeline", daemon=True).start()
        work(interrupts)
        status = 0
    finally:
        # What the worker had on its stack is the worker's own.
        os._exit(status)


def _lifeline(reading: int, interrupts: Interrupts) -> None:
    os.read(reading, 1)
    interrupts.ask("the process that started it is gone")


def followed(child: int, progress: Path, told: Callable[[str], Any]) -> int:
    """Until the child ends: its exit code, negative for a signal. told: gets the whole lines that came into the file since then."""
    place = 0
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if progress.exists():
            with progress.open("rb") as file:
                file.seek(place)
                whole, newline, _rest = file.read().rpartition(b"\n")
            place += len(whole) + len(newline)
            if whole:
                told(whole.decode() + "\n")
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(LOOK)


def terminal(process: int) -> bool:
    """Whether the standard output of a process is a terminal; workers have none of their own."""
    try:
        return str(Path(f"/proc/{process}/fd/1").readlink()).startswith(("/dev/pts/", "/dev/tty"))
    except OSError:
        return False
