# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

TABLES = (("public", "a", 2, "17"), ("public", "b", 0, "0"))
CONTENT = b"the dump"


@pytest.fixture
def taken(tmp_path):
    dump = backups.Dump("my db", backups.file_of("my db"), len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), TABLES)
    backup = backups.Backup("main", "2026-11-24T12:00:00Z", 17, (dump,), "0" * 64, "2026-11-24T12:01:00Z")
    (tmp_path / dump.file).write_bytes(CONTENT)
    (tmp_path / backups.MANIFEST).write_text(backup.text())
    return tmp_path, backup


def test_what_was_written_is_read(taken):
    folder, backup = taken
    assert backups.read(str(folder)) == backup
    backups.check(str(folder), backup.dump("my db"))
    assert backups.manifest_facts(backup)["databases"] == [{"database": "my db", "size": 8, "tables": 2, "rows": 2}]


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
        backups.check(str(folder), backup.dumps[0])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(None, "is no backup", id="no manifest"),
        pytest.param("{", "cannot be read", id="half of one"),
        pytest.param("[]", "cannot be read", id="something else"),
        pytest.param(json.dumps({"schema": 2}), "of another version", id="a later schema"),
        pytest.param(json.dumps({"schema": 1, "dumps": []}), "cannot be read", id="a part is missing"),
    ],
)
def test_a_folder_that_is_no_backup(tmp_path, text, says):
    if text is not None:
        (tmp_path / backups.MANIFEST).write_text(text)
    with pytest.raises(PostgresError, match=says):
        backups.read(str(tmp_path))


def test_a_database_that_is_not_in_it(taken):
    with pytest.raises(PostgresError, match=r'no database "shop"\. It has my db'):
        taken[1].dump("shop")


def test_files_of_databases_never_meet():
    names = ["a b", "a_b", "a/b", "../x", "a'b", "A"]
    files = [backups.file_of(name) for name in names]
    assert len(set(files)) == len(files)
    assert not any("/" in file for file in files)


@pytest.mark.parametrize(
    ("keep", "gone"), [(1, ["main-20261122T000000Z", "main-20261123T000000Z"]), (2, ["main-20261122T000000Z"]), (3, []), (9, [])]
)
def test_the_oldest_go(keep, gone):
    names = ["main-20261124T000000Z", "main-20261122T000000Z", "main-20261123T000000Z"]
    others = ["main-2-20261101T000000Z", "main-20261101T000000Z.unfinished", "notes", "other-20261101T000000Z"]
    assert backups.outdated(names + others, "main", keep) == gone


@pytest.mark.parametrize(
    ("after", "says"),
    [
        pytest.param(TABLES, [], id="the same"),
        pytest.param(TABLES[::-1], [], id="in another order"),
        pytest.param(TABLES[:1], ["table public.b is missing"], id="a table less"),
        pytest.param((*TABLES, ("x", "c", 1, "1")), ["table x.c was not there"], id="a table more"),
        pytest.param((("public", "a", 1, "17"), TABLES[1]), ["table public.a has 1 rows, and had 2"], id="a row less"),
        pytest.param((("public", "a", 2, "18"), TABLES[1]), ["table public.a has other rows"], id="another row"),
    ],
)
def test_differences(after, says):
    assert backups.differences(TABLES, after) == says


def test_lines_of_figures():
    assert backups.tables('["public", "b", 0, "0"]\n\n["public", "a", 2, "17"]\n') == TABLES


@pytest.mark.parametrize("name", ["app", "it's", 'a "b"', "a=b", "$HOME `x`", "back\\slash"])
def test_names_reach_the_program_as_they_are(name):
    psycopg = pytest.importorskip("psycopg")
    for command in (backups.figures(name), backups.dumping(name)):
        script = command[-1].replace("psql --no", "printf '%s\\n' --no")
        said = subprocess.run([*command[:-1], script], capture_output=True, text=True, check=True).stdout.splitlines()
        dsn = next(line for line in said if line.startswith("--dbname=")).removeprefix("--dbname=")
        assert psycopg.conninfo.conninfo_to_dict(dsn)["dbname"] == name


def test_a_live_database_is_put_aside_and_not_dropped():
    script = backups.exchanging("shop", "shop_new", "shop_before")[-1]
    assert script.index('ALTER DATABASE "shop" RENAME TO "shop_before"') < script.index('ALTER DATABASE "shop_new" RENAME TO "shop"')
    assert "DROP" not in script
