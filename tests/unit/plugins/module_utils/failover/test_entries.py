# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import CHANGED, Entries, Entry, checksum, entry
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Row
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.integers(1, 2**31 - 1)


@given(NUMBERS, NUMBERS, st.integers(16, 300))
def test_an_entry_is_the_same_each_time_and_like_no_other(writer, number, size):
    found = entry("run", writer, number, size)
    assert found == entry("run", writer, number, size)
    assert (len(found.payload), len(found.checksum)) == (size, 16)
    others = [entry("other", writer, number, size), entry("run", writer + 1, number, size), entry("run", writer, number + 1, size)]
    assert all((other.payload, other.checksum) != (found.payload, found.checksum) for other in others)


class Door:
    """Has the rows, and keeps what it is told."""

    def __init__(self, rows=()):
        self.rows, self.told = rows, []

    def run(self, statements):
        self.told += statements

    def stream(self, text, values, *, before):
        self.told += [*before, text]
        assert values == ["run"]
        return iter(self.rows)


def test_rows_are_judged_by_what_is_in_them():
    one, two = (entry("run", 1, number, 16) for number in (1, 2))
    rows = [
        tuple(one),
        tuple(two._replace(payload="x" + two.payload[1:])),
        tuple(two._replace(checksum="0" * 16)),
        tuple(entry("other", 1, 2, 16)),
        tuple(Entry(1, 2, "another", checksum("run", 1, 2, "another"))),
    ]
    found = list(Entries(Door(rows)).rows("run"))
    assert found[0] == Row(1, 1, one.checksum)
    assert [row.checksum for row in found[1:4]] == [CHANGED] * 3
    assert found[4].checksum not in (CHANGED, two.checksum)


def test_rows_are_read_in_their_order_and_without_the_index():
    door = Door()
    assert list(Entries(door).rows("run")) == []
    assert door.told[-1].endswith("ORDER BY id")
    assert sum("= off" in statement for statement in door.told) == 3


def test_the_table_keeps_nobody_from_writing_twice_and_goes_as_a_whole():
    door = Door()
    Entries(door, 'odd "name').prepare()
    assert Entries(door, 'odd "name').dropped() == ""
    assert all('"odd ""name"' in statement for statement in door.told)
    assert not any(word in statement for statement in door.told for word in ("UNIQUE", "PRIMARY KEY"))
    assert door.told[-1] == 'DROP SCHEMA IF EXISTS "odd ""name" CASCADE'


@pytest.mark.parametrize(("failures", "why", "waits"), [(0, "", 0), (2, "", 2), (9, "nobody answers", 5)])
def test_rows_are_dropped_as_soon_as_somebody_answers(failures, why, waits):
    slept = []

    class Silent(Door):
        def run(self, statements):
            if len(slept) < failures:
                raise PostgresError("nobody answers")

    assert Entries(Silent()).dropped(slept.append) == why
    assert slept == [5.0] * waits


@pytest.mark.parametrize(
    ("hosts", "left"),
    [
        pytest.param(("10.0.0.11", "10.0.0.12", "10.0.0.13"), ("10.0.0.12", "10.0.0.13"), id="the node that is hit leads elsewhere"),
        pytest.param(("10.0.0.13",), ("10.0.0.13",), id="one that is not hit"),
        pytest.param(("10.0.0.200",), ("10.0.0.200",), id="an address of no node"),
    ],
)
def test_what_is_read_is_not_read_by_way_of_the_node_that_is_hit(hosts, left):
    way = WayIn(hosts, 30432, "app", "owner", "database/main-owner", "database/main-ca")
    found = Entries(Database(way, "word", "")).by(["10.0.0.12", "10.0.0.13"])
    assert (found.door.way.hosts, found.door.password) == (left, "word")


def test_a_write_is_one_round_trip_until_its_end():
    text = Entries(Door()).insert("a 'run'", entry("a 'run'", 3, 4, 16))
    assert text.startswith(
        "BEGIN; INSERT INTO \"pikube_failover\".entries (run, writer, number, payload, checksum) VALUES ('a ''run''', 3, 4, "
    )
    assert text.endswith("RETURNING id, host(inet_server_addr())")
    assert Entries(Door()).read("17") == 'SELECT checksum FROM "pikube_failover".entries WHERE id = 17'
