# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import manifest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.properties import Properties

TABLES = (("public", "a", 2, "17"), ("public", "b", 0, "0"))
CONTENT = b"the dump"
PROPERTIES = Properties("app", "UTF8", "C", "C", privileges=(("", "CONNECT", False),), settings=(("", "work_mem=8MB"),))
NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)


def dump(database):
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return manifest.Dump(database, manifest.file_of(database), len(CONTENT), sha256, TABLES, 8_000_000, PROPERTIES, ("app", "reader"))


@pytest.fixture
def taken(tmp_path):
    backup = manifest.Backup("database", "main", "77", "2026-11-24T12:00:00Z", 17, (dump("my db"),), "0" * 64, "2026-11-24T12:01:00Z")
    (tmp_path / backup.dumps[0].file).write_bytes(CONTENT)
    (tmp_path / manifest.MANIFEST).write_text(backup.text())
    return tmp_path, backup


def test_what_was_written_is_read(taken):
    folder, backup = taken
    assert manifest.read(folder) == backup
    assert backup.servers == ("database", "main", "77")
    manifest.check(folder, backup.dump("my db"))
    assert backup.facts()["databases"] == [{"database": "my db", "size": 8, "tables": 2, "rows": 2}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(CONTENT[:-1], "has 7 bytes, and had 8 when it was written. Nothing was touched", id="truncated"),
        pytest.param(b"", "has 0 bytes", id="empty"),
        pytest.param(b"THE DUMP", "is not what was written: its SHA-256", id="changed"),
        pytest.param(None, "cannot be read", id="gone"),
    ],
)
def test_a_file_that_is_not_what_was_written(taken, content, says):
    folder, backup = taken
    file = folder / backup.dumps[0].file
    file.write_bytes(content) if content is not None else file.unlink()
    with pytest.raises(PostgresError, match=says):
        manifest.check(folder, backup.dumps[0])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(None, "is no backup", id="no manifest"),
        pytest.param("{", "cannot be read", id="half of one"),
        pytest.param("[]", "cannot be read", id="something else"),
        pytest.param(json.dumps({"schema": 1}), "of another version", id="an earlier schema"),
        pytest.param(json.dumps({"schema": 3}), "of another version", id="a later schema"),
        pytest.param(json.dumps({"schema": 2, "dumps": []}), "cannot be read", id="a part is missing"),
        pytest.param(json.dumps({"schema": 2, "dumps": [{}]}), "cannot be read", id="a part of a dump is missing"),
    ],
)
def test_a_folder_that_is_no_backup(tmp_path, text, says):
    if text is not None:
        (tmp_path / manifest.MANIFEST).write_text(text)
    with pytest.raises(PostgresError, match=says):
        manifest.read(tmp_path)


def test_a_database_that_is_not_in_it(taken):
    with pytest.raises(PostgresError, match=r'no database "shop"\. It has my db'):
        taken[1].dump("shop")


@pytest.mark.parametrize("text", ["", ".", "backups", "./backups", "~nobody-of-that-name/backups"])
def test_a_place_that_is_not_named_by_its_whole_path(text):
    with pytest.raises(PostgresError, match=r"^backup_path: .*Write it from / on"):
        manifest.place(text, "backup_path")


def test_places():
    assert manifest.place("/srv/backups", "backup_path") == Path("/srv/backups")
    assert manifest.place("~/backups", "backup_path") == Path.home() / "backups"


def test_files_of_databases_never_meet():
    names = ["a b", "a_b", "a/b", "../x", "a'b", "A"]
    files = [manifest.file_of(name) for name in names]
    assert len(set(files)) == len(files)
    assert not any("/" in file for file in files)


def test_a_name_that_is_taken_is_passed_over():
    assert manifest.folder("main", NOW, ()) == "main-20261124T120000Z"
    assert manifest.folder("main", NOW, ("main-20261124T120000Z", "main-20261124T120001Z")) == "main-20261124T120002Z"


OLD, NEW = "main-20261122T120000Z", "main-20261124T110000Z"


@pytest.mark.parametrize(
    ("folder", "goes"),
    [
        pytest.param(manifest.unfinished(OLD, "77", "0123abcd"), True, id="of these servers, and old"),
        pytest.param(manifest.unfinished(NEW, "77", "0123abcd"), False, id="of a run that may be at work"),
        pytest.param(manifest.unfinished(OLD, "78", "0123abcd"), False, id="of other servers of that name"),
        pytest.param(manifest.unfinished("main-eu-20261122T120000Z", "77", "0123abcd"), False, id="of a longer name"),
        pytest.param("main-20269999T999999Z.77-0123abcd.unfinished", False, id="of no time"),
        pytest.param(OLD, False, id="whole"),
        pytest.param("notes.unfinished", False, id="of somebody else"),
    ],
)
def test_what_was_never_finished(folder, goes):
    assert manifest.left_behind([folder], "main", "77", NOW) == ([folder] if goes else [])


def days(*contents):
    return {f"main-2026112{day}T000000Z": set(content) for day, content in enumerate(contents)}


@pytest.mark.parametrize(
    ("there", "keep", "gone"),
    [
        pytest.param(days("ab", "ab", "ab"), 1, [0, 1], id="one is kept"),
        pytest.param(days("ab", "ab", "ab"), 2, [0], id="two are kept"),
        pytest.param(days("ab", "ab", "ab"), 3, [], id="as many as there are"),
        pytest.param(days("ab", "a", "a", "a"), 1, [1, 2], id="parts do not push out a whole one"),
        pytest.param(days("a", "ab", "ab"), 2, [0], id="whole ones have what is in a part"),
        pytest.param(days("ab", "abc", "abc"), 2, [0], id="a database was added"),
        pytest.param(days("abc", "abc", "ab", "ab", "ab"), 2, [2], id="a database was lost: the last ones that have it stay"),
    ],
)
def test_the_oldest_go_that_newer_ones_replace(there, keep, gone):
    assert manifest.outdated(there, keep) == [list(there)[day] for day in gone]


def test_a_day_is_the_measure():
    folder = manifest.unfinished(manifest.folder("main", NOW - timedelta(days=1), ()), "77", "0123abcd")
    assert manifest.left_behind([folder], "main", "77", NOW) == []
    assert manifest.left_behind([folder], "main", "77", NOW + timedelta(seconds=1)) == [folder]
