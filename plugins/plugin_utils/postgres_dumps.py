# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What making and restoring backups share: commands in the container of the primary, and their output."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups, room, status, temporary
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.manifest import Dump
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PostgresAction, said
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "namespace": {"type": "str", "default": "database"},
    "name": {"type": "str", "default": "main"},
    "silence_seconds": {"type": "int", "default": 3600},
}
MIB = 1024**2
SALT_BYTES = 4
QUICK_SECONDS = 60


class Split:
    """A file that gets what follows a mark; what is before it is kept as text."""

    def __init__(self, target: IO[bytes], mark: bytes) -> None:
        self._target, self._mark = target, mark
        self._before = b""
        self._after = False

    def write(self, chunk: bytes) -> None:
        if self._after:
            self._target.write(chunk)
            return
        self._before += chunk
        place = self._before.find(self._mark)
        if place >= 0:
            self._target.write(self._before[place + len(self._mark) :])
            self._before, self._after = self._before[:place], True

    @property
    def text(self) -> str:
        return self._before.decode()


class DumpsAction(PostgresAction):
    def carry_out(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.namespace, self.name, self.silence = wanted["namespace"], wanted["name"], wanted["silence_seconds"]
        if self.silence < 1:
            raise PostgresError(f"silence_seconds: {self.silence} would end every command at once. Leave it out, or give 1 or more")
        return super().carry_out(wanted)

    def outcome(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.warnings: list[str] = []
        result = super().outcome(wanted)
        return {**result, **({"warnings": self.warnings} if self.warnings else {})}

    def primary(self, cluster: Cluster) -> str:
        """Pod of the server that takes writes. Raises PostgresError while there is none."""
        self.pods = cluster.list("Pod", self.namespace)
        found = status.writers(self.name, self.pods)
        if len(found) != 1:
            raise PostgresError(
                f"postgres {self.namespace}/{self.name} has {len(found)} servers that take writes, and one is needed. See its pods, or"
                " correct postgres_namespace and postgres_name"
            )
        return found[0]

    def ran(self, cluster: Cluster, pod: str, command: Sequence[str], what: str, **options: Any) -> str:
        """What a command said, run in the container of a server. what: is said when it takes long."""

        def told(moved: int) -> None:
            self.says(f"{what} ({moved / MIB:.1f} MiB)")

        try:
            return said(cluster, self.namespace, pod, command, **{"silence": self.silence, "told": told, **options})
        except ClusterError as error:
            raise PostgresError(f"{what} failed: {error}", **error.facts) from error

    def seen(self, cluster: Cluster, pod: str) -> backups.Server:
        return backups.seen(self.ran(cluster, pod, backups.looking(), "listing the databases"))

    def tidied(self, cluster: Cluster, pod: str, server: backups.Server) -> backups.Server:
        """Databases that runs left which are over for a day go, unless somebody is in one. Returns what is there then."""
        old = temporary.left_behind(server.databases, server.now)
        for name in old:
            self.dropped(cluster, pod, name, force=False)
        return self.seen(cluster, pod) if old else server

    def dropped(self, cluster: Cluster, pod: str, name: str, *, force: bool) -> None:
        """Drop a database of a run. That it cannot be is no reason to fail, nor to say that instead of the reason."""
        try:
            self.ran(cluster, pod, backups.dropping(name, force=force), f"dropping database {name}")
        except PostgresError as error:
            self.warnings.append(f"database {name} of a backup or a restore is left behind; a run of a day later drops it ({error})")

    def has_room(self, cluster: Cluster, primary: str, server: backups.Server, what: str, sizes: Sequence[int], cure: str) -> None:
        """Raises PostgresError where copies of databases of such sizes do not fit on a server, before anything is made."""
        there, command = {}, backups.shell(room.asking(server.folder))
        for pod in room.servers(self.name, self.pods):
            try:
                text = self.ran(cluster, pod, command, f"asking {pod} for its room", silence=QUICK_SECONDS)
            except PostgresError as error:
                # The node of a standby may have died this minute.
                if pod == primary:
                    raise
                self.warnings.append(f"whether a copy has room on {pod} is not known ({error})")
            else:
                there[pod] = room.free(text)
        left = {name: size for name, size in server.of_runs.items() if size}
        room.check(what, sizes, there, left, cure)

    @contextmanager
    def restored(
        self, cluster: Cluster, pod: str, folder: Path, dump: Dump, beginning: str, server: backups.Server, owner: str
    ) -> Iterator[str]:
        """A new database of a dump, with all that was dumped. It goes at the end, unless it has another name by then."""
        database = temporary.name(beginning, server.now, secrets.token_hex(SALT_BYTES))
        creating = dump.properties.creating(database, owner, server.version)
        self.ran(cluster, pod, backups.query("postgres", creating), f"making a database for {dump.database}")
        try:
            self.filled(cluster, pod, folder, dump, database, owner)
            yield database
        finally:
            self.dropped(cluster, pod, database, force=True)

    def filled(self, cluster: Cluster, pod: str, folder: Path, dump: Dump, database: str, owner: str) -> None:
        what = f"restoring {dump.database}"
        applying = dump.properties.applying(database, owner)
        # Tried first, so that it does not fail after hours; done last, since a setting might be in the way of the rest.
        self.ran(cluster, pod, backups.changing(applying, keep=False), f"{what}: trying its settings and privileges")
        with (folder / dump.file).open("rb") as source:
            self.ran(cluster, pod, backups.restoring(database, dump.size), what, source=source)
        figures = self.ran(cluster, pod, backups.figures(database), f"{what}: counting the rows")
        found = backups.differences(dump.tables, backups.tables(figures))
        if found:
            raise PostgresError(f"{folder / dump.file} does not give back what was dumped: {'; '.join(found)}", differences=found)
        self.ran(cluster, pod, backups.changing(applying), f"{what}: its settings and privileges")
