# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the load: what is in one, and the table that they are in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Row
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

SCHEMA, TABLE = "pikube_failover", "entries"
CHANGED = "changed"  # stands for the checksum of a row whose own does not fit it
COMMIT, ROLLBACK = "COMMIT", "ROLLBACK"
DROPS, PAUSE = 6, 5.0  # times that rows are dropped, and seconds between them
# How many sessions of one's own wait for a standby.
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = current_user"


class Entry(NamedTuple):
    writer: int
    number: int
    payload: str
    checksum: str


def checksum(run: str, writer: int, number: int, payload: str) -> str:
    return hashlib.blake2b(f"{run} {writer} {number} {payload}".encode(), digest_size=8).hexdigest()


def entry(run: str, writer: int, number: int, payload_bytes: int) -> Entry:
    """Another payload for each, and the same one for the same."""
    payload = hashlib.shake_128(f"{run} {writer} {number}".encode()).hexdigest((payload_bytes + 1) // 2)[:payload_bytes]
    return Entry(writer, number, payload, checksum(run, writer, number, payload))


@dataclass(frozen=True)
class Entries:
    """The table in a database. It keeps nobody from writing a row twice: that has to show."""

    door: Database
    schema: str = SCHEMA

    def by(self, peers: Collection[str]) -> Entries:
        """By those of the addresses that are among the peers, the nodes that are not hit; as it is where none is.

        A node that is cut off leads to the server that is cut off with it, to which it was the primary when it heard last: all that another
        one has acknowledged since would seem to be lost.
        """
        hosts = [host for host in self.door.way.hosts if host in peers]
        return replace(self, door=self.door.through(*hosts)) if hosts else self

    @property
    def table(self) -> str:
        return f"{sql.name(self.schema)}.{TABLE}"

    def prepare(self) -> None:
        """Raises PostgresError. The rows of earlier runs stay."""
        self.door.run(
            [
                f"CREATE SCHEMA IF NOT EXISTS {sql.name(self.schema)}",
                f"""\
CREATE TABLE IF NOT EXISTS {self.table} (
    id bigserial NOT NULL,
    run text NOT NULL,
    writer integer NOT NULL,
    number integer NOT NULL,
    payload text NOT NULL,
    checksum text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
)""",
                # For those who read the last row. What is there in the end is read without it.
                f"CREATE INDEX IF NOT EXISTS {TABLE}_id ON {self.table} (id)",
            ]
        )

    def dropped(self, sleep: Callable[[float], Any] = time.sleep) -> str:
        """Drops the rows of all runs. Why they are still there; "" if they are gone.

        Tried again for a while: a node that is just back may still mend the ways to the services.
        """
        for rest in reversed(range(DROPS)):
            try:
                self.door.run([f"DROP SCHEMA IF EXISTS {sql.name(self.schema)} CASCADE"])
                return ""
            except PostgresError as error:
                why = str(error)
            if rest:
                sleep(PAUSE)
        return why

    def rows(self, run: str) -> Iterator[Row]:
        """Of a run, those of a writer in the order in which they were written, their checksums made anew. Raises PostgresError.

        A writer sends COMMIT after it knows that the row has its id, so that rows of one writer have ids in its order, also where COMMIT
        of one took longer than the next.
        """
        text = f"SELECT writer, number, payload, checksum FROM {self.table} WHERE run = %s ORDER BY id"  # noqa: S608 (a name, quoted)
        for writer, number, payload, kept in self.door.stream(text, [run], before=PLAIN):
            made = checksum(run, writer, number, payload)
            yield Row(writer, number, made if made == kept else CHANGED)

    def insert(self, run: str, one: Entry) -> str:
        """Begins a transaction and writes a row, of which it gives id and the server's own address: in one round trip."""
        values = f"{sql.literal(run)}, {one.writer}, {one.number}, {sql.literal(one.payload)}, {sql.literal(one.checksum)}"
        return (
            f"BEGIN; INSERT INTO {self.table} (run, writer, number, payload, checksum) VALUES ({values})"  # noqa: S608 (literals, quoted)
            " RETURNING id, host(inet_server_addr())"
        )

    def read(self, identity: str) -> str:
        """identity: as the server gave it."""
        return f"SELECT checksum FROM {self.table} WHERE id = {int(identity)}"  # noqa: S608 (a name, quoted)


# An index that was damaged must not hide rows.
PLAIN = ("SET LOCAL enable_indexscan = off", "SET LOCAL enable_indexonlyscan = off", "SET LOCAL enable_bitmapscan = off")
