# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.judge import Judge, Wanted
from ansible_collections.pikube.stateful.plugins.modules.microk8s_args import ARGUMENTS, CONTROLLER
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction

READY_SECONDS = 180
USUAL = (10, 60)
KUBELET = "kubelite"


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_args"
    ARGUMENTS = {**ARGUMENTS, **CONTROLLER}  # noqa: RUF012 - like all specifications
    LOCAL = ("kubeconfig", "servers", "node_name")

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.waits("changes arguments of services", USUAL)
        result = self.remote()
        if result.get("failed") or self._task.check_mode or not wanted["kubeconfig"] or KUBELET not in result.get("restarted", ()):
            return result
        name = wanted["node_name"] or self.host
        with self.cluster(wanted) as cluster:
            judge = Judge(cluster, lambda text: self.waits(text, USUAL))
            view = judge.working(Wanted(name, fresh=True), READY_SECONDS, "restarted with other arguments")
        return {**result, "seen": view.facts()}
