# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.action import postgres_backup, postgres_restore
from ansible_collections.pikube.stateful.tests.unit.postgres_servers import Servers, carried_out, lost, refused

SHOP = {"shop": {"owner": "app"}}
KEPT = "shop_before_20261124120000"


@pytest.fixture
def folder(tmp_path):
    result = carried_out(postgres_backup, Servers(SHOP), path=str(tmp_path))
    return result["folder"]


def restore(servers, folder, **options):
    return carried_out(postgres_restore, servers, folder=folder, **{"database": "shop", **options})


def test_a_lost_database_comes_back_under_its_name_when_it_is_whole(folder):
    servers = Servers({})
    steps = []
    for kind in ("create", "fill", "figures", "change", "rename"):
        servers.before[kind] = lambda kind=kind: steps.append((kind, "shop" in servers.databases))
    result = restore(servers, folder)
    assert result == {"changed": True, "database": "shop", "owner": "app", "kept_as": "", "tables": 1, "rows": 2}
    assert servers.databases == {"shop": {"owner": "app", "rows": 2}}
    assert steps == [(kind, False) for kind in ("create", "fill", "figures", "change", "rename")]


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("kind", ["create", "attempt", "fill", "figures", "change", "rename"])
def test_what_failed_leaves_all_as_it_was(folder, kind, replace):
    before = {"shop": {"owner": "live"}, "x": {}} if replace else {"x": {}}
    servers = Servers(before, roles=("app", "live"), fails={kind: refused("no")})
    result = restore(servers, folder, replace=replace)
    assert result["failed"]
    assert "ERROR:  no" in result["msg"]
    assert servers.databases == before


def test_the_live_one_is_kept_and_its_owner_stays_the_owner(folder):
    servers = Servers({"shop": {"owner": "live", "rows": 9}}, roles=("app", "live"))
    result = restore(servers, folder, replace=True)
    assert (result["kept_as"], result["owner"]) == (KEPT, "live")
    assert servers.databases == {KEPT: {"owner": "live", "rows": 9}, "shop": {"owner": "live", "rows": 2}}


@pytest.mark.parametrize(
    ("options", "owner"),
    [
        pytest.param({"into": "copy"}, "app", id="that of what was dumped"),
        pytest.param({"replace": True}, "live", id="that of what is replaced"),
        pytest.param({"into": "copy", "owner": "new"}, "new", id="a given one"),
        pytest.param({"replace": True, "owner": "new"}, "new", id="a given one for what is replaced"),
    ],
)
def test_owners(folder, options, owner):
    servers = Servers({"shop": {"owner": "live"}}, roles=("app", "live", "new"))
    assert restore(servers, folder, **options)["owner"] == owner
    assert servers.databases[options.get("into", "shop")]["owner"] == owner


def test_another_restore_that_took_the_name_meanwhile_keeps_it(folder):
    servers = Servers({})
    servers.before["rename"] = lambda: servers.databases.update(shop={"rows": 5})
    result = restore(servers, folder)
    assert 'database "shop" already exists' in result["msg"]
    assert servers.databases == {"shop": {"rows": 5}}


def test_an_answer_that_was_lost_is_asked_for_again(folder):
    servers = Servers(SHOP, fails={"rename": lost()})
    result = restore(servers, folder, replace=True)
    assert result["kept_as"] == KEPT
    assert sorted(servers.databases) == ["shop", KEPT]


def test_an_answer_that_stays_lost_is_said_so(folder):
    servers = Servers(SHOP, fails={"rename": lost()})
    servers.before["rename"] = lambda: servers.fails.update(look=refused("gone"))
    result = restore(servers, folder, replace=True)
    assert f"Whether it was done is not known: see whether there is a database {KEPT}" in result["msg"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({}, "there is a database shop, and nothing was touched.*restore_replace", id="over a live one"),
        pytest.param({"into": "postgres"}, 'restore_into: "postgres" is a name of the servers', id="a name of the servers' own"),
        pytest.param({"into": "ä" * 32}, "cannot be a name", id="a name that is too long"),
        pytest.param({"database": "shup"}, 'no database "shup". It has shop', id="a database that is not in it"),
        pytest.param(
            {"into": "x", "owner": "nobody"}, "needs the roles nobody, which .* nothing was touched.*globals.sql", id="no such owner"
        ),
        pytest.param({"folder": ""}, "restore_folder: .* is no folder by its whole path", id="no folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_touched(folder, options, says):
    servers = Servers(SHOP)
    result = carried_out(postgres_restore, servers, **{"folder": folder, "database": "shop", **options})
    assert pytest.raises(AssertionError, match=says).matches(AssertionError(result["msg"]))
    assert {kind for kind, _pod in servers.seen} <= {"look"}


def test_missing_roles_are_named_with_a_way_to_bring_them(folder):
    servers = Servers({}, roles=("postgres",))
    result = restore(servers, folder)
    assert result["missing"] == ["app"]
    assert "grep -E '(ROLE|GRANT|TO) \"?(app)\"?[ ;]' globals.sql | kubectl --namespace database exec --stdin main-1" in result["msg"]


def test_servers_that_are_older_than_the_backup_are_refused(folder):
    servers = Servers({})
    servers.version = 15
    assert "is of PostgreSQL 17, and database/main is 15" in restore(servers, folder)["msg"]


def test_a_restore_without_room_is_refused(folder):
    servers = Servers({}, free=1024**2)
    result = restore(servers, folder)
    assert "restoring shop needs 64 MiB free" in result["msg"]
    assert servers.databases == {}


def test_a_damaged_file_is_refused_before_the_servers_are_asked(folder):
    servers = Servers({})
    (Path(folder) / "shop.dump").write_bytes(b"PGDMX")
    assert "is not what was written" in restore(servers, folder)["msg"]
    assert servers.seen == []


def test_a_long_name_of_many_bytes_is_put_aside(folder):
    name = "ä" * 31
    servers = Servers({name: {"owner": "app"}})
    result = restore(servers, folder, into=name, replace=True)
    assert len(result["kept_as"].encode()) <= 63
    assert sorted(servers.databases) == sorted([name, result["kept_as"]])


def test_check_mode_looks_only(folder):
    servers = Servers(SHOP)
    result = restore(servers, folder, replace=True, check=True)
    assert (result["changed"], result["kept_as"]) == (True, KEPT)
    assert {kind for kind, _pod in servers.seen} == {"look", "df"}
