# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=80)


def unquoted(text, mark):
    """As the server reads it: a doubled mark is one."""
    assert text[0] == text[-1] == mark
    inside = text[1:-1]
    assert mark not in inside.replace(mark * 2, "")
    return inside.replace(mark * 2, mark)


@given(texts.filter(lambda text: 0 < len(text.encode()) <= sql.LONGEST))
def test_a_name_is_read_as_it_was(text):
    assert unquoted(sql.name(text), '"') == text


@given(texts)
def test_a_literal_is_read_as_it_was(text):
    found = sql.literal(text)
    escaped = found.startswith(" E")
    assert escaped == ("\\" in text)
    read = unquoted(found.removeprefix(" E"), "'")
    assert (read.replace("\\\\", "\\") if escaped else read) == text


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 64, "ä" * 32])
def test_what_cannot_be_a_name(text):
    with pytest.raises(PostgresError, match="cannot be a name"):
        sql.name(text)


def test_a_literal_without_the_byte_0():
    with pytest.raises(PostgresError):
        sql.literal("a\0b")


def test_the_verifier_is_that_of_rfc_7677():
    # Section 3: password "pencil", its salt and iterations; server and client keys follow from its proof and signature.
    import base64
    import hashlib
    import hmac

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    found = sql.verifier("pencil", salt)
    head, keys = found.split("$")[1:]
    stored, server = (base64.b64decode(part) for part in keys.split(":"))
    assert head == "4096:W22ZaJ0SNY7soEsUEjb6gQ=="
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    message = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}".encode()
    assert base64.b64encode(hmac.new(server, message, hashlib.sha256).digest()) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    signature = hmac.new(stored, message, hashlib.sha256).digest()
    client = bytes(one ^ other for one, other in zip(proof, signature))
    assert hashlib.sha256(client).digest() == stored
