# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.modules.microk8s_snap import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction

WORKS = {"present": "installs the snap", "absent": "removes the snap"}


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_snap"
    ARGUMENTS = ARGUMENTS
    LOCAL = ()

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        what = "refreshes the snap" if wanted.get("refresh") else WORKS.get(wanted["state"], "works on the snap")
        self.waits(f"{what}{' ' + wanted['channel'] if wanted.get('channel') else ''}")
        return self.remote()
