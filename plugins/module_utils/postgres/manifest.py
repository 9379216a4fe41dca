# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup as a folder: what is in it, what proves it, which ones of a place are kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.properties import Properties

SCHEMA = 2
MANIFEST, GLOBALS = "manifest.json", "globals.sql"
STAMP = "%Y%m%dT%H%M%SZ"
FOLDER = re.compile(r"(?P<name>.+)-(?P<stamp>\d{8}T\d{6}Z)")
# A folder while it is being filled. What was killed is removed a day later, by a run for the same servers.
UNFINISHED = re.compile(rf"{FOLDER.pattern}\.(?P<system>\d+)-[0-9a-f]{{8}}\.unfinished")
OLD = timedelta(days=1)
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Dump:
    """One database in a backup.

    size, sha256: of the file. tables: schema, name, rows and digest of each. bytes: of the database on the server.
    roles: those that its content needs.
    """

    database: str
    file: str
    size: int
    sha256: str
    tables: tuple[tuple[str, str, int, str], ...]
    bytes: int
    properties: Properties
    roles: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(rows for _schema, _name, rows, _digest in self.tables)


@dataclass(frozen=True)
class Backup:
    """namespace, name, system: of the servers; system is the identifier that they got when they were made.

    taken: time of the beginning (ISO 8601, UTC). version: major one. proved: time, or "".
    """

    namespace: str
    name: str
    system: str
    taken: str
    version: int
    dumps: tuple[Dump, ...]
    globals_sha256: str
    proved: str = ""

    def text(self) -> str:
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2, sort_keys=True) + "\n"

    @property
    def servers(self) -> tuple[str, str, str]:
        return self.namespace, self.name, self.system

    @property
    def databases(self) -> frozenset[str]:
        return frozenset(dump.database for dump in self.dumps)

    def dump(self, database: str) -> Dump:
        found = next((dump for dump in self.dumps if dump.database == database), None)
        if found is None:
            has = ", ".join(dump.database for dump in self.dumps) or "none"
            raise PostgresError(f'restore_database: the backup has no database "{database}". It has {has}')
        return found

    def facts(self) -> dict[str, Any]:
        return {
            **{key: getattr(self, key) for key in ("namespace", "name", "system", "taken", "version", "proved")},
            "databases": [
                {"database": dump.database, "size": dump.size, "tables": len(dump.tables), "rows": dump.rows} for dump in self.dumps
            ],
        }


def place(text: str, variable: str) -> Path:
    """A folder that somebody named. Raises PostgresError for no name, and for one that depends on where this runs."""
    try:
        found = Path(text).expanduser()
    except RuntimeError:  # ~somebody, whom nobody knows
        found = Path(text)
    if not found.is_absolute():
        raise PostgresError(f'{variable}: "{text}" is no folder by its whole path. Write it from / on, for example /srv/backups')
    return found


def file_of(database: str) -> str:
    """A name of a file that no two databases share, whatever is in their names."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", database)
    return f"{plain}.dump" if plain == database else f"{plain}-{hashlib.sha256(database.encode()).hexdigest()[:8]}.dump"


def read(folder: Path) -> Backup:
    """The backup in a folder. Raises PostgresError for one that is none, or not whole."""
    file = folder / MANIFEST
    try:
        return parse(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError as error:
        raise PostgresError(
            f"{folder} is no backup: there is no {MANIFEST} in it. Name the folder that playbooks/backup.yml made"
        ) from error
    except (OSError, UnicodeError) as error:
        raise PostgresError(f"{file} cannot be read: {error}. Take another backup") from error


def parse(text: str, where: str) -> Backup:
    """where: for errors (PostgresError)."""
    try:
        content = json.loads(text)
        if content.pop("schema") != SCHEMA:
            raise PostgresError(f"{where} is of another version of this collection, which can restore it")
        return Backup(**{**content, "dumps": tuple(map(_dump, content["dumps"]))})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PostgresError(f"{where} cannot be read: {error}. Take another backup") from error


def _dump(row: Mapping[str, Any]) -> Dump:
    tables = tuple((*table,) for table in row["tables"])
    return Dump(**{**row, "tables": tables, "properties": Properties.kept(row["properties"]), "roles": tuple(row["roles"])})


def check(folder: Path, dump: Dump) -> None:
    """Raises PostgresError where the file is not what was written."""
    file = folder / dump.file
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


def folder(name: str, moment: datetime, taken: Collection[str]) -> str:
    """Name of a new backup. taken: names that are there."""
    while (found := f"{name}-{moment.strftime(STAMP)}") in taken:
        moment += timedelta(seconds=1)
    return found


def unfinished(folder: str, system: str, salt: str) -> str:
    """Its name while it is being filled, which no other run has. salt: 8 random digits of base 16."""
    return f"{folder}.{system}-{salt}.unfinished"


def left_behind(names: Iterable[str], name: str, system: str, now: datetime) -> list[str]:
    """Of the names in a place those of backups of these servers that were ended before they were whole."""
    own = [found for found in map(UNFINISHED.fullmatch, names) if found and (found["name"], found["system"]) == (name, system)]
    return sorted(found[0] for found in own if (began := _moment(found["stamp"])) and now - began > OLD)


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(f"{stamp}+0000", f"{STAMP}%z")
    except ValueError:  # digits that are no time
        return None


def outdated(there: Mapping[str, Collection[str]], keep: int) -> list[str]:
    """Which backups of the same servers go when so many are kept. there: by folder the databases that are in it.

    One goes when so many newer ones have all that is in it: what a newer one left out, or what was lost meanwhile, is kept.
    """
    oldest_first = sorted(there)  # of one name, so that the stamps decide
    return [
        one
        for number, one in enumerate(oldest_first, 1)
        if sum(set(there[one]) <= set(there[newer]) for newer in oldest_first[number:]) >= keep
    ]
