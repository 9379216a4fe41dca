# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import sys
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import (
    ROWS_AT_ONCE,
    Answer,
    Database,
    SessionError,
    Sessions,
)
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn

SECRET = "with 'quotes\" and $"


def database(hosts=("10.0.0.1", "10.0.0.2"), port=30432, **further):
    return Database(WayIn(hosts, port, "my db", "order", "database/main-owner", "database/main-ca"), SECRET, "PEM", **further)


def test_every_address_is_tried_and_the_server_has_to_prove_itself():
    found = database().options("/x/ca.crt")
    assert (found["host"], found["port"], found["target_session_attrs"]) == ("10.0.0.1,10.0.0.2", "30432", "read-write")
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-ca", "/x/ca.crt")
    assert (found["dbname"], found["user"], found["password"]) == ("my db", "order", SECRET)
    assert database().through("10.0.0.2").options("/x")["host"] == "10.0.0.2"
    assert database().of("inventory_mgmt").options("/x")["dbname"] == "inventory_mgmt"
    assert database(name="other", user="postgres").options("/x")["dbname"] == "other"


def test_no_secret_is_in_its_text():
    assert SECRET not in repr(database())


@pytest.fixture
def closed():
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_door_that_is_closed_is_told_with_place_and_cure_and_without_the_secret(closed):
    pytest.importorskip("psycopg")
    with pytest.raises(PostgresError, match=f"database my db at 127.0.0.1 port {closed}: .*See that the port is open") as refused:
        database(hosts=("127.0.0.1",), port=closed).query("SELECT 1")
    assert SECRET not in str(refused.value)


def test_an_error_of_the_server_has_its_cure_and_not_the_secret():
    class RefusedError(Exception):
        sqlstate = "28P01"

    found = database()._error(RefusedError(f"password {SECRET} failed\nfor user"))
    assert SECRET not in str(found)
    assert str(found).endswith("see the Secret of the owner, or have a new one made (postgres_rotate_password: true)")
    assert found.facts == {"sqlstate": "28P01"}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ('connection failed: FATAL:  password authentication failed for user "app"', "28P01"),
        ('FATAL:  database "inventory_mgmt" does not exist', "3D000"),
        ("connection refused", None),
    ],
)
def test_a_refusal_while_connecting_has_no_state_and_is_known_by_its_words(said, state):
    assert database()._error(Exception(said)).facts == {"sqlstate": state}


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(PostgresError, match="pip install 'psycopg"):
        database().query("SELECT 1")


class Result:
    def __init__(self, status="COMMAND_OK", tag=b"", rows=(), **fields):
        self.name, self.command_status, self._rows, self._fields = status, tag, rows, fields
        self.error_message = fields.get("said", b"")

    ntuples = property(lambda self: len(self._rows))
    nfields = property(lambda self: len(self._rows[0]))

    @property
    def status(self):
        return pq().ExecStatus[self.name]

    def get_value(self, row, column):
        return self._rows[row][column]

    def error_field(self, field):
        return self._fields.get(field.name)


class Connection:
    """A connection of libpq of which the test says what comes in, and when."""

    def __init__(self, polls=(), parameters=(), results=(), breaks=False, status="OK"):
        self.far, self._near = socket.socketpair()
        self.socket = self._near.fileno()
        self.polls, self.parameters, self.results, self.breaks = list(polls), dict(parameters), list(results), breaks
        self.sent, self.finished, self.error_message = [], False, f"no, {SECRET}, because\nof this".encode()
        self.name, self.came = status, False
        self.far.send(b"x")

    @property
    def status(self):
        return pq().ConnStatus[self.name]

    def connect_poll(self):
        return pq().PollingStatus[self.polls.pop(0)]

    def parameter_status(self, key):
        return self.parameters.get(key)

    def send_query(self, text):
        if self.breaks == "at once":
            raise pytest.importorskip("psycopg").OperationalError(f"{SECRET} it broke")
        self.sent.append(text)

    def flush(self):
        return 0

    def is_busy(self):
        return not self.came

    def consume_input(self):
        self._near.recv(9)
        self.came = True
        if self.breaks:
            raise pytest.importorskip("psycopg").OperationalError("server closed the connection")

    def get_result(self):
        result = self.results.pop(0) if self.results else None
        if result is not None and result.name == "NONFATAL_ERROR":
            self.notice_handler(result)
            return self.get_result()
        return result

    def finish(self):
        self.finished = True


def pq():
    return pytest.importorskip("psycopg").pq


@pytest.fixture
def opened(monkeypatch):
    """Opens a session over a connection, and gives both."""
    library = pytest.importorskip("psycopg")
    asked = []

    def opens(connection, seconds=2, going=lambda: True):
        class Begun:
            @staticmethod
            def connect_start(text):
                asked.append(library.conninfo.conninfo_to_dict(text.decode()))
                return connection

        monkeypatch.setattr(library.pq, "PGconn", Begun)
        sessions = Sessions(database())
        try:
            return sessions.open("10.0.0.2", seconds, going)
        finally:
            sessions.close()

    opens.asked = asked
    return opens


STARTED = ("WRITING", "WRITING", "READING", "OK")


def test_a_session_is_to_one_host_with_the_server_proven_and_without_a_time_for_statements(opened):
    session = opened(Connection(STARTED))
    (asked,) = opened.asked
    assert (asked["host"], asked["sslmode"], asked["target_session_attrs"]) == ("10.0.0.2", "verify-ca", "any")
    assert (asked["options"], asked["password"]) == ("-c statement_timeout=0", SECRET)
    assert not session.closed


@pytest.mark.parametrize(
    ("connection", "state", "timed_out", "said"),
    [
        pytest.param({"polls": ("FAILED",)}, "", False, "10.0.0.2 port 30432: no, .*, because of this$", id="refused"),
        pytest.param({"status": "BAD"}, "", False, "because of this$", id="refused before anything was sent"),
        pytest.param({"polls": STARTED, "parameters": {b"in_hot_standby": b"on"}}, "25006", False, "takes no writes", id="a standby"),
        pytest.param(
            {"polls": STARTED, "parameters": {b"default_transaction_read_only": b"on"}},
            "25006",
            False,
            "takes no writes",
            id="a fenced one",
        ),
        pytest.param({"polls": ("READING", "READING")}, "", True, "did not answer in 0.05 s", id="silent"),
    ],
)
def test_a_session_that_is_not_to_be_had(opened, connection, state, timed_out, said):
    made = Connection(**connection)
    if timed_out:
        made.far.setblocking(False)
        made._near.recv(9)
    with pytest.raises(SessionError, match=said) as refused:
        opened(made, 0.05)
    assert (refused.value.state, refused.value.timed_out) == (state, timed_out)
    assert SECRET not in str(refused.value)
    assert made.finished


def test_nobody_waits_for_a_connection_that_nobody_wants_any_longer(opened):
    made = Connection(("READING",))
    made._near.recv(9)
    begun = time.monotonic()
    with pytest.raises(SessionError):
        opened(made, 30, lambda: False)
    assert time.monotonic() - begun < 5


def test_an_answer_has_the_rows_of_all_statements_and_the_last_tag(opened):
    made = Connection(STARTED, results=[Result(tag=b"BEGIN"), Result("TUPLES_OK", b"INSERT 0 1", [(b"17", None)])])
    session = opened(made)
    session.send("BEGIN; INSERT")
    assert session.answer(1) == Answer([("17", None)], "INSERT 0 1", False)
    assert made.sent == [b"BEGIN; INSERT"]


def test_one_may_ask_again_for_what_has_not_come_yet(opened):
    made = Connection(STARTED, results=[Result(tag=b"COMMIT")])
    session = opened(made)
    made._near.recv(9)
    session.send("COMMIT")
    assert session.answer(0.01) is None
    made.far.send(b"x")
    assert session.answer(1).tag == "COMMIT"


@pytest.mark.parametrize(("severity", "warned"), [(b"WARNING", True), (b"NOTICE", False)])
def test_a_warning_is_told_once(opened, severity, warned):
    made = Connection(STARTED, results=[Result("NONFATAL_ERROR", SEVERITY_NONLOCALIZED=severity), Result(tag=b"COMMIT")])
    session = opened(made)
    session.send("COMMIT")
    assert session.answer(1) == Answer([], "COMMIT", warned)
    made.results.append(Result(tag=b"BEGIN"))
    session.send("BEGIN")
    assert session.answer(1).warned is False


def asked(session, text):
    session.send(text)
    return session.answer(1)


@pytest.mark.parametrize(
    ("results", "breaks", "state"),
    [
        pytest.param([Result("FATAL_ERROR", SQLSTATE=b"25006", said=b"ERROR: read only")], False, "25006", id="a refusal"),
        pytest.param([Result("FATAL_ERROR", SQLSTATE=b"57P01", said=b"FATAL: shutdown")], True, "57P01", id="the last words of a server"),
        pytest.param([], True, "", id="it broke without a word"),
        pytest.param([], "at once", "", id="it broke when something was sent"),
    ],
)
def test_what_went_wrong_in_a_session(opened, results, breaks, state):
    session = opened(Connection(STARTED, results=results, breaks=breaks))
    with pytest.raises(SessionError) as said:
        asked(session, "COMMIT")
    assert (said.value.state, said.value.timed_out) == (state, False)
    assert SECRET not in str(said.value)


def test_many_rows_stay_with_the_server_until_they_are_asked_for(monkeypatch):
    told = []

    class Cursor:
        itersize = None

        def __enter__(self):
            return self

        def __exit__(self, *_problem):
            told.append(("closed", self.itersize))

        def execute(self, text, values):
            told.append((text, values))

        def __iter__(self):
            return iter([(1,), (2,)])

    class Connected:
        def __enter__(self):
            return self

        def __exit__(self, *_problem):
            pass

        def execute(self, text):
            told.append(text)

        def cursor(self, name):
            assert name
            return Cursor()

    monkeypatch.setattr(pytest.importorskip("psycopg"), "connect", lambda **_options: Connected())
    rows = database().stream("SELECT", ["run"], before=["SET"])
    assert told == []
    assert next(rows) == (1,)
    assert told == ["SET", ("SELECT", ["run"])]
    assert list(rows) == [(2,)]
    assert told[-1] == ("closed", ROWS_AT_ONCE)
