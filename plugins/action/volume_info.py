# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import judge, read, table
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.errors import VolumesError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.unbound import unbound
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.waiting import not_in_sync
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS, WatchedAction

ARGUMENTS = {
    **ACCESS,
    "namespaces": {"type": "list", "elements": "str", "default": []},
    "claims": {"type": "list", "elements": "str", "default": []},
    "nodes_lost": {"type": "list", "elements": "str", "default": []},
    "ask_engines": {"type": "bool", "default": True},
    "wait_for": {
        "type": "dict",
        "options": {"copies_in_sync": {"type": "bool", "default": False}, "seconds": {"type": "int", "default": 300}},
    },
}
PAUSE = 5.0
# An engine that does not answer at once is told from its objects instead.
ASK_SECONDS = 5.0


class ActionModule(WatchedAction):
    ARGUMENTS = ARGUMENTS
    SUBJECT = "openebs"
    ERRORS = (VolumesError,)

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        goal = wanted["wait_for"] or {"copies_in_sync": False, "seconds": 0}
        end = time.monotonic() + goal["seconds"]
        with self.cluster(wanted) as cluster, self.engines(wanted) as engines:
            while True:
                try:
                    found = self.look(cluster, engines, wanted)
                except ClusterError as error:
                    if not (error.passing and goal["copies_in_sync"] and time.monotonic() < end):
                        raise
                    found, missing = {}, {"API": f"it does not answer ({error})"}
                else:
                    missing = not_in_sync(found["claims"]) if goal["copies_in_sync"] else {}
                if not missing or self._task.check_mode:
                    return found
                if time.monotonic() >= end:
                    return {"changed": False, "text": found.get("text", ""), **too_late(missing, goal["seconds"])}
                listed = "; ".join(f"{name}: {text}" for name, text in missing.items())
                self.waits(f"waits for all copies to be in sync ({listed})", node="cluster", goes_on=True)
                time.sleep(PAUSE)

    def engines(self, wanted: dict[str, Any]) -> Cluster:
        """The same API, by which engines are asked: once, and not for long."""
        return Cluster(wanted["kubeconfig"], servers=wanted["servers"], timeout=ASK_SECONDS, patience=0.0)

    def look(self, cluster: Any, engines: Any, wanted: dict[str, Any]) -> dict[str, Any]:
        snapshot = read.snapshot(cluster)
        world = World(snapshot)
        claims = judge.chosen(list(world.all("PersistentVolumeClaim")), wanted["namespaces"], wanted["claims"])
        if wanted["ask_engines"]:
            world = World(snapshot.with_answers(read.answers(read.questions(claims, world), engines.raw)))
        rows = judge.rows(claims, world, wanted["nodes_lost"])
        without_volume = unbound(claims, world)
        return {
            "changed": False,
            "claims": rows,
            "unbound": without_volume,
            "doubts": world.warnings,
            "text": table.text(rows, without_volume, world.warnings),
        }


def too_late(missing: dict[str, str], seconds: int) -> dict[str, Any]:
    listed = "; ".join(f"{name}: {text}" for name, text in missing.items())
    return {
        "failed": True,
        "msg": f"not all copies are in sync after {seconds} s: {listed}. See the pods of the engine: kubectl -n openebs get pods -o wide",
        "missing": missing,
    }
