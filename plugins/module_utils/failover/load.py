# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load: clients in threads that write and read at a steady pace, through whatever happens to the servers."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import SCHEMA, Entries
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import Ledger
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import (
    LOOK_AGAIN,
    QUIET,
    RETRY,
    SHORT,
    SPARE,
    SPARES,
    LoadPlan,
    slot,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.probing import Prober, resolved
from ansible_collections.pikube.stateful.plugins.module_utils.failover.sessions import Reader, Work, Writer
from ansible_collections.pikube.stateful.plugins.module_utils.failover.tally import LoadState, ReadOutage, Tally
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database, Sessions

NAP = 0.25  # seconds, until a thread that waits for its turn sees that it is to stop
END = 1.0  # seconds, in which threads that nobody waits for any longer end


def microseconds() -> int:
    return time.monotonic_ns() // 1000


class Load:
    """Everything that is written is in the ledger. The table has to be there (Entries.prepare)."""

    def __init__(
        self,
        door: Database,
        ledger: Ledger,
        plan: LoadPlan,
        schema: str = SCHEMA,
        run: str = "",
        clock: Callable[[], int] = microseconds,
    ) -> None:
        self._plan, self._clock, self._hosts = plan, clock, door.way.hosts
        self._tally = Tally()
        self._sessions = Sessions(door)
        self._stopping, self._over = threading.Event(), threading.Event()
        self._work = Work(self._sessions, Entries(door, schema), ledger, self._tally, plan, run, clock, lambda: not self._over.is_set())
        self._wanted: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._busy: Counter[str] = Counter()  # attempts of those who look for the end of an outage, by host
        self._waits: dict[str, int] = {}  # host -> until when it is not looked through, as writes wait there
        self._lock = threading.Lock()
        self._cpu: dict[str, float] = {}
        self._trouble = ""
        self._gap = 0
        self._threads: list[threading.Thread] = []
        try:
            self._prober = Prober(resolved(self._hosts, door.way.port), plan.connect_seconds * 1_000_000, self._found)
        except OSError as error:
            raise FailoverError(
                f"{door.where}: a host has no address: {error}. Give addresses, or names that this controller knows"
            ) from error

    def start(self) -> None:
        start, plan = self._clock(), self._plan
        for turn in range(plan.writers):
            self._thread(
                f"writer-{turn + 1}", self._paced, Writer(self._work, turn + 1, self._turned(turn)), start, plan.period, turn, plan.writers
            )
        for turn in range(plan.shorts):
            short = Writer(self._work, SHORT + turn, self._turned(turn), stays=False)
            self._thread(
                f"short-{turn + 1}", self._paced, short, start, 1_000_000 * plan.shorts // plan.short_per_second, turn, plan.shorts
            )
        for turn in range(plan.readers):
            reader = Reader(self._work, self._turned(turn))
            self._thread(f"reader-{turn + 1}", self._paced, reader, start, 1_000_000 // plan.reads_per_second, turn, plan.readers)
        for turn in range(SPARES):
            self._thread(f"spare-{turn + 1}", self._spare, Writer(self._work, SPARE + turn, self._hosts, stays=False))
        self._thread("prober", self._probe)
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """Begins no more writes, and waits so long for those that are under way. Returns whether all of them ended in that time; of the
        others nobody knows. Nothing is noted after it returned, or at most END later."""
        self._stopping.set()
        for _spare in range(SPARES):
            self._wanted.put(None)
        ended = self._joined(seconds)
        self._over.set()
        self._joined(END)
        self._sessions.close()
        try:
            self._work.ledger.flush()
        except FailoverError as error:
            self._trouble = self._trouble or str(error)
        return ended

    def state(self) -> LoadState:
        return self._tally.state(self._clock(), self._trouble)

    def read_outages(self) -> list[ReadOutage]:
        return self._tally.read_outages()

    def cpu_seconds(self) -> float:
        """What its threads used, of the processor."""
        return sum(list(self._cpu.values()))

    @property
    def resolution_ms(self) -> float:
        """How finely begin and end of outages were seen: the plan's, or what this controller managed."""
        return max(self._plan.resolution_ms, self._gap / 1000)

    def _turned(self, turn: int) -> tuple[str, ...]:
        first = turn % len(self._hosts)
        return self._hosts[first:] + self._hosts[:first]

    def _joined(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def _thread(self, name: str, target: Callable[..., None], *given: Any) -> None:
        self._threads.append(threading.Thread(target=self._guarded, args=(name, target, *given), name=name, daemon=True))

    def _guarded(self, name: str, target: Callable[..., None], *given: Any) -> None:
        """A thread that ends by an error of its own ends the load: less is written than is said."""
        try:
            target(name, *given)
        except Exception as error:
            if not self._over.is_set():
                self._trouble = self._trouble or f"{name} of the load: {type(error).__name__}: {error}"
                self._stopping.set()
        finally:
            self._used(name)

    def _used(self, name: str) -> None:
        self._cpu[name] = time.thread_time()

    def _paced(self, name: str, client: Writer | Reader, start: int, period: int, turn: int, turns: int) -> None:
        earliest = self._clock()
        while self._slept(slot(earliest, start, period, turn, turns)):
            good = client.attempt()
            earliest = self._clock() + (0 if good else RETRY)
            self._used(name)
        client.close()

    def _slept(self, until: int) -> bool:
        """Whether it is to go on."""
        while not self._stopping.is_set() and (left := (until - self._clock()) / 1e6) > 0:
            time.sleep(min(left, NAP))
        return not self._stopping.is_set()

    def _spare(self, name: str, writer: Writer) -> None:
        while (host := self._wanted.get()) is not None and not self._stopping.is_set():
            try:
                now = self._clock()
                before, blind = self._tally.state(now), now < self._waits.get(host, 0) + LOOK_AGAIN
                if writer.would_hang(host):
                    self._waits[host] = self._clock() + LOOK_AGAIN
                elif writer.attempt([host]) and blind and before.quiet and self.state().acked == before.acked + 1:
                    # It was the first one, and might have been so up to a pause earlier.
                    self._gap = max(self._gap, LOOK_AGAIN)
            finally:
                with self._lock:
                    self._busy[host] -= 1
                writer.close()
                self._used(name)

    def _found(self, host: str) -> None:
        """A host takes connections. Each has its own share of attempts: one whose server hangs must not keep the others from being seen."""
        with self._lock:
            if self._clock() < self._waits.get(host, 0):
                return
            if self._busy[host] >= max(SPARES // len(self._hosts), 1) or self._busy.total() >= SPARES:
                return
            self._busy[host] += 1
        self._wanted.put(host)

    def _probe(self, name: str) -> None:
        pause, looking = self._plan.probe_ms * 1000, False
        at = self._clock()
        while not self._stopping.is_set():
            now = self._clock()
            at = max(at + (pause if looking else QUIET // 2), now)
            if self._tally.quiet(now):
                looking, at = True, min(at, now + pause)
                self._prober.look(now)
                self._prober.wait(at, self._clock)
            elif looking:
                looking = False
                self._gap = max(self._gap, self._prober.rest())
            else:
                self._slept(at)
            self._used(name)
        self._prober.rest()
