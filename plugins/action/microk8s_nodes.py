# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import (
    Lack,
    NodeView,
    few_voters,
    high_availability,
    lacks,
    not_heard,
)
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import lost
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS, WatchedAction

ARGUMENTS = {
    **ACCESS,
    "members": {"type": "list", "elements": "dict"},
    "volumes": {"type": "bool", "default": False},
    "wait_for": {
        "type": "dict",
        "options": {
            "api": {"type": "bool", "default": False},
            "nodes": {"type": "dict", "default": {}},
            "others": {"type": "bool", "default": False},
            "version": {"type": "str"},
            "voters": {"type": "int", "default": 0},
            "heard_anew": {"type": "bool", "default": False},
            "seconds": {"type": "int", "default": 300},
        },
    },
}
PAUSE = 2.0
NO_GOAL = {"api": False, "nodes": {}, "others": False, "version": None, "voters": 0, "heard_anew": False, "seconds": 0}


class ActionModule(WatchedAction):
    ARGUMENTS = ARGUMENTS

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        goal = wanted["wait_for"] or NO_GOAL
        end = time.monotonic() + goal["seconds"]
        self.first_heard: dict[str, str] | None = None
        with self.cluster(wanted) as cluster:
            while True:
                views, missing = self.look(cluster, goal)
                members = self.facts().get("datastore", {}).get("members") if goal["voters"] and not missing else wanted["members"]
                if not missing:
                    missing = few_voters(members, goal["voters"])
                if not missing:
                    break
                texts = {name: [lack.text for lack in rows] for name, rows in missing.items()}
                if time.monotonic() >= end or self._task.check_mode:
                    if self._task.check_mode:
                        break
                    cures = " ".join(dict.fromkeys(f"{lack.cure}." for rows in missing.values() for lack in rows if lack.cure))
                    listed = "; ".join(f"{name}: {', '.join(rows)}" for name, rows in texts.items())
                    raise MicroK8sError(f"the cluster is not whole after {goal['seconds']} s: {listed}. {cures}", missing=texts)
                listed = ", ".join(f"{name}: {rows[0]}" for name, rows in texts.items())
                self.waits(f"is not whole, waiting for {listed}", node="cluster", goes_on=True)
                time.sleep(PAUSE)
            there = {"volumes": lost.facts(cluster.list("PersistentVolume"), cluster.list("Node"))} if wanted["volumes"] else {}
        return {
            **there,
            "changed": False,
            "nodes": [view.facts() for view in views],
            "control_planes": [view.name for view in views if view.role == "control_plane"],
            "ha": high_availability(members, views),
        }

    def look(self, cluster: Any, goal: dict[str, Any]) -> tuple[list[NodeView], dict[str, list[Lack]]]:
        """The nodes, and what is missing of each that is waited for."""
        try:
            views = sorted((NodeView.of(node) for node in cluster.list("Node")), key=lambda view: view.name)
            silent = self.silent(cluster) if goal["heard_anew"] else set()
        except ClusterError as error:
            if not error.passing or not (goal["api"] or goal["nodes"] or goal["others"]):
                raise
            return [], {"API": [Lack("api", f"the API does not answer ({error})")]}
        by_name = {view.name: view for view in views}
        found = {
            name: lacks(by_name.get(name), name, (one or {}).get("role"), (one or {}).get("address"), goal["version"])
            for name, one in goal["nodes"].items()
        }
        if goal["others"]:
            found.update({name: lacks(view, name) for name, view in by_name.items() if name not in found})
        for name in silent & set(found):
            found[name] = found[name] or [not_heard(name)]
        return views, {name: rows for name, rows in found.items() if rows}

    def silent(self, cluster: Any) -> set[str]:
        """Nodes whose kubelet has not renewed its lease since the first look."""
        heard = {
            lease["metadata"]["name"]: (lease.get("spec") or {}).get("renewTime", "")
            for lease in cluster.list("Lease", "kube-node-lease", "coordination.k8s.io/v1")
        }
        if self.first_heard is None:
            self.first_heard = heard
        return {name for name, time_of in heard.items() if self.first_heard.get(name) == time_of}
