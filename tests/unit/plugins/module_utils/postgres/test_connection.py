# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import sys

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database
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
