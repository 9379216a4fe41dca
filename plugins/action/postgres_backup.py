# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_dumps import ARGUMENTS, DumpsAction, Split

ISO = "%Y-%m-%dT%H:%M:%SZ"

OPTIONS = {
    **ARGUMENTS,
    "path": {"type": "str", "required": True},
    "databases": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "int", "default": 7},
    "prove": {"type": "bool", "default": True},
}


class ActionModule(DumpsAction):
    ARGUMENTS = OPTIONS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        place = Path(wanted["path"]).expanduser()
        if not place.is_dir():
            raise PostgresError(f"backup_path: {place} is no folder of this machine. Make it, or name another one")
        if wanted["keep"] < 1:
            raise PostgresError(f"backup_keep: {wanted['keep']} would delete the backup that was just taken. Keep 1 or more")
        pod = self.primary(cluster)
        there = backups.owned(self.ran(cluster, pod, backups.databases(), "listing the databases"))
        chosen = [name for name, _owner, _size in there if not name.startswith(backups.SCRATCH)]
        missing = sorted(set(wanted["databases"]) - set(chosen))
        if missing:
            raise PostgresError(f"backup_databases: there is no database {', '.join(missing)}. There are {', '.join(chosen) or 'none'}")
        chosen = [name for name in chosen if name in (wanted["databases"] or chosen)]
        now = datetime.now(timezone.utc)
        folder = place / backups.folder(self.name, now.strftime("%Y%m%dT%H%M%SZ"))
        old = backups.outdated([*(path.name for path in place.iterdir()), folder.name], self.name, wanted["keep"])
        result = {"changed": True, "folder": str(folder), "databases": chosen, "removed": old}
        if self._task.check_mode:
            return result
        backup = self.taken(cluster, pod, folder, now, chosen, wanted["prove"], there)
        for name in old:
            shutil.rmtree(place / name)
        return {**result, "backup": backups.manifest_facts(backup)}

    def taken(
        self,
        cluster: Cluster,
        pod: str,
        folder: Path,
        now: datetime,
        names: Sequence[str],
        prove: bool,
        there: Sequence[tuple[str, str, int]],
    ) -> backups.Backup:
        """A folder with everything in it, which has its name only when it is whole."""
        for path in folder.parent.glob(f"{self.name}-*{backups.UNFINISHED}"):
            shutil.rmtree(path)
        unfinished = folder.with_name(folder.name + backups.UNFINISHED)
        unfinished.mkdir(mode=0o700)
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, unfinished, ignore_errors=True)
            version = int(self.ran(cluster, pod, backups.query("postgres", "SHOW server_version_num;"), "asking for the version")) // 10000
            roles = unfinished / backups.GLOBALS
            with roles.open("wb") as target:
                self.ran(cluster, pod, backups.dumping_globals(), "dumping roles", target=target)
            dumps = tuple(self.dumped(cluster, pod, unfinished, name) for name in names)
            backup = backups.Backup(self.name, now.strftime(ISO), version, dumps, backups.digest(roles))
            if prove:
                owners = {name: owner for name, owner, _size in there}
                self.proved(cluster, pod, unfinished, backup, owners)
                backup = replace(backup, proved=datetime.now(timezone.utc).strftime(ISO))
            (unfinished / backups.MANIFEST).write_text(backup.text(), encoding="utf-8")
            unfinished.rename(folder)
            undo.pop_all()
        return backup

    def dumped(self, cluster: Cluster, pod: str, folder: Path, name: str) -> backups.Dump:
        file = folder / backups.file_of(name)
        with file.open("wb") as target:
            split = Split(target, backups.END_OF_FIGURES)
            self.ran(cluster, pod, backups.dumping(name), f"dumping {name}", target=split)
        size = file.stat().st_size
        if not size:
            raise PostgresError(f"dumping {name} gave nothing. See the log of pod {self.namespace}/{pod}")
        return backups.Dump(name, file.name, size, backups.digest(file), backups.tables(split.text))

    def proved(self, cluster: Cluster, pod: str, folder: Path, backup: backups.Backup, owners: dict[str, str]) -> None:
        """Restore each dump into a database of its own that is dropped afterwards; those of a run that was killed go as well."""
        for name in owners:
            if name.startswith(backups.SCRATCH):
                self.ran(cluster, pod, backups.dropping(name), f"dropping {name}")
        for number, dump in enumerate(backup.dumps, 1):
            backups.check(str(folder), dump)
            scratch = f"{backups.SCRATCH}{number}"
            self.restored(cluster, pod, folder, dump, scratch, owners[dump.database])
            self.ran(cluster, pod, backups.dropping(scratch), f"dropping {scratch}")
