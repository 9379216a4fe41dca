# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits, in a thread of its own, until a cluster is whole again: nodes, servers, standbys that stream, copies of volumes in sync."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Ask, of_namespace, rows, server_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import INSTANCE
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import status
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.moving import ready
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import read
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.waiting import not_in_sync

PAUSE = 2.0


class Settling:
    """streams: standbys that streamed before. says: what is waited for. streaming_at: when as many stream again, in microseconds.

    claims: names of those whose copies were all in sync before, and have to be again. engines: see integrity.gather.
    """

    def __init__(
        self,
        cluster: Callable[[], Cluster],
        ask: Callable[[Cluster], Ask],
        namespace: str,
        name: str,
        topology: str,
        streams: int,
        claims: Sequence[str] = (),
        engines: Callable[[str], str] | None = None,
    ) -> None:
        self._cluster, self._ask, self._namespace, self._name, self._topology = cluster, ask, namespace, name, topology
        self._streams, self._claims, self._engines = streams, list(claims), engines
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._looking, name="settling", daemon=True)
        self.says, self.primary = "a first look", ""
        self.streaming_at: int | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        self._over.set()
        self._thread.join(seconds)

    def whole(self) -> bool:
        return not self.says

    def _looking(self) -> None:
        while not self._over.is_set():
            try:
                with self._cluster() as api:
                    ask = self._ask(api)
                    while not self._over.is_set():
                        self.says = self._look(api, ask)
                        self._over.wait(PAUSE)
            except Exception as error:
                # Whatever it is may pass; a cluster at which nobody looks any more would never be whole.
                self.says = str(error) or type(error).__name__
                self._over.wait(PAUSE)

    def _look(self, api: Cluster, ask: Ask) -> str:
        away = [item["metadata"]["name"] for item in api.list("Node") if not ready(item)]
        state = self._state(api)
        self.primary = state.primary
        waiting = [*(f"node {name} is not Ready" for name in away), *state.waiting]
        if state.primary and self._streams:
            rows = json.loads(ask(state.primary, INSTANCE))["standbys"] or ()
            streaming = sum(row.get("state") == "streaming" for row in rows)
            if streaming < self._streams:
                waiting.append(f"{streaming} of {self._streams} standbys stream")
            elif self.streaming_at is None:
                self.streaming_at = clock.now()
        if self._claims and not waiting:
            waiting += self._out_of_step(api)
        return "; ".join(waiting)

    def _out_of_step(self, api: Cluster) -> list[str]:
        """What the copies of the volumes lack, once all the rest is well."""
        snapshot = read.snapshot(api)
        own = [row for row in of_namespace(snapshot, "PersistentVolumeClaim", self._namespace) if row["metadata"]["name"] in self._claims]
        return [f"volume of {claim}: {text}" for claim, text in not_in_sync(rows(snapshot, own, self._engines)).items()]

    def _state(self, api: Cluster) -> status.State:
        pods, claims = api.list("Pod", self._namespace), api.list("PersistentVolumeClaim", self._namespace)
        if self._topology != CLUSTER:
            return status.judge_single(self._name, pods, claims, {})
        _topology, server = server_of(api, self._namespace, self._name)
        databases: list[Mapping[str, Any]] = api.list("Database", self._namespace, API_VERSION)
        return status.judge(server, pods, claims, {}, databases)
