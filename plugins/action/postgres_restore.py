# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import shlex
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups, manifest, temporary
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import CONTAINER
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
        folder = manifest.place(wanted["folder"], "restore_folder")
        backup = manifest.read(folder)
        dump = backup.dump(wanted["database"])
        manifest.check(folder, dump)
        into = wanted["into"] or dump.database
        temporary.check_into(into)
        pod = self.primary(cluster)
        server = self.seen(cluster, pod)
        live = server.databases.get(into)
        if live and not wanted["replace"]:
            raise PostgresError(
                f"restore_into: there is a database {into}, and nothing was touched. Restore into a new one (restore_into), or set"
                " restore_replace to put the restored one in its place; the one that is there is then kept under another name"
            )
        if backup.version > server.version:
            raise PostgresError(
                f"{folder} is of PostgreSQL {backup.version}, and {self.namespace}/{self.name} is {server.version}, which does not read it."
                " Nothing was touched. Restore into servers of that version or a later one"
            )
        owner = wanted["owner"] or (live.properties.owner if live else dump.properties.owner)
        self.has_roles(pod, server, dump, owner)
        if not self._task.check_mode:
            server = self.tidied(cluster, pod, server)
        self.has_room(cluster, pod, server, f"restoring {dump.database}", [dump.bytes], "or raise postgres_size")
        kept_as = temporary.aside(into, server.now) if live else ""
        result = {
            "changed": True,
            "database": into,
            "owner": owner,
            "kept_as": kept_as,
            "tables": len(dump.tables),
            "rows": dump.rows,
        }
        if self._task.check_mode:
            return result
        with self.restored(cluster, pod, folder, dump, temporary.RESTORE, server, owner) as made:
            self.placed(cluster, pod, made, into, kept_as)
        return result

    def has_roles(self, pod: str, server: backups.Server, dump: manifest.Dump, owner: str) -> None:
        """Raises PostgresError where a role is missing without which the dump cannot be restored, with the way to bring it."""
        missing = sorted({*dump.roles, *dump.properties.roles(owner)} - server.roles)
        if missing:
            pattern = f'(ROLE|GRANT|TO) "?({"|".join(map(re.escape, missing))})"?[ ;]'
            raise PostgresError(
                f"{dump.database} needs the roles {', '.join(missing)}, which {self.namespace}/{self.name} does not have, and nothing was"
                f" touched. They are in {manifest.GLOBALS} of the backup, with what the server kept of their passwords. Look at these lines"
                f" of it, and run them: grep -E {shlex.quote(pattern)} {manifest.GLOBALS} | kubectl --namespace {self.namespace} exec"
                f" --stdin {pod} --container {CONTAINER} -- psql",
                missing=missing,
            )

    def placed(self, cluster: Cluster, pod: str, made: str, into: str, kept_as: str) -> None:
        """Give a restored database its name, and the one that has it another one, both or none."""
        statement = temporary.exchanging(made, into, kept_as) if kept_as else temporary.placing(made, into)
        try:
            self.ran(cluster, pod, backups.query("postgres", statement), f"putting the restored {into} in its place")
        except PostgresError as error:
            if error.facts.get("reason") == "CommandFailed":
                raise
            # The answer was lost; the server knows whether it did so.
            try:
                done = temporary.took_place(self.seen(cluster, pod).databases, made, into)
            except PostgresError:
                see = f"see whether there is a database {kept_as or into}"
                raise PostgresError(f"{error}. Whether it was done is not known: {see}", **error.facts) from error
            if not done:
                raise
