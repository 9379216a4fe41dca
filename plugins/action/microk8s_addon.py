# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.effect import Effect
from ansible_collections.pikube.stateful.plugins.modules.microk8s_addon import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_addon"
    ARGUMENTS = ARGUMENTS
    LOCAL = ("kubeconfig", "servers", "timeout")

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if not wanted["kubeconfig"]:
            self.waits("changes add-ons")
            return self.remote()
        rows: list[dict[str, Any]] = []
        warnings: list[str] = []
        with self.cluster(wanted) as cluster:
            for item in wanted["addons"]:
                effect = Effect(cluster, item, self.waits, seconds=wanted["timeout"])
                row, failure = self.one(effect, item)
                rows.append(row)
                warnings += effect.warnings
                if failure:
                    return {**failure, "addons": rows, "changed": any(one["changed"] for one in rows), "warnings": warnings}
        return {"changed": any(row["changed"] for row in rows), "addons": rows, "warnings": warnings}

    def one(self, effect: Effect, item: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """The row of one add-on, and the failed result of the module if it failed."""
        there = effect.before()
        if there:
            return there, None
        effect.began()
        result = self.remote(addons=[item])
        if result.get("failed"):
            return effect.row(changed=bool(result.get("changed"))), result
        row = result["addons"][0]
        effect.warnings += result.get("warnings") or []
        if self._task.check_mode:
            return effect.foretold(row), None
        return effect.after(row), None
