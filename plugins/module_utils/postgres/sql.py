# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL as text: names and literals quoted, and what the server keeps of a password."""

from __future__ import annotations

import base64
import hashlib
import hmac

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

LONGEST = 63  # bytes of a name; the server cuts the rest off without an error
ITERATIONS = 4096  # scram_iterations, the server's default


def name(text: str) -> str:
    """A name, whatever is in it, as SQL. Raises PostgresError for one that the server would cut off or not take."""
    if not text or "\0" in text or len(text.encode()) > LONGEST:
        raise PostgresError(f'"{text}" cannot be a name in PostgreSQL: 1 to {LONGEST} bytes, without the byte 0')
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL, whatever standard_conforming_strings is."""
    if "\0" in text:
        raise PostgresError("a text for PostgreSQL holds the byte 0, which it does not take")
    quoted = "'" + text.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def verifier(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """What the server keeps of a password (SCRAM-SHA-256, RFC 5803), so that the password itself is in no statement and no log.

    Other characters than those of ASCII would have to be prepared (SASLprep), by the client as well; they are taken as they are.
    """
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.new(salted, b"Client Key", hashlib.sha256).digest()).digest()
    server = hmac.new(salted, b"Server Key", hashlib.sha256).digest()
    parts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{parts[0]}${parts[1]}:{parts[2]}"


def verified(password: str, kept: str) -> bool:
    """Whether it is this password that the server keeps so. Anything but a verifier of SCRAM-SHA-256 is not."""
    try:
        method, rest, _keys = kept.split("$")
        iterations, salt = rest.split(":")
        return method == "SCRAM-SHA-256" and hmac.compare_digest(kept, verifier(password, base64.b64decode(salt), int(iterations)))
    except ValueError:
        return False
