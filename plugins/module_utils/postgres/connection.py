# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to SQL. It runs on the controller and uses psycopg, which is imported at the first connection."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn


@dataclass(frozen=True)
class Database:
    """One database behind a way in, by the password of a user, the owner if nobody else is named.

    authority: certificate by which the server has to prove itself (PEM); without it nobody knows who answers, and no password is sent.
    statement_seconds: after which a statement is given up.
    """

    way: WayIn
    password: str = field(repr=False)
    authority: str = field(repr=False)
    name: str = ""
    user: str = ""
    statement_seconds: int = 60

    def of(self, name: str) -> Database:
        """The same way into another database."""
        return replace(self, name=name)

    def through(self, host: str) -> Database:
        """By one address alone."""
        return replace(self, way=replace(self.way, hosts=(host,)))

    def options(self, authority_file: str) -> dict[str, Any]:
        return {
            **self.way.options(authority_file),
            **({"dbname": self.name} if self.name else {}),
            **({"user": self.user} if self.user else {}),
            "password": self.password,
            "application_name": "pikube",
            "options": f"-c statement_timeout={self.statement_seconds}s",
        }

    def query(self, text: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        with self._connected() as connection:
            return connection.execute(text, values or None).fetchall()

    def run(self, statements: Sequence[str]) -> None:
        """All of them in one transaction, or none."""
        with self._connected() as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        psycopg = library()
        with tempfile.NamedTemporaryFile("w", suffix=".crt") as file:
            file.write(self.authority)
            file.flush()
            try:
                with psycopg.connect(**self.options(file.name)) as connection:
                    yield connection
            except psycopg.Error as error:
                raise self._error(error) from error

    def _error(self, error: Exception) -> PostgresError:
        said = " ".join(str(error).split()).replace(self.password, "********") if self.password else " ".join(str(error).split())
        where = f"{self.name or self.way.database} at {', '.join(self.way.hosts)} port {self.way.port}"
        state = getattr(error, "sqlstate", None) or _state(str(error))
        return PostgresError(
            f"database {where}: {said}. {CURES.get(state or '', 'See that the port is open from here, and the state of the servers')}",
            sqlstate=state,
        )


def library() -> Any:
    """psycopg. Raises PostgresError where it is missing, which one wants to know before anything is made."""
    try:
        import psycopg
    except ImportError as error:
        raise PostgresError(
            f"the Python that runs Ansible has no psycopg ({error}). Install it there: pip install 'psycopg[binary]'"
        ) from error
    return psycopg


def _state(said: str) -> str | None:
    """SQLSTATE of a connection that was refused, of which libpq gives the words alone."""
    if re.search(r'database ".*" does not exist', said):
        return NO_DATABASE
    return next((state for words, state in REFUSED if words in said), None)


WRONG_PASSWORD, NO_DATABASE = "28P01", "3D000"
# Words of the server -> SQLSTATE
REFUSED = (
    ("password authentication failed", WRONG_PASSWORD),
    ("remaining connection slots", "53300"),
    ("too many clients", "53300"),
    ("session is read-only", "25006"),
)
# SQLSTATE -> what to do
CURES = {
    "28P01": "The password is another one: see the Secret of the owner, or have a new one made (postgres_rotate_password: true)",
    "3D000": "There is no such database: run role postgres",
    "25006": "The server takes no writes: wait until there is a primary",
    "57014": "It took too long",
    "53300": "Too many connections: see who holds them (pg_stat_activity)",
}
