# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load counts while it runs, for those who watch it and for those who look for the end of an outage. The ledger is what proves."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, UNKNOWN
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LEFT_BEHIND, QUIET

SECOND = 1_000_000


class Read(NamedTuple):
    """A row that was acknowledged: its id and checksum as text."""

    identity: str
    checksum: str


class ReadOutage(NamedTuple):
    """Microseconds from the first read that failed to the next that did not, None if none came. classes: how often for which reason."""

    begin: int
    end: int | None
    classes: Mapping[str, int]


class LoadState(NamedTuple):
    """Times in microseconds. writes_per_second: acknowledged in the last second. server: that acknowledged last. quiet: whether it looks
    like an outage. said: why the last attempt failed. trouble: why the load itself cannot go on, "" if it can."""

    acked: int
    failed: int
    unknown: int
    writes_per_second: int
    last_ack_at: int | None
    server: str
    sessions: int
    reads: int
    reads_failed: int
    quiet: bool
    said: str
    trouble: str


class Tally:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {ACKED: 0, FAILED: 0, UNKNOWN: 0}
        self._recent: deque[int] = deque()
        self._pending: dict[int, int] = {}  # writer -> when its attempt began
        self._last_ack_at: int | None = None
        self._failed_since = False  # the last acknowledgement
        self._left = 0
        self._server, self._said = "", ""
        self._reads, self._reads_failed = 0, 0
        self._read_outages: list[tuple[int, int | None, Counter[str]]] = []
        self.sessions = 0
        self.last_row: Read | None = None

    def began(self, writer: int, at: int) -> None:
        with self._lock:
            self._pending[writer] = at

    def acked(self, writer: int, at: int, server: str, row: Read) -> None:
        with self._lock:
            self._pending.pop(writer, None)
            self._counts[ACKED] += 1
            self._last_ack_at = max(at, self._last_ack_at or 0)
            self._failed_since, self._left = False, 0
            self._server, self.last_row = server, row
            self._recent.append(at)
            while self._recent[0] <= at - SECOND:
                self._recent.popleft()

    def ended(self, writer: int, kind: str, said: str) -> None:
        """A write that failed or of which nobody knows."""
        with self._lock:
            self._pending.pop(writer, None)
            self._counts[kind] += 1
            self._failed_since, self._said = True, said

    def opened(self, number: int) -> None:
        """number: of sessions, 1 or -1."""
        with self._lock:
            self.sessions += number

    def leaves(self, began: int) -> bool:
        """Whether a write that hangs since then may give its session up while the server keeps it; it is counted if so."""
        with self._lock:
            allowed = self._left < LEFT_BEHIND or (self._last_ack_at or 0) > began
            self._left += allowed
            return allowed

    def read(self, at: int, wrong: str) -> None:
        """wrong: in one word, "" for a read that was right."""
        with self._lock:
            self._reads += 1
            self._reads_failed += bool(wrong)
            outage = self._read_outages[-1] if self._read_outages and self._read_outages[-1][1] is None else None
            if wrong and outage is None:
                self._read_outages.append((at, None, Counter([wrong])))
            elif wrong:
                outage[2][wrong] += 1
            elif outage is not None:
                self._read_outages[-1] = (outage[0], at, outage[2])

    def read_outages(self) -> list[ReadOutage]:
        with self._lock:
            return [ReadOutage(begin, end, dict(classes)) for begin, end, classes in self._read_outages]

    def quiet(self, now: int) -> bool:
        """Whether nothing was acknowledged for a while although it was asked for."""
        with self._lock:
            if now - (self._last_ack_at or 0) < QUIET:
                return False
            return self._failed_since or any(now - at >= QUIET for at in self._pending.values())

    def state(self, now: int, trouble: str = "") -> LoadState:
        quiet = self.quiet(now)
        with self._lock:
            return LoadState(
                acked=self._counts[ACKED],
                failed=self._counts[FAILED],
                unknown=self._counts[UNKNOWN],
                writes_per_second=sum(at > now - SECOND for at in self._recent),
                last_ack_at=self._last_ack_at,
                server=self._server,
                sessions=self.sessions,
                reads=self._reads,
                reads_failed=self._reads_failed,
                quiet=quiet,
                said=self._said if self._failed_since else "",
                trouble=trouble,
            )
