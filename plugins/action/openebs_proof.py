# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.proving import Proving
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import OpenebsAction, seen_components
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "state": {"type": "str", "choices": ["proved", "absent"], "default": "proved"},
    "storage_class": {"type": "str", "default": ""},
    "namespace": {"type": "str", "default": "openebs"},
    "image": {"type": "str", "default": "docker.io/library/busybox:1.28.4"},
    "size": {"type": "str", "default": "512Mi"},
    "elsewhere": {"type": "bool", "default": False},
    "components": {"type": "list", "elements": "dict", "default": []},
    "timeout": {"type": "int", "default": 180},
    "made_with": {"type": "str", "default": ""},
}


class ActionModule(OpenebsAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": "A proof makes a volume, so there is none in check mode"}
        proving = Proving(
            cluster,
            wanted["storage_class"],
            wanted["namespace"],
            wanted["image"],
            size=wanted["size"],
            elsewhere=wanted["elsewhere"],
            seconds=wanted["timeout"],
            look=lambda: seen_components(cluster, wanted["components"], wanted["namespace"]),
            say=self.says,
        )
        if wanted["state"] == "absent":
            return {"changed": proving.clean()}
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"changed": True, **proving.run(wanted["made_with"], now)}
