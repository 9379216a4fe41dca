# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a write, by how far it had come and what was said: the table.

Source: the error codes of PostgreSQL (appendix A), and which of them Jepsen's tests take for definite.
"""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, UNKNOWN

REFUSED, HUNG, READ_ONLY = "refused", "hung", "read-only"  # what an outage looks like to a client
LOST = "lost"  # and what it is to one who looks again
# SQLSTATE -> class of outage. Codes of class 08 are errors of the connection.
STATES = {
    "25006": READ_ONLY,  # read_only_sql_transaction: a standby, or a primary that is no longer one
    "57P01": REFUSED,  # admin_shutdown
    "57P02": REFUSED,  # crash_shutdown
    "57P03": REFUSED,  # cannot_connect_now: it starts, stops or recovers
    "53300": REFUSED,  # too_many_connections
    "57014": HUNG,  # query_canceled: statement_timeout
    "55P03": HUNG,  # lock_not_available: lock_timeout
}
# libpq says of a host that target_session_attrs=read-write passed over one of these, without a SQLSTATE; there is a server, but no primary.
READ_ONLY_HOSTS = ("session is read-only", "server is in hot standby mode")
# Said at COMMIT, these mean that nothing was committed.
DEFINITE_AT_COMMIT = frozenset(("25006", "40001", "40P01", "23505", "23514", "25P02"))
# A warning with COMMIT: the wait for a standby was cancelled, and the row may be nowhere else.
SYNC_CANCELLED = "01000"


def outcome(committing: bool, state: str | None, warned: bool = False) -> str:
    """committing: whether COMMIT had been sent. state: SQLSTATE of the error, "" for one without (the connection broke), None for no error.

    warned: whether the server said that it gave up waiting for a standby.
    """
    if state is None:
        return UNKNOWN if warned else ACKED
    if not committing or state in DEFINITE_AT_COMMIT:
        return FAILED
    return UNKNOWN


def outage(state: str | None, timed_out: bool, text: str = "") -> str:
    """Class of an outage, by the error of one attempt. text: of an error without a SQLSTATE."""
    if timed_out:
        return HUNG
    if not state and any(words in text for words in READ_ONLY_HOSTS):
        return READ_ONLY
    return STATES.get(state or "", REFUSED)


def said(state: str | None, timed_out: bool, text: str = "") -> str:
    """The same as the ledger keeps it, with the SQLSTATE: `refused:57P03`, `hung`."""
    return ":".join(filter(None, (outage(state, timed_out, text), state)))


def class_of(detail: str) -> str:
    """Of what the ledger has of an outcome; "" if it has none."""
    found = detail.partition(":")[0]
    return found if found in (REFUSED, HUNG, READ_ONLY) else ""
