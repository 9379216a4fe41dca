# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to observation: one thread for each kind of object that is watched, whatever happens to the API servers meanwhile.

A watch notices a server that died without a word after 20 seconds only, so the door of each thread should ask a server first that is
not on the node to be lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import IO, Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    BACK,
    DELETED,
    TROUBLE,
    WATCH,
    Observation,
    Sights,
    line,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.watches import OWN, WATCHED, Watched

ROUND_SECONDS = 60.0  # of one watch: a thread that hears nothing is at an end so long after stop() at the latest
SILENT_SECONDS = 20  # after which a watch notices at the latest that its server is gone (cluster.py)
PAUSE_SECONDS = 0.5  # before a watch that ended for an error is begun anew
NOT_THERE = ("NoSuchKind", "NotFound", "Forbidden")  # what is optional is not asked for again then


class Observer:
    """api: makes a door to the cluster, one for each thread. name: of the server. write: takes each observation as it comes.

    Observations are written one at a time, each with a later time than the last. clock: microseconds, monotonic.
    """

    def __init__(
        self,
        api: Callable[[], Cluster],
        namespace: str,
        name: str,
        topology: str,
        write: Callable[[Observation], Any],
        *,
        now: Callable[[], int] = clock.now,
        watched: Sequence[Watched] = WATCHED,
    ) -> None:
        self._api, self._namespace, self._name, self._write, self._now = api, namespace, name, write, now
        self._watched = [row for row in watched if topology in row.topologies]
        self._lock, self._over = threading.Lock(), threading.Event()
        self._last = 0
        self._troubled: dict[int, str] = {}
        self._heard: dict[int, int] = {}
        self._listed = [threading.Event() for _row in self._watched]
        self._seen: list[Observation] = []
        self._threads: list[threading.Thread] = []
        self._doors: list[Cluster] = []
        self.problem = ""  # why observations could not be written; then they are kept here alone

    def start(self, seconds: float = 60.0) -> None:
        """Return when each kind has been listed once, or is optional and takes longer.

        Raises FailoverError for another one that could not be listed in that time; nothing runs then.
        """
        end = self._now() + int(seconds * clock.MICRO)
        for number, row in enumerate(self._watched):
            thread = threading.Thread(target=self._follow, args=(number, row), name=f"watch {row.title}", daemon=True)
            self._threads.append(thread)
            thread.start()
        for number, (row, listed) in enumerate(zip(self._watched, self._listed)):
            if not listed.wait(max(end - self._now(), 0) / clock.MICRO) and not row.optional:
                self.stop(0)
                why = self._troubled.get(number, "no answer")
                raise FailoverError(
                    f"{row.title}: could not be listed within {seconds:g} s, so the course of a failover would go unseen: {why}",
                    kind=row.kind,
                )

    def stop(self, seconds: float = 1.0) -> None:
        """Nothing is written any more. Threads that wait for a server end with what it says next; they keep no process from ending."""
        with self._lock:
            self._over.set()
        for thread in self._threads:
            thread.join(max(seconds, 0) / max(len(self._threads), 1))
        for door in list(self._doors):
            # What lies in the folder of a thread that still waits; one that is about to connect may be in the way.
            with suppress(RuntimeError):
                door.close()

    def seen(self) -> list[Observation]:
        """All until now."""
        with self._lock:
            return list(self._seen)

    def _follow(self, number: int, row: Watched) -> None:
        sights = Sights()
        namespace = self._namespace if row.namespace == OWN else row.namespace
        while not self._over.is_set():
            try:
                with self._api() as cluster:
                    self._doors.append(cluster)
                    while not self._over.is_set():
                        self._watch(number, row, namespace, cluster, sights)
            except ClusterError as error:
                if row.optional and error.reason in NOT_THERE:
                    self._listed[number].set()
                    return
                self._trouble(number, row, str(error))
            except Exception as error:
                # A kind that nobody watches any more would look like one that never changes.
                self._trouble(number, row, f"{type(error).__name__}: {error}")
            self._over.wait(PAUSE_SECONDS)

    def _watch(self, number: int, row: Watched, namespace: str | None, cluster: Cluster, sights: Sights) -> None:
        items = cluster.list(row.kind, namespace, row.api_version)
        for name, state in sights.listed({item["metadata"]["name"] for item in items}):
            self._note(row.word, name, DELETED, state)
        for item in items:
            self._take(row, sights, "ADDED", item)
        self._back(number, row)
        self._listed[number].set()
        trouble = partial(self._trouble, number, row)
        for event in cluster.watch(row.kind, ROUND_SECONDS, namespace, row.api_version, trouble=trouble):
            if self._over.is_set():
                return
            self._back(number, row)
            self._take(row, sights, event.type, event.object)

    def _take(self, row: Watched, sights: Sights, change: str, item: Mapping[str, Any]) -> None:
        state = row.essence(item, self._name)
        if state is None:
            return
        metadata = item["metadata"]
        for kind, what in sights.told(metadata["name"], metadata.get("uid", ""), metadata.get("resourceVersion", ""), change, state):
            self._note(row.word, metadata["name"], kind, what)

    def _trouble(self, number: int, row: Watched, text: str) -> None:
        if number not in self._troubled:
            now = self._now()
            heard = max(self._heard.get(number, now), now - SILENT_SECONDS * clock.MICRO)
            self._note(WATCH, row.word, TROUBLE, {"watch": row.title, "text": text, "heard": heard})
        self._troubled[number] = text

    def _back(self, number: int, row: Watched) -> None:
        self._heard[number] = self._now()
        if self._troubled.pop(number, None) is not None:
            self._note(WATCH, row.word, BACK, {"watch": row.title})

    def _note(self, kind: str, name: str, change: str, state: Mapping[str, Any]) -> None:
        with self._lock:
            if self._over.is_set():
                return
            self._last = max(self._now(), self._last + 1)
            observation = Observation(self._last, kind, name, change, state)
            self._seen.append(observation)
            try:
                self._write(observation)
            except OSError as error:
                self.problem = self.problem or f"observations could not be written: {error}"


def into(stream: IO[str]) -> Callable[[Observation], None]:
    """For Observer: a line for each, in the file when the call returns."""

    def write(observation: Observation) -> None:
        stream.write(line(observation))
        stream.flush()

    return write
