# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups, manifest, temporary
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_dumps import ARGUMENTS, SALT_BYTES, DumpsAction, Split

ISO = "%Y-%m-%dT%H:%M:%SZ"

OPTIONS = {
    **ARGUMENTS,
    "path": {"type": "str", "required": True},
    "databases": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "int", "default": 7},
    "prove": {"type": "bool", "default": True},
    "elsewhere": {"type": "dict", "default": {}},
}


class ActionModule(DumpsAction):
    ARGUMENTS = OPTIONS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        place = manifest.place(wanted["path"], "backup_path")
        if not place.is_dir():
            raise PostgresError(f"backup_path: {place} is no folder of this machine. Make it, or name another one")
        if wanted["keep"] < 1:
            raise PostgresError(f"backup_keep: {wanted['keep']} would delete the backup that was just taken. Keep 1 or more")
        pod = self.primary(cluster)
        server = self.seen(cluster, pod)
        chosen = self.chosen(server, wanted["databases"])
        now = datetime.now(timezone.utc)
        names = [*(path.name for path in place.iterdir()), *wanted["elsewhere"]]
        folder = place / manifest.folder(self.name, now, names)
        unfinished = manifest.unfinished(folder.name, server.system, secrets.token_hex(SALT_BYTES))
        same = self.same(place, wanted["elsewhere"], server.system)
        old = manifest.outdated({**same, folder.name: [database.name for database in chosen]}, wanted["keep"])
        old += manifest.left_behind(names, self.name, server.system, now)
        result = {
            "changed": True,
            "folder": str(folder),
            "unfinished": unfinished,
            "databases": [database.name for database in chosen],
            "removed": old,
        }
        if not self._task.check_mode:
            server = self.tidied(cluster, pod, server)
        if wanted["prove"]:
            cure = "raise postgres_size, leave databases out (backup_databases), or go without the proof (backup_prove)"
            sizes = [database.bytes for database in chosen]
            self.has_room(cluster, pod, server, "backup_prove: restoring what was dumped", sizes, cure)
        if self._task.check_mode:
            return result
        backup, kept = self.taken(cluster, pod, server, place / unfinished, folder, now, chosen, wanted["prove"])
        for name in old:
            if name not in wanted["elsewhere"]:
                self.removed(place / name)
        return {**result, "folder": str(kept), "backup": backup.facts()}

    def removed(self, folder: Path) -> None:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            self.warnings.append(f"{folder} is not kept any more, and could not be removed: {error}")

    def chosen(self, server: backups.Server, names: Sequence[str]) -> list[backups.Database]:
        there = server.of_people
        missing = sorted(set(names) - {database.name for database in there})
        if missing:
            has = ", ".join(database.name for database in there) or "none"
            raise PostgresError(f"backup_databases: there is no database {', '.join(missing)}. There are {has}")
        found = [database for database in there if not names or database.name in names]
        shut = [database.name for database in found if not database.open]
        if shut and names:
            raise PostgresError(f"backup_databases: {', '.join(shut)} takes no connections (ALTER DATABASE ... ALLOW_CONNECTIONS true)")
        if shut:
            self.warnings.append(f"{', '.join(shut)} takes no connections, and is not in the backup")
        return [database for database in found if database.open]

    def same(self, place: Path, elsewhere: dict[str, str], system: str) -> dict[str, frozenset[str]]:
        """Databases by folder of the backups of these very servers."""
        found = {}
        texts: dict[str, str] = dict(elsewhere)
        for path in place.iterdir():
            with contextlib.suppress(OSError, UnicodeError):
                texts[path.name] = (path / manifest.MANIFEST).read_text(encoding="utf-8")
        for folder, text in texts.items():
            name = manifest.FOLDER.fullmatch(folder)
            # What cannot be read is not counted, and stays.
            with contextlib.suppress(PostgresError):
                backup = manifest.parse(text, folder)
                if name and name["name"] == self.name and backup.servers == (self.namespace, self.name, system):
                    found[folder] = backup.databases
        return found

    def taken(
        self,
        cluster: Cluster,
        pod: str,
        server: backups.Server,
        unfinished: Path,
        folder: Path,
        now: datetime,
        databases: Sequence[backups.Database],
        prove: bool,
    ) -> tuple[manifest.Backup, Path]:
        """A folder with everything in it, which has its name only when it is whole: this one, or a later one that is free."""
        unfinished.mkdir(mode=0o700)
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, unfinished, ignore_errors=True)
            roles = unfinished / manifest.GLOBALS
            with roles.open("wb") as target:
                self.ran(cluster, pod, backups.dumping_globals(), "dumping roles", target=target)
            dumps = tuple(self.dumped(cluster, pod, unfinished, database) for database in databases)
            servers = (self.namespace, self.name, server.system)
            backup = manifest.Backup(*servers, now.strftime(ISO), server.version, dumps, manifest.digest(roles))
            if prove:
                self.proved(cluster, pod, server, unfinished, backup)
                backup = replace(backup, proved=datetime.now(timezone.utc).strftime(ISO))
            (unfinished / manifest.MANIFEST).write_text(backup.text(), encoding="utf-8")
            folder = self.renamed(unfinished, folder, now)
            undo.pop_all()
        return backup, folder

    def renamed(self, unfinished: Path, folder: Path, now: datetime) -> Path:
        """Its name, or the next that is free if another run took that one in the same second."""
        while True:
            try:
                unfinished.rename(folder)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise PostgresError(f"{folder} could not get its name, and is not kept: {error}. Run again") from error
                folder = folder.parent / manifest.folder(self.name, now, [path.name for path in folder.parent.iterdir()])
            else:
                return folder

    def dumped(self, cluster: Cluster, pod: str, folder: Path, database: backups.Database) -> manifest.Dump:
        file = folder / manifest.file_of(database.name)
        with file.open("wb") as target:
            split = Split(target, backups.END_OF_FIGURES)
            self.ran(cluster, pod, backups.dumping(database.name), f"dumping {database.name}", target=split)
        size = file.stat().st_size
        if not size:
            raise PostgresError(f"dumping {database.name} gave nothing, and no error either: its connection was cut. Run again")
        tables = backups.tables(split.text)
        return manifest.Dump(
            database.name, file.name, size, manifest.digest(file), tables, database.bytes, database.properties, database.roles
        )

    def proved(self, cluster: Cluster, pod: str, server: backups.Server, folder: Path, backup: manifest.Backup) -> None:
        """Restore each dump into a database of its own that is dropped afterwards."""
        for dump in backup.dumps:
            manifest.check(folder, dump)
            with self.restored(cluster, pod, folder, dump, temporary.PROOF, server, dump.properties.owner):
                pass
