# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups, sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_dumps import ARGUMENTS, DumpsAction

OPTIONS = {
    **ARGUMENTS,
    "folder": {"type": "str", "required": True},
    "database": {"type": "str", "required": True},
    "into": {"type": "str", "default": ""},
    "owner": {"type": "str", "default": ""},
    "replace": {"type": "bool", "default": False},
}


class ActionModule(DumpsAction):
    ARGUMENTS = OPTIONS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        folder = Path(wanted["folder"]).expanduser()
        backup = backups.read(str(folder))
        dump = backup.dump(wanted["database"])
        backups.check(str(folder), dump)
        into = wanted["into"] or dump.database
        sql.name(into)
        pod = self.primary(cluster)
        there = {name: owner for name, owner, _size in backups.owned(self.ran(cluster, pod, backups.databases(), "listing the databases"))}
        if into in there and not wanted["replace"]:
            raise PostgresError(
                f"restore_into: there is a database {into}, and nothing was touched. Restore into a new one (restore_into), or set"
                " restore_replace to put the restored one in its place; the one that is there is then kept under another name"
            )
        stamp = datetime.now(timezone.utc).strftime("%Y%m%d%H%M%S")
        aside = f"{into[: sql.LONGEST - 23]}_before_{stamp}" if into in there else ""
        result = {"changed": True, "database": into, "kept_as": aside, "tables": len(dump.tables), "rows": dump.rows}
        if self._task.check_mode:
            return result
        owner = wanted["owner"] or there.get(into, "")
        if not aside:
            self.restored(cluster, pod, folder, dump, into, owner)
            return result
        restored = f"{backups.SCRATCH}{stamp}"
        self.restored(cluster, pod, folder, dump, restored, owner)
        self.ran(cluster, pod, backups.exchanging(into, restored, aside), f"putting the restored {into} in its place")
        return result
