# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.modules.microk8s_member import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_member"
    ARGUMENTS = ARGUMENTS

    LOCAL = ("kubeconfig", "servers")

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.waits(f"removes {wanted['name'] or wanted['address']} from the cluster", (5, 60))
        result = self.remote()
        if result.get("failed") or self._task.check_mode or not wanted["kubeconfig"] or not wanted["name"]:
            return result
        with self.cluster(wanted) as cluster:
            if cluster.get("Node", wanted["name"]):
                raise MicroK8sError(
                    f"{wanted['name']} was removed by {self.host}, and {cluster.server} still has its Node. Its kubelet may have come back:"
                    f" let it leave first (microk8s_leave on {wanted['name']})",
                    outcome="still_there",
                )
        return result
