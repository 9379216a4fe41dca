# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owner, databases and extensions of a server that no operator looks after: what is there, and the statements that are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes


def asking(wishes: Wishes) -> str:
    """A statement that gives one line of JSON for found(): what the server keeps of the owner's password, and its databases."""
    return f"""\
SELECT json_build_object(
    'owner', EXISTS (SELECT FROM pg_authid WHERE rolname = {sql.literal(wishes.owner)}),
    'verifier', (SELECT rolpassword FROM pg_authid WHERE rolname = {sql.literal(wishes.owner)}),
    'databases', (SELECT json_agg(datname) FROM pg_database));"""  # noqa: S608 (a literal, quoted)


def extensions() -> str:
    return "SELECT coalesce(json_agg(extname), '[]') FROM pg_extension;"


def missing(wishes: Wishes, further: Sequence[str], found: str, password: str, salt: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is missing, in words for people, and the statements that bring it, each to be run alone. further: databases beside the first."""
    there: Mapping[str, Any] = json.loads(found)
    owner = sql.name(wishes.owner)
    names, statements = [], []
    if not there["owner"] or not sql.verified(password, there["verifier"] or ""):
        names.append(f"{'password of ' if there['owner'] else ''}role {wishes.owner}")
        verb = "ALTER" if there["owner"] else "CREATE"
        statements.append(f"{verb} ROLE {owner} LOGIN PASSWORD {sql.literal(sql.verifier(password, salt))};")
    for database in dict.fromkeys((wishes.database, *further)):
        if database not in there["databases"]:
            names.append(f"database {database}")
            statements.append(f"CREATE DATABASE {sql.name(database)} OWNER {owner};")
    return tuple(names), tuple(statements)


def missing_extensions(wishes: Wishes, found: str) -> tuple[str, ...]:
    """Of the database of the wishes. found: what extensions() gave."""
    return tuple(name for name in wishes.extensions if name not in json.loads(found))
