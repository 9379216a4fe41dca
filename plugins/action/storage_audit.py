# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.audit import files, render
from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import audit
from ansible_collections.pikube.stateful.plugins.module_utils.audit.errors import AuditError
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import KINDS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.unseen import UNSEEN
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS, WatchedAction

ARGUMENTS = {
    **ACCESS,
    "nodes": {"type": "dict", "default": {}},
    "volumes": {"type": "list", "elements": "dict"},
    "namespaces": {"type": "list", "elements": "str", "default": []},
    "ignore": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "id": {"type": "str", "required": True},
            "object": {"type": "str", "default": "*"},
            "because": {"type": "str", "required": True},
        },
    },
    "fail_on": {"type": "str", "choices": ["error", "warning", "never"], "default": "error"},
    "junit_path": {"type": "path"},
    "report_path": {"type": "path"},
}


class ActionModule(WatchedAction):
    ARGUMENTS = ARGUMENTS
    SUBJECT = "storage"
    ERRORS = (AuditError,)

    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.waits("is read", node="cluster")
        with self.cluster(wanted) as cluster:
            objects, unread = files.read(cluster, KINDS)
        look = Snapshot(objects, wanted["nodes"], wanted["volumes"], wanted["namespaces"])
        found = audit(CHECKS, UNSEEN, look, ignore=wanted["ignore"], fail_on=wanted["fail_on"], unread=unread)
        texts = (
            (wanted["junit_path"], render.junit(CHECKS, found, wanted["fail_on"])),
            (wanted["report_path"], render.report(found)),
        )
        check_mode = self._task.check_mode
        changed = [path for path, text in texts if path and files.write(path, text, check_mode=check_mode)]
        result = {"changed": bool(changed), **found, "text": render.table(found)}
        if found["failing"]:
            count = sum(row["id"] in found["failing"] for row in found["findings"])
            ids = ", ".join(found["failing"])
            what = f"{count} finding{' is' if count == 1 else 's are'} of severity {wanted['fail_on']} or worse"
            result.update(failed=True, msg=f"storage: {what}: {ids}. Each finding has its cure; accept one by ignore, with a reason.")
        return result
