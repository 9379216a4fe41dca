# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups

TABLES = (("public", "a", 2, "17"), ("public", "b", 0, "0"))


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param('["public", "b", 0, "0"]\n\n["public", "a", 2, "17"]\n', TABLES, id="in any order"),
        pytest.param(
            '["public", "a\u2028\u0085b", 1, "1"]\n', (("public", "a\u2028\u0085b", 1, "1"),), id="a name that splits lines elsewhere"
        ),
    ],
)
def test_lines_of_figures(text, found):
    assert backups.tables(text) == found


def test_what_a_server_says():
    row = {
        "owner": "app",
        "encoding": "UTF8",
        "columns": {"datcollate": "C", "datctype": "C", "datconnlimit": -1},
        "comment": "",
        "privileges": None,
        "settings": [],
    }
    names = ["shop", "pikube_proof_20261124120000_0123abcd", "pikube_proof_of_concept"]
    databases = [{"name": name, "bytes": 8, "open": True, "roles": ["app"], "properties": row} for name in names]
    content = {
        "version": 17,
        "system": "7714066149029660897",
        "folder": "/data",
        "now": "20261124120000",
        "roles": ["app"],
        "databases": databases,
    }
    found = backups.seen(json.dumps(content))
    assert (found.version, found.system, found.now.isoformat()) == (17, "7714066149029660897", "2026-11-24T12:00:00+00:00")
    assert [database.name for database in found.of_people] == ["shop", "pikube_proof_of_concept"]
    assert found.of_runs == {"pikube_proof_20261124120000_0123abcd": 8}
    assert found.databases["shop"].properties.owner == "app"
    assert backups.seen(json.dumps({**content, "databases": None})).databases == {}


NAMES = ["app", "it's", 'a "b"', "a=b", "$HOME `x`", "back\\slash"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", [backups.figures, backups.dumping, lambda name: backups.restoring(name, 0)])
def test_names_reach_the_program_as_they_are(command, name):
    psycopg = pytest.importorskip("psycopg")
    script = command(name)[-1].replace("psql --no", "printf '%s\\n' --no").replace("pg_restore --exit", "printf '%s\\n' --exit")
    said = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()
    dsn = next(line for line in said if line.startswith("--dbname=")).removeprefix("--dbname=")
    assert psycopg.conninfo.conninfo_to_dict(dsn)["dbname"] == name


@pytest.mark.parametrize("name", NAMES)
def test_names_reach_pg_dump_past_the_backquotes_of_psql(name):
    psycopg = pytest.importorskip("psycopg")
    script = backups.dumping(name)[-1]
    program = next(line for line in script.splitlines() if "pg_dump --" in line).split("`")[1].replace("pg_dump --f", "printf '%s\\n' --f")
    start = script[: script.index("psql --no")]
    said = subprocess.run(
        ["/bin/sh", "-c", f"PIKUBE_SNAPSHOT=1\n{start}{program}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert psycopg.conninfo.conninfo_to_dict(said[2].removeprefix("--dbname="))["dbname"] == name
    assert said[-1] == "0"


@pytest.mark.parametrize(("ends", "whole"), [("true", True), ("exit 1", False), ("kill -KILL $$", False)])
def test_what_psql_is_told_of_how_pg_dump_ended(ends, whole):
    line = next(line for line in backups.dumping("shop")[-1].splitlines() if "pg_dump --" in line)
    program = line.split("`")[1]
    stub = program.replace(program[: program.index(">&3")], f"sh -c '{ends}' ")
    said = subprocess.run(["/bin/sh", "-c", f"exec 3>&1\n{stub}"], capture_output=True, text=True, check=False).stdout
    assert (said.strip() == "0") is whole


def test_figures_are_not_ended_by_settings_of_the_database():
    for command in (backups.figures("shop"), backups.dumping("shop"), backups.restoring("shop", 1)):
        assert "PGOPTIONS='-c statement_timeout=0 " in command[-1]


@pytest.mark.parametrize(
    ("command", "has", "has_not"),
    [
        pytest.param(backups.dropping("a", force=True), 'DROP DATABASE IF EXISTS "a" WITH (FORCE);', "CREATE", id="of this run"),
        pytest.param(backups.dropping("a", force=False), 'DROP DATABASE IF EXISTS "a";', "FORCE", id="of another run"),
        pytest.param(backups.changing(["SELECT 1;"]), "BEGIN;\nSELECT 1;\nCOMMIT;", "ROLLBACK", id="changed"),
        pytest.param(backups.changing(["SELECT 1;"], keep=False), "BEGIN;\nSELECT 1;\nROLLBACK;", "COMMIT", id="only tried"),
    ],
)
def test_statements(command, has, has_not):
    assert has in command[-1]
    assert has_not not in command[-1]
