# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases that a run makes for itself: their names, which were left behind, and how one takes the place that it was made for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

PROOF, RESTORE = "pikube_proof_", "pikube_restore_"  # beginnings of names
STAMP = "%Y%m%d%H%M%S"
NAME = re.compile(rf"({PROOF}|{RESTORE})(?P<stamp>\d{{14}})_[0-9a-f]{{8}}")
OLD = timedelta(days=1)  # no run is at work for so long
RESERVED = ("postgres", "template0", "template1")
TRIES = 5  # at ending the sessions of a database; the server waits 5 seconds for them at each


def name(beginning: str, now: datetime, salt: str) -> str:
    """One that no other run has. now: by the clock of the server. salt: 8 random digits of base 16."""
    return f"{beginning}{now.strftime(STAMP)}_{salt}"


def is_one(database: str) -> bool:
    return bool(NAME.fullmatch(database))


def left_behind(databases: Iterable[str], now: datetime) -> list[str]:
    """Those of runs that are over for sure. now: by the clock of the server."""
    return [database for database in databases if (made := _made(database)) and now - made > OLD]


def _made(database: str) -> datetime | None:
    found = NAME.fullmatch(database)
    try:
        return datetime.strptime(f"{found['stamp']}+0000", f"{STAMP}%z") if found else None
    except ValueError:  # digits that are no time
        return None


def check_into(database: str) -> None:
    """Raises PostgresError for a name that no restored database can have."""
    sql.name(database)
    if database in RESERVED or is_one(database):
        raise PostgresError(f'restore_into: "{database}" is a name of the servers\' own, and nothing was touched. Choose another one')


def aside(database: str, now: datetime) -> str:
    """The name under which a database is kept that another one takes the place of."""
    end = f"_before_{now.strftime(STAMP)}"
    # The server counts bytes. A character that is cut in two goes.
    return database.encode()[: sql.LONGEST - len(end)].decode(errors="ignore") + end


def placing(made: str, into: str) -> str:
    """Give a database its name. One that has it meanwhile is an error, and stays."""
    return f"ALTER DATABASE {sql.name(made)} RENAME TO {sql.name(into)};"


def exchanging(made: str, into: str, kept_as: str) -> str:
    """The same where a live database has the name, which is kept under another one: both or, on any error, none.

    Sessions of the live one are ended, for they keep it from being renamed. One that comes between the two is ended at the next try;
    while the server renames, new ones wait.
    """
    live, old = sql.name(into), sql.name(kept_as)
    body = f"""
DECLARE
  tries integer := 0;
BEGIN
  PERFORM set_config('lock_timeout', '10s', true);
  LOOP
    BEGIN
      PERFORM pg_stat_clear_snapshot();
      PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {sql.literal(into)};
      ALTER DATABASE {live} RENAME TO {old};
      EXIT;
    EXCEPTION WHEN object_in_use THEN
      tries := tries + 1;
      IF tries >= {TRIES} THEN
        RAISE;
      END IF;
    END;
  END LOOP;
  ALTER DATABASE {sql.name(made)} RENAME TO {live};
END
"""
    return f"DO {sql.literal(body)};"


def took_place(databases: Iterable[str], made: str, into: str) -> bool:
    """Whether placing or exchanging was carried out, after an answer that did not come."""
    there = set(databases)
    return into in there and made not in there
