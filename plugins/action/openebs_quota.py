# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes, quotas
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import OpenebsAction, place, shown
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "quotas": {"type": "dict", "required": True},
    "name": {"type": "str", "default": quotas.NAME},
}


class ActionModule(OpenebsAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        objects, absent = quotas.objects(wanted["quotas"], wanted["name"])
        due, diff = [], []
        for item in objects:
            metadata = item["metadata"]
            found = cluster.get(item["kind"], metadata["name"], metadata.get("namespace"))
            if not quotas.same(found, item):
                due.append(item)
                diff.append(shown((found or {}).get("spec"), item.get("spec") or "made", f"{item['kind']} {place(item)}"))
        gone = []
        for kind, namespace, name in absent:
            found = cluster.get(kind, name, namespace)
            if found and classes.ours(found):
                gone.append((kind, namespace, name))
                diff.append(shown(found.get("spec"), None, f"{kind} {namespace}/{name}"))
        if not self._task.check_mode:
            for item in due:
                cluster.apply(item)
            for kind, namespace, name in gone:
                cluster.delete(kind, name, namespace)
        names = [f"{item['kind']} {place(item)}" for item in due] + [f"{kind} {namespace}/{name}" for kind, namespace, name in gone]
        return {"changed": bool(names), "objects": names, "diff": diff}
