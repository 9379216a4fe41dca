# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql, temporary
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("database", "goes"),
    [
        pytest.param(temporary.name(temporary.PROOF, NOW - DAY - SECOND, "0123abcd"), True, id="a proof of yesterday"),
        pytest.param(temporary.name(temporary.RESTORE, NOW - DAY - SECOND, "0123abcd"), True, id="a restore of yesterday"),
        pytest.param(temporary.name(temporary.PROOF, NOW - DAY, "0123abcd"), False, id="one that may be at work"),
        pytest.param(temporary.name(temporary.PROOF, NOW + DAY, "0123abcd"), False, id="by a clock that is ahead"),
        pytest.param("pikube_proof_20269999999999_0123abcd", False, id="digits that are no time"),
        pytest.param("pikube_proof_of_concept", False, id="somebody's own"),
        pytest.param("shop_before_20200101000000", False, id="one that was kept"),
    ],
)
def test_what_runs_left_behind(database, goes):
    assert temporary.left_behind([database, "shop"], NOW) == ([database] if goes else [])


def test_names_of_runs_fit_and_are_known():
    for beginning in (temporary.PROOF, temporary.RESTORE):
        name = temporary.name(beginning, NOW, "0123abcd")
        assert temporary.is_one(name)
        sql.name(name)
    assert not temporary.is_one("pikube_proof_1")


@pytest.mark.parametrize("name", ["postgres", "template0", "template1", "", "ä" * 32, "pikube_restore_20261124120000_0123abcd"])
def test_names_that_no_restored_database_can_have(name):
    with pytest.raises(PostgresError):
        temporary.check_into(name)


def test_other_names_can():
    temporary.check_into("ä" * 31)
    temporary.check_into("Postgres")


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1, max_size=63))
def test_the_name_of_what_is_kept_always_fits(name):
    found = temporary.aside(name, NOW)
    sql.name(found)
    start = found.removesuffix("_before_20261124120000")
    assert name.startswith(start)
    assert start == name or len(name.encode()) > sql.LONGEST - 22 - 1


def test_a_live_database_is_put_aside_and_not_dropped_in_one_statement():
    statement = temporary.exchanging("new", "shop", "shop_before")
    assert statement.startswith("DO '")
    assert statement.endswith("';")
    assert "ALLOW_CONNECTIONS" not in statement
    assert "DROP" not in statement
    steps = ["pg_terminate_backend", 'ALTER DATABASE "shop" RENAME TO "shop_before"', 'ALTER DATABASE "new" RENAME TO "shop"']
    places = [statement.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["it's", 'a"b', "$$", "back\\slash"])
def test_names_are_quoted_twice(name):
    statement = temporary.exchanging("new", name, "old")
    assert sql.literal(sql.name(name)).strip().removeprefix("E")[1:-1] in statement


@pytest.mark.parametrize(
    ("there", "done"),
    [
        pytest.param(["shop", "shop_before"], True, id="done"),
        pytest.param(["shop", "new"], False, id="not done"),
        pytest.param(["shop_before", "new"], False, id="the name is free"),
        pytest.param([], False, id="both are gone"),
    ],
)
def test_what_an_answer_that_was_lost_would_have_said(there, done):
    assert temporary.took_place(there, "new", "shop") is done
