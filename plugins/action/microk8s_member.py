# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.modules.microk8s_member import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import WatchedAction


class ActionModule(WatchedAction):
    MODULE = "pikube.stateful.microk8s_member"
    ARGUMENTS = ARGUMENTS

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.waits(f"removes {wanted['name'] or wanted['address']} from the cluster", (5, 60))
        return self.remote()
