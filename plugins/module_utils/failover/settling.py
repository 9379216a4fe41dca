# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits, in a thread of its own, until a cluster is whole again: nodes, servers, and standbys that stream."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Ask, server_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import INSTANCE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo_kinds import ready
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import status
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION

PAUSE = 2.0


class Settling:
    """streams: standbys that streamed before. says: what is waited for. streaming_at: when as many stream again, in microseconds."""

    def __init__(
        self, cluster: Callable[[], Cluster], ask: Callable[[Cluster], Ask], namespace: str, name: str, topology: str, streams: int
    ) -> None:
        self._cluster, self._ask, self._namespace, self._name, self._topology = cluster, ask, namespace, name, topology
        self._streams = streams
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
        return "; ".join(waiting)

    def _state(self, api: Cluster) -> status.State:
        pods, claims = api.list("Pod", self._namespace), api.list("PersistentVolumeClaim", self._namespace)
        if self._topology != CLUSTER:
            return status.judge_single(self._name, pods, claims, {})
        _topology, server = server_of(api, self._namespace, self._name)
        databases: list[Mapping[str, Any]] = api.list("Database", self._namespace, API_VERSION)
        return status.judge(server, pods, claims, {}, databases)
