# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.modules.microk8s_leave import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_leave"
    ARGUMENTS = ARGUMENTS

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.waits("leaves the cluster", (34, 47))
        return self.remote()
