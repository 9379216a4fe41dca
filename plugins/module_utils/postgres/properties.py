# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database is besides its content, which a dump of the content leaves out: read from the catalogues, and as statements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql

LIBC, ICU, BUILTIN = "c", "i", "b"
PROVIDERS = {LIBC: "libc", ICU: "icu", BUILTIN: "builtin"}  # pg_database.datlocprovider, since version 15
SINCE_PROVIDERS = 15
UNLIMITED = -1
# Settings whose value is a list of names, each quoted by itself. Source: variable_is_guc_list_quote() of pg_dump (dumputils.c).
LISTS = (
    "local_preload_libraries",
    "oauth_validator_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
)
LISTED = re.compile(r'"((?:[^"]|"")*)"|([^,\s]+)')

# A value of JSON for each row d of pg_database; the columns for locales have other names in each version, so that all of them are taken.
ASKING = """\
json_build_object(
  'owner', pg_get_userbyid(d.datdba),
  'encoding', pg_encoding_to_char(d.encoding),
  'columns', to_jsonb(d) - 'datacl',
  'comment', coalesce(shobj_description(d.oid, 'pg_database'), ''),
  'privileges', CASE WHEN d.datacl IS NOT NULL THEN coalesce((
      SELECT json_agg(json_build_array(CASE grantee WHEN 0 THEN '' ELSE pg_get_userbyid(grantee) END, privilege_type, is_grantable))
      FROM aclexplode(d.datacl)), '[]') END,
  'settings', coalesce((
      SELECT json_agg(json_build_array(CASE setrole WHEN 0 THEN '' ELSE pg_get_userbyid(setrole) END, config) ORDER BY setrole, config)
      FROM pg_db_role_setting, unnest(setconfig) config WHERE setdatabase = d.oid), '[]'))"""


@dataclass(frozen=True)
class Properties:
    """provider: one of PROVIDERS. locale, rules: of other providers than libc, else "".

    privileges: role ("" is PUBLIC), privilege, whether it may be passed on; None for those that every new database has.
    settings: role ("" for all), name=value, as ALTER DATABASE and ALTER ROLE IN DATABASE left them.
    """

    owner: str
    encoding: str
    collate: str
    ctype: str
    provider: str = LIBC
    locale: str = ""
    rules: str = ""
    limit: int = UNLIMITED
    comment: str = ""
    privileges: tuple[tuple[str, str, bool], ...] | None = None
    settings: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Properties:
        """From a value of ASKING."""
        columns = row["columns"]
        return cls(
            owner=row["owner"],
            encoding=row["encoding"],
            collate=columns["datcollate"] or "",
            ctype=columns["datctype"] or "",
            provider=columns.get("datlocprovider") or LIBC,
            locale=columns.get("datlocale") or columns.get("daticulocale") or "",
            rules=columns.get("daticurules") or "",
            limit=columns["datconnlimit"],
            comment=row["comment"],
            **_tuples(row),
        )

    @classmethod
    def kept(cls, row: Mapping[str, Any]) -> Properties:
        """From JSON of its own fields."""
        return cls(**{**row, **_tuples(row)})

    def roles(self, owner: str) -> set[str]:
        """Those that have to be there for another database to become so. owner: of that one."""
        named = {role for role, *_rest in (*(self.privileges or ()), *self.settings)}
        return {owner, *(self._now(role, owner) for role in named)} - {""}

    def creating(self, database: str, owner: str, version: int) -> str:
        """version: major one of the server."""
        parts = [f"CREATE DATABASE {sql.name(database)} TEMPLATE template0 OWNER {sql.name(owner)} ENCODING {sql.literal(self.encoding)}"]
        if version >= SINCE_PROVIDERS:
            parts.append(f"LOCALE_PROVIDER {PROVIDERS[self.provider]}")
        parts.append(f"LC_COLLATE {sql.literal(self.collate)} LC_CTYPE {sql.literal(self.ctype)}")
        if self.locale:
            parts.append(f"{'ICU' if self.provider == ICU else 'BUILTIN'}_LOCALE {sql.literal(self.locale)}")
        if self.rules:
            parts.append(f"ICU_RULES {sql.literal(self.rules)}")
        return f"{' '.join(parts)};"

    def applying(self, database: str, owner: str) -> list[str]:
        """Statements that may be in one transaction, for a database that was just made."""
        name = sql.name(database)
        found = []
        if self.limit != UNLIMITED:
            found.append(f"ALTER DATABASE {name} CONNECTION LIMIT {self.limit};")
        if self.comment:
            found.append(f"COMMENT ON DATABASE {name} IS {sql.literal(self.comment)};")
        if self.privileges is not None:
            found.append(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC, {sql.name(owner)};")
        for role, privilege, passed_on in self.privileges or ():
            to = sql.name(self._now(role, owner)) if role else "PUBLIC"
            found.append(f"GRANT {privilege} ON DATABASE {name} TO {to}{' WITH GRANT OPTION' if passed_on else ''};")
        for role, config in self.settings:
            setting, _equals, value = config.partition("=")
            of = f"ALTER ROLE {sql.name(self._now(role, owner))} IN DATABASE {name}" if role else f"ALTER DATABASE {name}"
            found.append(f"{of} SET {'.'.join(map(sql.name, setting.split('.')))} TO {_value(setting, value)};")
        return found

    def _now(self, role: str, owner: str) -> str:
        """What was the old owner's is the new one's."""
        return owner if role == self.owner else role


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    privileges = row["privileges"]
    return {
        "privileges": None if privileges is None else tuple(sorted((role, word, passed_on) for role, word, passed_on in privileges)),
        "settings": tuple((role, config) for role, config in row["settings"]),
    }


def _value(setting: str, value: str) -> str:
    if setting.lower() not in LISTS:
        return sql.literal(value)
    names = [found[1].replace('""', '"') if found[1] is not None else found[2] for found in LISTED.finditer(value)]
    return ", ".join(map(sql.literal, names)) or "''"
