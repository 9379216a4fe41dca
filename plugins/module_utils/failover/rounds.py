# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All servers are asked again and again whether they take writes, while a fault may let two of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.failover import integrity
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Ask

PAUSE = 3.0


class Rounds:
    """pods: names of the servers. seen: what integrity.writers() said, in the order of time."""

    def __init__(self, cluster: Callable[[], Cluster], ask: Callable[[Cluster], Ask], pods: Sequence[str]) -> None:
        self._cluster, self._ask, self._pods = cluster, ask, pods
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._asking, name="rounds", daemon=True)
        self.seen: list[Mapping[str, bool | None]] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _asking(self) -> None:
        while not self._over.is_set():
            try:
                with self._cluster() as api:
                    self._ask_all(self._ask(api))
            except Exception:
                # Whatever it is may pass; servers that nobody asks any more would look like servers that take no writes.
                self._over.wait(PAUSE)

    def _ask_all(self, ask: Ask) -> None:
        while not self._over.wait(PAUSE):
            found = integrity.writers(self._pods, ask)
            if not self._over.is_set():
                self.seen.append(found)
