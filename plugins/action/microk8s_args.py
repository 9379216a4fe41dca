# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import turn
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.judge import Judge, Wanted
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import NodeView
from ansible_collections.pikube.stateful.plugins.modules.microk8s_args import ARGUMENTS, CONTROLLER
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction

READY_SECONDS = 180
TURN_SECONDS = 30  # for an API server that is just about to answer again
PAUSE = 2.0
USUAL = (10, 60)
KUBELET = "kubelite"


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_args"
    ARGUMENTS = {**ARGUMENTS, **CONTROLLER}  # noqa: RUF012 - like all specifications
    LOCAL = ("kubeconfig", "servers", "node_name")

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        name = wanted["node_name"] or self.host
        if wanted["kubeconfig"] and wanted["restart"] and not self._task.check_mode:
            self.wait_for_turn(wanted, name)
        self.waits("waits for its services to be well" if wanted["see_well"] else "changes arguments of services", USUAL)
        result = self.remote()
        if result.get("failed") or self._task.check_mode or not wanted["kubeconfig"] or KUBELET not in result.get("restarted", ()):
            return result
        with self.cluster(wanted) as cluster:
            judge = Judge(cluster, lambda text: self.waits(text, USUAL))
            view = judge.working(Wanted(name, fresh=True), READY_SECONDS, "restarted with other arguments")
        return {**result, "seen": view.facts()}

    def wait_for_turn(self, wanted: dict[str, Any], name: str) -> None:
        """Ansible goes on to the next host of a task whatever became of the one before: each looks for itself at what that left."""
        end = time.monotonic() + TURN_SECONDS
        with self.cluster(wanted) as cluster:
            while found := self.hindrances(cluster, name):
                if time.monotonic() >= end:
                    raise turn.refusal(name, "did not get its arguments", found)
                self.waits(f"waits for its turn: {'; '.join(found.values())}")
                time.sleep(PAUSE)

    @staticmethod
    def hindrances(cluster: Any, name: str) -> dict[str, str]:
        try:
            views = [NodeView.of(node) for node in cluster.list("Node")]
            return turn.hindrances(views, name, cluster.answering("/readyz", turn.addresses(views)))
        except ClusterError as error:
            # Without any API there is nothing to lose; it may be these arguments that bring it back.
            if error.passing:
                return {}
            raise
