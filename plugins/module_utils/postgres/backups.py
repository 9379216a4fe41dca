# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logical backups: how one is laid out in a folder, what proves it, which are kept, and the commands that make and restore it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

SCHEMA = 1
MANIFEST, GLOBALS = "manifest.json", "globals.sql"
UNFINISHED = ".unfinished"  # end of the name of a folder while it is being filled
SCRATCH = "pikube_proof_"  # beginning of the name of a database in which a dump is proved
FOLDER = re.compile(r"(?P<name>.+)-(?P<time>\d{8}T\d{6}Z)")
END_OF_FIGURES = b"-- the dump follows --\n"
CHUNK = 1024 * 1024

# Rows and a digest of each table, whatever the order of its rows: the sum of 60 bits of the hash of each.
FIGURES = r"""
SET DateStyle TO ISO; SET TimeZone TO 'UTC'; SET IntervalStyle TO postgres; SET bytea_output TO hex; SET extra_float_digits TO 1;
SELECT format('SELECT json_build_array(%L, %L, count(*), coalesce(sum((''x'' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text)'
              ' FROM ONLY %I.%I t',
              n.nspname, c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
ORDER BY 1 \gexec
"""


@dataclass(frozen=True)
class Dump:
    """One database in a backup. tables: schema, name, rows and digest of each. sha256, size: of the file."""

    database: str
    file: str
    size: int
    sha256: str
    tables: tuple[tuple[str, str, int, str], ...]

    @property
    def rows(self) -> int:
        return sum(rows for _schema, _name, rows, _digest in self.tables)


@dataclass(frozen=True)
class Backup:
    """folder: its path, "" before it has one. taken: time of the beginning (ISO 8601, UTC). version: major one. proved: time, or ""."""

    name: str
    taken: str
    version: int
    dumps: tuple[Dump, ...]
    globals_sha256: str
    proved: str = ""

    def text(self) -> str:
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2, sort_keys=True) + "\n"

    def dump(self, database: str) -> Dump:
        found = next((dump for dump in self.dumps if dump.database == database), None)
        if found is None:
            has = ", ".join(dump.database for dump in self.dumps) or "none"
            raise PostgresError(f'restore_database: the backup has no database "{database}". It has {has}')
        return found


def folder(name: str, stamp: str) -> str:
    """stamp: as 20261124T120000Z."""
    return f"{name}-{stamp}"


def file_of(database: str) -> str:
    """A name of a file that no two databases share, whatever is in their names."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", database)
    return f"{plain}.dump" if plain == database else f"{plain}-{hashlib.sha256(database.encode()).hexdigest()[:8]}.dump"


def read(path: str) -> Backup:
    """The backup in a folder. Raises PostgresError for one that is none, or not whole."""
    place = Path(path).expanduser()
    try:
        content = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        if content.pop("schema") != SCHEMA:
            raise PostgresError(f"{place / MANIFEST} is of another version of this collection, which can restore it")
        dumps = tuple(Dump(**{**row, "tables": tuple((*table,) for table in row["tables"])}) for row in content.pop("dumps"))
        return Backup(**content, dumps=dumps)
    except FileNotFoundError as error:
        raise PostgresError(
            f"{place} is no backup: there is no {MANIFEST} in it. Name the folder that playbooks/backup.yml made"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PostgresError(f"{place / MANIFEST} cannot be read: {error}. Take another backup") from error


def check(path: str, dump: Dump) -> None:
    """Raises PostgresError where the file is not what was written."""
    file = Path(path).expanduser() / dump.file
    try:
        size = file.stat().st_size
        found = digest(file) if size == dump.size else ""
    except OSError as error:
        raise PostgresError(f"{file} cannot be read: {error}. Nothing was touched; take another backup") from error
    if size != dump.size:
        raise PostgresError(f"{file} has {size} bytes, and had {dump.size} when it was written. Nothing was touched; take another backup")
    if found != dump.sha256:
        raise PostgresError(
            f"{file} is not what was written: its SHA-256 is {found[:12]}..., and was {dump.sha256[:12]}... Nothing was touched; take"
            " another backup"
        )


def digest(file: Path) -> str:
    found = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def outdated(names: Iterable[str], name: str, keep: int) -> list[str]:
    """Which folders of a place go when so many backups of a server are kept: the oldest ones. Others are not counted."""
    own = sorted(folder for folder in names if (found := FOLDER.fullmatch(folder)) and found["name"] == name)
    return own[: max(0, len(own) - keep)]


def tables(text: str) -> tuple[tuple[str, str, int, str], ...]:
    """The lines that FIGURES gives."""
    return tuple(sorted((row[0], row[1], int(row[2]), row[3]) for row in map(json.loads, filter(None, text.splitlines()))))


def differences(before: Sequence[Sequence[Any]], after: Sequence[Sequence[Any]]) -> list[str]:
    """Between the tables of a dump and those that were made of it."""
    rows = {(schema, name): (count, summed) for schema, name, count, summed in after}
    found = []
    for schema, name, count, summed in before:
        there = rows.pop((schema, name), None)
        if there is None:
            found.append(f"table {schema}.{name} is missing")
        elif there[0] != count:
            found.append(f"table {schema}.{name} has {there[0]} rows, and had {count}")
        elif there[1] != summed:
            found.append(f"table {schema}.{name} has other rows")
    return found + [f"table {schema}.{name} was not there" for schema, name in rows]


# Commands, each to be run in the container of a server


def shell(text: str) -> list[str]:
    return ["sh", "-c", f"set -eu\n{text}"]


def psql(database: str) -> str:
    return f"psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname={shlex.quote(_dbname(database))}"


def query(database: str, statement: str) -> list[str]:
    return shell(f"{psql(database)} <<'END_OF_STATEMENTS'\n{statement}\nEND_OF_STATEMENTS")


def reading(database: str, size: int) -> list[str]:
    """Statements from what the command reads, which is so many bytes."""
    return shell(f"head -c {size} | {psql(database)}")


def figures(database: str) -> list[str]:
    return query(database, FIGURES)


def dumping(database: str) -> list[str]:
    """Figures and dump of one moment, one after the other."""
    command = f"pg_dump --format=custom --snapshot=$PIKUBE_SNAPSHOT --dbname={shlex.quote(_dbname(database))}"
    return query(
        database,
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n"
        "SELECT pg_export_snapshot() AS snapshot \\gset\n"
        f"{FIGURES}"
        f"\\echo {END_OF_FIGURES.decode().strip()}\n"
        "\\setenv PIKUBE_SNAPSHOT :snapshot\n"
        # The shell's exit code is not psql's: a dump that failed says so by its words, and has no end.
        f"\\! {command} || echo 'pg_dump failed' >&2\n"
        "COMMIT;",
    )


def dumping_globals() -> list[str]:
    """Roles with what the server keeps of their passwords, and tablespaces."""
    return shell("pg_dumpall --globals-only")


def restoring(database: str, size: int) -> list[str]:
    """From what the command reads, which is so many bytes: its input does not end."""
    command = f"pg_restore --exit-on-error --single-transaction --dbname={shlex.quote(_dbname(database))}"
    return shell(f"head -c {size} | {command}")


def creating(database: str, owner: str = "") -> list[str]:
    of = f" OWNER {sql.name(owner)}" if owner else ""
    return query("postgres", f"CREATE DATABASE {sql.name(database)} TEMPLATE template0{of};")


def dropping(database: str) -> list[str]:
    return query("postgres", f"DROP DATABASE IF EXISTS {sql.name(database)} WITH (FORCE);")


def owned(text: str) -> list[tuple[str, str, int]]:
    """The lines that databases() gives: name, owner, bytes."""
    return [(row[0], row[1], row[2]) for row in map(json.loads, filter(None, text.splitlines()))]


def databases() -> list[str]:
    """Name, owner and size in bytes of each that people made, and of what a proof left."""
    return query(
        "postgres",
        "SELECT json_build_array(datname, pg_get_userbyid(datdba), pg_database_size(oid)) FROM pg_database"
        " WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY datname;",
    )


def exchanging(database: str, restored: str, aside: str) -> list[str]:
    """Put a restored database in the place of a live one, which is kept under another name."""
    live, new, old = map(sql.name, (database, restored, aside))
    return query(
        "postgres",
        f"ALTER DATABASE {live} ALLOW_CONNECTIONS false;\n"
        f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = {sql.literal(database)};\n"
        "BEGIN;\n"
        f"ALTER DATABASE {live} RENAME TO {old};\n"
        f"ALTER DATABASE {new} RENAME TO {live};\n"
        "COMMIT;\n"
        f"ALTER DATABASE {old} ALLOW_CONNECTIONS true;",
    )


def _dbname(database: str) -> str:
    """As a connection string, since a bare name with = in it would be taken for one."""
    value = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{value}'"


def manifest_facts(backup: Backup) -> dict[str, Any]:
    facts: Mapping[str, Any] = asdict(backup)
    return {
        **{key: facts[key] for key in ("name", "taken", "version", "proved")},
        "databases": [
            {"database": dump.database, "size": dump.size, "tables": len(dump.tables), "rows": dump.rows} for dump in backup.dumps
        ],
    }
