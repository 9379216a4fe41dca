# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import json
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.action import postgres_backup
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import manifest
from ansible_collections.pikube.stateful.tests.unit.postgres_servers import SYSTEM, Servers, carried_out, lost, pod, refused

SHOP = {"shop": {"bytes": 1024**2}}
OF_OTHERS = "pikube_restore_20261124115959_0123abcd"  # made a second ago
LEFT = "pikube_proof_20261120000000_0123abcd"


def backup(servers, place, **options):
    return carried_out(postgres_backup, servers, path=str(place), **options)


def stamped(days):
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime(manifest.STAMP)


def test_a_backup_is_proved_and_leaves_nothing_on_the_servers(tmp_path):
    servers = Servers(SHOP)
    result = backup(servers, tmp_path)
    assert result["backup"]["proved"]
    assert list(servers.databases) == ["shop"]
    (folder,) = tmp_path.iterdir()
    assert str(folder) == result["folder"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["globals.sql", "manifest.json", "shop.dump"]
    taken = manifest.read(folder)
    assert taken.servers == ("database", "main", SYSTEM)
    assert (taken.dumps[0].properties.owner, taken.dumps[0].roles, taken.dumps[0].bytes) == ("app", ("app",), 1024**2)


@pytest.mark.parametrize("prove", [True, False])
@pytest.mark.parametrize("kind", ["globals", "dump"])
@pytest.mark.parametrize("error", [refused("the dump is not whole"), lost()])
def test_what_failed_is_no_backup(tmp_path, kind, error, prove):
    result = backup(Servers(SHOP, fails={kind: error}), tmp_path, prove=prove)
    assert result["failed"]
    assert str(error) in result["msg"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["create", "attempt", "fill", "figures", "change"])
def test_a_proof_that_failed_leaves_nothing_of_its_own(tmp_path, kind):
    servers = Servers({**SHOP, OF_OTHERS: {}}, fails={kind: refused("no")})
    result = backup(servers, tmp_path)
    assert result["failed"]
    assert "ERROR:  no" in result["msg"]
    assert list(servers.databases) == ["shop", OF_OTHERS]
    assert list(tmp_path.iterdir()) == []
    # A CREATE that failed made nothing that could be dropped.
    assert (("drop", "main-1") in servers.seen) is (kind != "create")


def test_rows_that_do_not_come_back_are_no_backup(tmp_path):
    result = backup(Servers(SHOP, rows=1), tmp_path)
    assert "table public.t has 1 rows, and had 2" in result["msg"]
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_dropped_does_not_hide_the_reason(tmp_path):
    result = backup(Servers(SHOP, fails={"fill": refused("no room"), "drop": refused("is in use")}), tmp_path)
    assert "no room" in result["msg"]
    assert "is left behind" in result["warnings"][0]


def test_only_what_ended_runs_left_is_dropped(tmp_path):
    servers = Servers({**SHOP, LEFT: {}, OF_OTHERS: {}, "pikube_proof_of_concept": {}})
    result = backup(servers, tmp_path)
    assert list(servers.databases) == ["shop", OF_OTHERS, "pikube_proof_of_concept"]
    assert result["databases"] == ["shop", "pikube_proof_of_concept"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"path": ""}, "backup_path: .* is no folder by its whole path", id="no place"),
        pytest.param({"path": "backups"}, "backup_path: .* is no folder by its whole path", id="a place that depends"),
        pytest.param({"path": "/nowhere"}, "backup_path: /nowhere is no folder of this machine", id="a place that is not there"),
        pytest.param({"keep": 0}, "backup_keep: 0 would delete", id="none kept"),
        pytest.param({"databases": ["shop", "shup"]}, "no database shup. There are shop", id="an unknown database"),
        pytest.param({"silence_seconds": 0}, "silence_seconds: 0", id="no patience"),
    ],
)
def test_what_cannot_be(tmp_path, options, says):
    servers = Servers(SHOP)
    result = carried_out(postgres_backup, servers, **{"path": str(tmp_path), **options})
    assert pytest.raises(AssertionError, match=says).matches(AssertionError(result["msg"]))
    assert not {"dump", "create"} & {kind for kind, _pod in servers.seen}


def test_a_proof_without_room_is_refused_before_anything_is_made(tmp_path):
    servers = Servers(SHOP, free=1024**2)
    result = backup(servers, tmp_path)
    assert "main-1 has 1 MiB, main-2 has 1 MiB" in result["msg"]
    assert "backup_prove" in result["msg"]
    assert {kind for kind, _pod in servers.seen} == {"look", "df"}
    assert "failed" not in backup(servers, tmp_path, prove=False)


def test_a_standby_whose_node_is_down_is_no_reason_to_stop(tmp_path):
    servers = Servers(SHOP)
    servers.pods.append(pod("main-3", "replica"))
    servers.pods[1]["status"]["conditions"][0]["status"] = "False"
    fine = servers.execute

    def execute(where, *arguments, **options):
        if where == "main-3":
            raise lost()
        return fine(where, *arguments, **options)

    servers.execute = execute
    result = backup(servers, tmp_path)
    assert result["backup"]["proved"]
    assert [warning for warning in result["warnings"] if "room on main-3 is not known" in warning]
    assert "main-2" not in {where for _kind, where in servers.seen}


def test_long_silence_is_the_wish_of_whoever_calls(tmp_path):
    servers = Servers(SHOP)
    backup(servers, tmp_path, silence_seconds=7200)
    assert servers.silence == 7200


def older(place, name, **changes):
    """Another backup in a place."""
    (folder,) = [path for path in place.iterdir() if (path / manifest.MANIFEST).exists()][:1]
    content = {**json.loads((folder / manifest.MANIFEST).read_text()), **changes}
    (place / name).mkdir()
    (place / name / manifest.MANIFEST).write_text(json.dumps(content))
    return name


def test_what_is_kept_is_of_these_servers_and_these_databases(tmp_path):
    servers = Servers({**SHOP, "other": {}})
    backup(servers, tmp_path)
    (first,) = tmp_path.iterdir()
    whole = older(tmp_path, f"main-{stamped(3)}")
    of_others = [
        older(tmp_path, f"main-{stamped(4)}", system="1"),
        older(tmp_path, f"main-{stamped(5)}", namespace="test"),
        older(tmp_path, f"main-eu-{stamped(3)}"),
        older(tmp_path, f"main-{stamped(6)}", schema=1),
    ]
    unfinished = manifest.unfinished(f"main-{stamped(2)}", SYSTEM, "0123abcd")
    kept = [
        manifest.unfinished(f"main-{stamped(0)}", SYSTEM, "0123abcd"),
        manifest.unfinished(f"main-{stamped(2)}", "1", "0123abcd"),
        manifest.unfinished(f"main-eu-{stamped(2)}", SYSTEM, "0123abcd"),
    ]
    for name in (unfinished, *kept):
        (tmp_path / name).mkdir()
    part = backup(servers, tmp_path, databases=["shop"], keep=1, prove=False)
    # What is left of the whole ones is not pushed out by a part.
    assert part["removed"] == [whole, unfinished]
    full = backup(servers, tmp_path, keep=1, prove=False)
    assert sorted(full["removed"]) == sorted([first.name, part["folder"].rpartition("/")[2]])
    assert {path.name for path in tmp_path.iterdir()} == {full["folder"].rpartition("/")[2], *of_others, *kept}


def test_what_another_host_keeps_is_counted_and_left_to_the_role(tmp_path):
    here, staging = tmp_path / "here", tmp_path / "staging"
    here.mkdir()
    staging.mkdir()
    servers = Servers(SHOP)
    backup(servers, here)
    old = older(here, f"main-{stamped(3)}")
    elsewhere = {old: (here / old / manifest.MANIFEST).read_text(), f"main-{stamped(4)}": "", "notes": "{"}
    result = backup(servers, staging, elsewhere=elsewhere, keep=1)
    assert result["removed"] == [old]
    assert [str(path) for path in staging.iterdir()] == [result["folder"]]
    assert result["unfinished"].startswith(result["folder"].rpartition("/")[2] + f".{SYSTEM}-")


def test_a_name_that_was_taken_meanwhile_is_not_written_over(tmp_path):
    servers = Servers(SHOP)

    def taken_by_another_run():
        (unfinished,) = tmp_path.iterdir()
        other = tmp_path / unfinished.name.partition(".")[0]
        other.mkdir()
        (other / "manifest.json").write_text("of another run")

    servers.before["drop"] = taken_by_another_run
    result = backup(servers, tmp_path)
    other, own = sorted(tmp_path.iterdir())
    assert (other / "manifest.json").read_text() == "of another run"
    assert (str(own), (own / "manifest.json").exists()) == (result["folder"], True)


def test_a_backup_that_cannot_get_its_name_is_none(tmp_path, monkeypatch):
    def refused(_path, _target):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "rename", refused)
    assert "could not get its name, and is not kept" in backup(Servers(SHOP), tmp_path)["msg"]
    assert list(tmp_path.iterdir()) == []


def test_check_mode_looks_only(tmp_path):
    servers = Servers({**SHOP, LEFT: {}})
    result = backup(servers, tmp_path, check=True)
    assert (result["changed"], result["databases"]) == (True, ["shop"])
    assert list(tmp_path.iterdir()) == []
    assert {kind for kind, _pod in servers.seen} == {"look", "df"}
