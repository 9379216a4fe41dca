# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.draining import Drain
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS, WatchedAction

ARGUMENTS = {
    **ACCESS,
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["cordoned", "drained", "uncordoned"], "default": "drained"},
    "force": {"type": "bool", "default": False},
    "delete_emptydir_data": {"type": "bool", "default": True},
    "grace_seconds": {"type": "int"},
    "reason": {"type": "str"},
    "timeout": {"type": "int", "default": 600},
}


class ActionModule(WatchedAction):
    SUBJECT = "drain"
    ARGUMENTS = ARGUMENTS

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        name = wanted["name"]
        with self.cluster(wanted) as cluster:
            drain = Drain(
                cluster,
                name,
                lambda text: self.waits(text, node=name, goes_on=True),
                force=wanted["force"],
                delete_emptydir_data=wanted["delete_emptydir_data"],
                grace_seconds=wanted["grace_seconds"],
                reason=wanted["reason"],
            )
            if wanted["state"] == "drained":
                return drain.drained(wanted["timeout"], check=self._task.check_mode)
            return drain.cordoned(wanted["state"] == "cordoned", check=self._task.check_mode)
