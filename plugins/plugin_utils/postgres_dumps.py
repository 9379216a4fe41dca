# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What making and restoring backups share: commands in the container of the primary, and their output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups, status
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PostgresAction, said
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "namespace": {"type": "str", "default": "database"},
    "name": {"type": "str", "default": "main"},
}
MIB = 1024**2


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
        self.namespace, self.name = wanted["namespace"], wanted["name"]
        return super().carry_out(wanted)

    def primary(self, cluster: Cluster) -> str:
        """Pod of the server that takes writes. Raises PostgresError while there is none."""
        found = status.writers(self.name, cluster.list("Pod", self.namespace))
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
            return said(cluster, self.namespace, pod, command, told=told, **options)
        except ClusterError as error:
            raise PostgresError(f"{what} failed: {error}", **error.facts) from error

    def restored(self, cluster: Cluster, pod: str, folder: Path, dump: backups.Dump, database: str, owner: str) -> None:
        """Make a new database of a dump, and compare it with what was there when the dump was taken. One that failed is dropped again."""
        done = False
        try:
            self.ran(cluster, pod, backups.creating(database, owner), f"making database {database}")
            with (folder / dump.file).open("rb") as source:
                self.ran(cluster, pod, backups.restoring(database, dump.size), f"restoring {dump.database} into {database}", source=source)
            figures = self.ran(cluster, pod, backups.figures(database), f"counting the rows of {database}")
            found = backups.differences(dump.tables, backups.tables(figures))
            if found:
                raise PostgresError(f"{folder / dump.file} does not give back what was dumped: {'; '.join(found)}", differences=found)
            done = True
        finally:
            if not done:
                self.ran(cluster, pod, backups.dropping(database), f"dropping database {database}")
