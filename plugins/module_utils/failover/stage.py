# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is at, told to a file once a second for those who watch it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock, milestones, progress_file
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import Story
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import Plan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.scenes import Told

EVERY = 1.0  # seconds between two lines


class Stage:
    """stream: the file of progress."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._lock, self._over = stream, threading.RLock(), threading.Event()
        self.began = clock.moment()
        self._phases: list[tuple[str, int]] = []
        self._said, self._load, self._observer, self._plan = "", None, None, None
        self._fault_at: Callable[[], int | None] = lambda: None
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)
        self._thread.start()

    def phase(self, name: str, seconds: float | None = None) -> None:
        """From now on. seconds: how long it lasts at most."""
        with self._lock:
            self._phases.append((name, clock.now()))
            self._said = f"at most {seconds:.0f} s" if seconds else ""
        self._line()

    @property
    def phases_begun(self) -> int:
        return len(self._phases)

    def says(self, text: str) -> None:
        with self._lock:
            self._said = text
        self._line()

    def watches(self, load: Any, observer: Any, plan: Plan, fault_at: Callable[[], int | None]) -> None:
        """load, observer: of this run; from now on their state is told as well."""
        with self._lock:
            self._load, self._observer, self._plan, self._fault_at = load, observer, plan, fault_at

    def over(self) -> tuple[tuple[str, int, int | None], ...]:
        """The phases with their ends. The last one ends now, and nothing more is told."""
        with self._lock:
            names = [*self._phases, ("", clock.now())]
            self._load = self._observer = None
        return tuple((name, at, until) for (name, at), (_next, until) in zip(names, names[1:]))

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def content(self) -> dict[str, Any]:
        with self._lock:
            now = clock.now()
            name, since = self._phases[-1] if self._phases else ("plan", self.began.at)
            fault_at = self._fault_at()
            return {
                "t": round(self.began.wall_at(now), 3),
                "phase": name,
                "elapsed": round(clock.seconds(now, since), 1),
                "since_fault": None if fault_at is None else round(clock.seconds(now, fault_at), 1),
                "said": self._said,
                **self._figures(),
                **self._seen(fault_at),
            }

    def _figures(self) -> Mapping[str, Any]:
        if self._load is None:
            return {}
        state = self._load.state()
        return {"rate": state.writes_per_second, "acked": state.acked, "failed": state.failed, "unknown": state.unknown}

    def _seen(self, fault_at: int | None) -> Mapping[str, Any]:
        if self._observer is None or self._plan is None:
            return {}
        seen, plan = self._observer.seen(), self._plan
        name, node = Story(seen).primary()
        found = {"primary": name, "node": node}
        if fault_at is None:
            return {**found, "next": progress_file.USUAL.get(self._phases[-1][0], "") if self._phases else ""}
        marks = milestones.milestones(
            seen, fault_at, Told(), name=plan.name, topology=plan.topology, kind=plan.kind, node=plan.victim.node, pod=plan.victim.pod
        )
        awaited = milestones.awaited([mark for mark in marks if mark.id not in BY_LEDGER])
        return {**found, "next": awaited.what if awaited else ""}

    def _tell(self) -> None:
        while not self._over.wait(EVERY):
            self._line()

    def _line(self) -> None:
        with self._lock:
            if not self._stream.closed:
                progress_file.row(self._stream, self.content())


BY_LEDGER = ("last_acknowledged", "first_acknowledged")  # milestones that no watch shows
