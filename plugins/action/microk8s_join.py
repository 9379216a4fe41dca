# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.join import TIMEOUTS, USUAL_JOIN, USUAL_READY
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.judge import Judge, Wanted
from ansible_collections.pikube.stateful.plugins.modules.microk8s_join import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_join"
    ARGUMENTS = ARGUMENTS
    LOCAL = ("kubeconfig", "servers")

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        role, words = wanted["role"], wanted["role"].replace("_", " ")
        began, seconds = time.monotonic(), wanted["timeout"] or TIMEOUTS[wanted["role"]]
        self.waits(f"joins as {words} through {str(wanted['url']).partition(':')[0]}", USUAL_JOIN[role])
        if not wanted["kubeconfig"] or self._task.check_mode:
            return self.remote()
        with self.cluster(wanted) as cluster:
            judge = Judge(cluster, lambda text: self.waits(text, USUAL_READY[role]))
            # The Node object of an earlier life may still say Ready while the new kubelet has not begun.
            known = judge.view(wanted["node_name"] or self.host)
            result = self.remote()
            if result.get("failed"):
                return result
            name = wanted["node_name"] or result["node"]
            target = Wanted(name, role, wanted["address"], fresh=bool(result.get("joined") and known))
            told = "joined as" if result.get("joined") else "is a member as"
            members = (lambda: self.facts().get("datastore", {}).get("members")) if role == "control_plane" and wanted["address"] else None
            left = max(seconds - (time.monotonic() - began), USUAL_READY[role][1])
            view = judge.working(target, left, f"{told} {words}", members)
        return {**result, "seen": view.facts(), "seconds": round(time.monotonic() - began)}
