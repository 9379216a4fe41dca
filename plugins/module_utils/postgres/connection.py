# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one door to SQL. It runs on the controller and uses psycopg, which is imported at the first connection."""

from __future__ import annotations

import re
import select
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

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

    def through(self, *hosts: str) -> Database:
        """By some of the addresses alone."""
        return replace(self, way=replace(self.way, hosts=hosts))

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

    def stream(self, text: str, values: Sequence[Any] | Mapping[str, Any] = (), *, before: Sequence[str] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of one statement, however many they are: they stay with the server until they are asked for.

        before: statements of the same transaction, for what holds in it alone (SET LOCAL).
        """
        with self._connected() as connection:
            for statement in before:
                connection.execute(statement)
            with connection.cursor(name="pikube") as cursor:
                cursor.itersize = ROWS_AT_ONCE
                cursor.execute(text, values or None)
                yield from cursor

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

    @property
    def where(self) -> str:
        return f"database {self.name or self.way.database} at {', '.join(self.way.hosts)} port {self.way.port}"

    def said(self, text: object) -> str:
        """What a server or the library said, in one line and without the password."""
        line = " ".join(str(text).split())
        return line.replace(self.password, "********") if self.password else line

    def _error(self, error: Exception) -> PostgresError:
        said = self.said(error)
        state = getattr(error, "sqlstate", None) or _state(str(error))
        return PostgresError(
            f"{self.where}: {said}. {CURES.get(state or '', 'See that the port is open from here, and the state of the servers')}",
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


class SessionError(PostgresError):
    """A session is over, or was not to be had, or refused a statement.

    state: SQLSTATE, "" where none was said, as for any connection that broke. timed_out: whether nothing was said at all.
    """

    def __init__(self, message: str, state: str = "", timed_out: bool = False) -> None:
        super().__init__(message, sqlstate=state or None)
        self.state, self.timed_out = state, timed_out


class Answer(NamedTuple):
    """rows: of all statements, as text. tag: what the server did last ("COMMIT"). warned: whether it warned of something meanwhile."""

    rows: list[tuple[str | None, ...]]
    tag: str
    warned: bool


class Sessions:
    """Opens sessions that stay, to one host each, which may be one that takes no writes if asked so."""

    def __init__(self, door: Database) -> None:
        self._psycopg = library()
        self._door = door
        self._file = tempfile.NamedTemporaryFile("w", suffix=".crt")  # noqa: SIM115 (libpq reads it at each connection; close() ends it)
        self._file.write(door.authority)
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def open(self, host: str, seconds: float, going: Callable[[], bool] = lambda: True) -> Session:
        """Gives up after so many seconds, or as soon as it is not going on. Raises SessionError, also for a server that takes no writes."""
        pq, door = self._psycopg.pq, self._door.through(host)
        options = {**door.options(self._file.name), **OPTIONS_OF_SESSIONS}
        text = self._psycopg.conninfo.make_conninfo(**options)
        connection = pq.PGconn.connect_start(text.encode())
        session, deadline = Session(self._psycopg, connection, door), time.monotonic() + seconds
        wanted = {pq.PollingStatus.READING: select.POLLIN, pq.PollingStatus.WRITING: select.POLLOUT}
        try:
            if connection.status == pq.ConnStatus.BAD:
                raise session.broken()
            event = select.POLLOUT
            while True:
                while not _ready(connection.socket, event, deadline - time.monotonic()):
                    if time.monotonic() >= deadline or not going():
                        raise SessionError(f"{door.where} did not answer in {seconds:g} s", timed_out=True)
                status = connection.connect_poll()
                if status == pq.PollingStatus.OK:
                    break
                if status not in wanted:
                    raise session.broken()
                event = wanted[status]
            session.begin()
        except BaseException:
            connection.finish()
            raise
        return session


class Session:
    """One connection, in which the caller says where transactions begin and end. For one thread."""

    def __init__(self, psycopg: Any, connection: Any, door: Database) -> None:
        self._psycopg, self._connection, self._door = psycopg, connection, door
        self._warned = False
        self._results: list[Any] = []

    def begin(self) -> None:
        """Raises SessionError for a server that says that it takes no writes (version 14 and newer say it)."""
        self._connection.nonblocking = 1
        self._connection.notice_handler = self._noticed
        if b"on" in (self._connection.parameter_status(key) for key in (b"in_hot_standby", b"default_transaction_read_only")):
            raise SessionError(f"{self._door.where} takes no writes", READ_ONLY)
        self._poll = select.poll()
        self._poll.register(self._connection.socket, select.POLLIN)

    def send(self, text: str) -> None:
        """Statements, without waiting for what becomes of them. Raises SessionError; they may have come through all the same."""
        self._warned, self._results = False, []
        try:
            self._connection.send_query(text.encode())
            while self._connection.flush() == 1:
                _ready(self._connection.socket, select.POLLOUT, 1.0)
        except self._psycopg.Error as error:
            raise self._failed(error) from error

    def answer(self, seconds: float) -> Answer | None:
        """What became of what was sent; None if nothing came in that time, and it may be asked again. Raises SessionError."""
        connection, deadline = self._connection, time.monotonic() + seconds
        try:
            while True:
                while connection.is_busy():
                    if not self._poll.poll(max(deadline - time.monotonic(), 0) * 1000):
                        return None
                    connection.consume_input()
                result = connection.get_result()
                if result is None:
                    break
                self._results.append(result)
        except self._psycopg.Error as error:
            raise self._failed(error) from error
        return self._read()

    def close(self) -> None:
        self._connection.finish()

    @property
    def closed(self) -> bool:
        return self._connection.status != self._psycopg.pq.ConnStatus.OK

    def broken(self) -> SessionError:
        """What the library says of a connection that is none, or no longer."""
        said = self._door.said((self._connection.error_message or b"the connection broke").decode(errors="replace"))
        return SessionError(f"{self._door.where}: {said}")

    def _noticed(self, result: Any) -> None:
        self._warned |= result.error_field(self._psycopg.pq.DiagnosticField.SEVERITY_NONLOCALIZED) == b"WARNING"

    def _failed(self, error: Exception) -> SessionError:
        """The reason why a server closes a connection comes just before the end of it."""
        try:
            while (result := self._connection.get_result()) is not None:
                self._results.append(result)
            self._read()
        except SessionError as said:
            return said
        except self._psycopg.Error:
            pass
        return SessionError(f"{self._door.where}: {self._door.said(error)}")

    def _read(self) -> Answer:
        status, rows, tag = self._psycopg.pq.ExecStatus, [], b""
        for result in self._results:
            if result.status not in (status.COMMAND_OK, status.TUPLES_OK):
                state = (result.error_field(self._psycopg.pq.DiagnosticField.SQLSTATE) or b"").decode()
                raise SessionError(f"{self._door.where}: {self._door.said(result.error_message.decode(errors='replace'))}", state)
            tag = result.command_status or b""
            for row in range(result.ntuples):
                values = [result.get_value(row, column) for column in range(result.nfields)]
                rows.append(tuple(None if value is None else value.decode() for value in values))
        return Answer(rows, tag.decode(), self._warned)


def _ready(descriptor: int, event: int, seconds: float) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, event)
    return bool(waiting.poll(min(max(seconds, 0), LONGEST_WAIT) * 1000))


ROWS_AT_ONCE = 5000
LONGEST_WAIT = 0.5  # seconds, until somebody who waits for a connection asks whether to go on
READ_ONLY = "25006"
# A peer that is gone is found after 5 + 3 * 2 s. Whoever sets its own time for a statement ends with it the wait for a standby, and is told
# that a row is there which is nowhere else.
OPTIONS_OF_SESSIONS = {
    "target_session_attrs": "any",
    "options": "-c statement_timeout=0",
    "gssencmode": "disable",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "client_encoding": "UTF8",
}
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
