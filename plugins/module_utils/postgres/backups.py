# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in the container of a server by which it is asked, dumped and restored, and what they say."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import properties, sql, temporary

END_OF_FIGURES = b"-- the dump follows --\n"

# What a database sets for its sessions would end long work, or give the same row another text. The first is read by libpq.
UNLIMITED = "export PGOPTIONS='{}'\n".format(
    " ".join(
        f"-c {name}"
        for name in (
            "statement_timeout=0",
            "lock_timeout=0",
            "idle_in_transaction_session_timeout=0",
            "idle_session_timeout=0",
            "default_transaction_read_only=off",
        )
    )
)
SESSION = r"""
SELECT count(set_config(name, '0', false)) AS settings FROM pg_settings WHERE name = 'transaction_timeout' \gset
SET client_encoding TO 'UTF8'; SET search_path TO pg_catalog; SET lc_monetary TO 'C'; SET quote_all_identifiers TO off;
SET DateStyle TO ISO; SET TimeZone TO 'UTC'; SET IntervalStyle TO postgres; SET bytea_output TO hex; SET extra_float_digits TO 1;
SET xmlbinary TO base64;
"""
# Rows and a digest of each table, whatever the order of its rows: the sum of 60 bits of the hash of each.
FIGURES = r"""
SELECT format('SELECT json_build_array(%L, %L, count(*),'
              ' coalesce(sum((''x'' || substr(md5(pikube_row::text), 1, 15))::bit(60)::bigint), 0)::text) FROM ONLY %I.%I pikube_row',
              n.nspname, c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
ORDER BY 1 \gexec
"""
LOOKING = f"""
SELECT json_build_object(
  'version', current_setting('server_version_num')::integer / 10000,
  'system', (SELECT system_identifier::text FROM pg_control_system()),
  'folder', current_setting('data_directory'),
  'now', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS'),
  'roles', (SELECT json_agg(rolname) FROM pg_roles),
  'databases', (SELECT json_agg(json_build_object(
      'name', d.datname,
      'bytes', coalesce(pg_database_size(d.oid), 0),
      'open', d.datallowconn AND d.datconnlimit <> -2,
      'roles', coalesce((SELECT json_agg(DISTINCT pg_get_userbyid(refobjid)) FROM pg_shdepend
                         WHERE dbid = d.oid AND refclassid = 'pg_authid'::regclass), '[]'),
      'properties', {properties.ASKING}) ORDER BY d.datname)
    FROM pg_database d WHERE NOT d.datistemplate AND d.datname <> 'postgres'));
"""  # noqa: S608 (of constants)


@dataclass(frozen=True)
class Database:
    """bytes: on the server. open: whether anybody gets in. roles: those that its content needs."""

    name: str
    bytes: int
    open: bool
    roles: tuple[str, ...]
    properties: properties.Properties


@dataclass(frozen=True)
class Server:
    """version: major one. system: identifier that the servers got when they were made. folder: of their data. now: by their clock.

    databases: those of people, and those that runs made for themselves.
    """

    version: int
    system: str
    folder: str
    now: datetime
    roles: frozenset[str]
    databases: Mapping[str, Database]

    @property
    def of_people(self) -> list[Database]:
        return [database for name, database in self.databases.items() if not temporary.is_one(name)]

    @property
    def of_runs(self) -> dict[str, int]:
        """Bytes by name."""
        return {name: database.bytes for name, database in self.databases.items() if temporary.is_one(name)}


def seen(text: str) -> Server:
    """What looking() gives."""
    found = json.loads(text)
    databases = [
        Database(row["name"], row["bytes"], row["open"], tuple(row["roles"]), properties.Properties.read(row["properties"]))
        for row in found["databases"] or ()
    ]
    return Server(
        found["version"],
        found["system"],
        found["folder"],
        datetime.strptime(f"{found['now']}+0000", f"{temporary.STAMP}%z"),
        frozenset(found["roles"]),
        {database.name: database for database in databases},
    )


def tables(text: str) -> tuple[tuple[str, str, int, str], ...]:
    """The lines that FIGURES gives."""
    return tuple(sorted((row[0], row[1], int(row[2]), row[3]) for row in map(json.loads, filter(None, text.split("\n")))))


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


# Commands


def shell(text: str) -> list[str]:
    return ["sh", "-c", f"set -eu\n{text}"]


def psql(database: str) -> str:
    return f"psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname={shlex.quote(_dbname(database))}"


def query(database: str, statement: str) -> list[str]:
    return shell(_query(database, statement))


def reading(database: str, size: int) -> list[str]:
    """Statements from what the command reads, which is so many bytes."""
    return shell(f"head -c {size} | {psql(database)}")


def looking() -> list[str]:
    """How the server is, and its databases: for seen()."""
    return query("postgres", f"SET client_encoding TO 'UTF8';{LOOKING}")


def figures(database: str) -> list[str]:
    return shell(UNLIMITED + _query(database, f"{SESSION}{FIGURES}"))


def dumping(database: str) -> list[str]:
    """Figures and dump of one moment, one after the other. Fails if either does not come to its end."""
    statements = [
        SESSION.strip(),
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
        r"SELECT pg_export_snapshot() AS snapshot \gset",
        r"\setenv PIKUBE_SNAPSHOT :snapshot",
        # A pipe of its own, whose end is waited for: nothing of it may come after the first bytes of the dump.
        r"\o | cat >&3",
        FIGURES.strip(),
        rf"\qecho {END_OF_FIGURES.decode().strip()}",
        r"\o",
        # What runs in backquotes does not end psql, whatever becomes of it.
        r'\set ended `pg_dump --format=custom --snapshot="$PIKUBE_SNAPSHOT" --dbname="$PIKUBE_DATABASE" >&3; echo $?`',
        r"SELECT :'ended' = '0' AS whole \gset",
        r"\if :whole",
        "COMMIT;",
        r"\else",
        r"\warn pg_dump ended with :ended; 137 tells that it was killed, as for want of memory",
        "DO 'BEGIN RAISE EXCEPTION ''the dump is not whole''; END';",
        r"\endif",
    ]
    # Its name would not survive the backquotes.
    named = f"export PIKUBE_DATABASE={shlex.quote(_dbname(database))}\n"
    return shell(f"{UNLIMITED}{named}exec 3>&1\n" + _query(database, "\n".join(statements)))


def dumping_globals() -> list[str]:
    """Roles with what the server keeps of their passwords, and tablespaces."""
    return shell("pg_dumpall --globals-only")


def restoring(database: str, size: int) -> list[str]:
    """From what the command reads, which is so many bytes: its input does not end."""
    command = f"pg_restore --exit-on-error --single-transaction --dbname={shlex.quote(_dbname(database))}"
    return shell(f"{UNLIMITED}head -c {size} | {command}")


def changing(statements: Sequence[str], *, keep: bool = True) -> list[str]:
    """All of them or none; without keep they are only tried."""
    return query("postgres", "\n".join(["BEGIN;", *statements, "COMMIT;" if keep else "ROLLBACK;"]))


def dropping(database: str, *, force: bool) -> list[str]:
    """force: whether sessions in it are ended; else it stays while there are some."""
    return query("postgres", f"DROP DATABASE IF EXISTS {sql.name(database)}{' WITH (FORCE)' if force else ''};")


def _query(database: str, statement: str) -> str:
    return f"{psql(database)} <<'END_OF_STATEMENTS'\n{statement}\nEND_OF_STATEMENTS"


def _dbname(database: str) -> str:
    """As a connection string, since a bare name with = in it would be taken for one."""
    value = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{value}'"
