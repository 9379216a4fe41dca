# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import roles, sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

SALT = b"0123456789abcdef"


def wishes(**given):
    return Wishes.parse({"topology": "single", **given}, 1)


def found(owner=True, verifier=None, databases=("postgres", "app")):
    return json.dumps({"owner": owner, "verifier": verifier, "databases": list(databases)})


def test_an_empty_server_gets_all_of_it():
    names, statements = roles.missing(wishes(), ["inventory_mgmt"], found(owner=False, databases=["postgres"]), "secret", SALT)
    assert names == ("role app", "database app", "database inventory_mgmt")
    assert [statement.split(" PASSWORD")[0] for statement in statements] == [
        'CREATE ROLE "app" LOGIN',
        'CREATE DATABASE "app" OWNER "app";',
        'CREATE DATABASE "inventory_mgmt" OWNER "app";',
    ]


def test_one_database_that_is_named_twice_is_made_once():
    names, _statements = roles.missing(wishes(database="inventory_mgmt"), ["inventory_mgmt"], found(databases=["postgres"]), "secret", SALT)
    assert names[1:] == ("database inventory_mgmt",)


@pytest.mark.parametrize("password", ["secret", 'it\'s\\ $HOME "x"', "ü"])
def test_one_that_has_all_gets_nothing(password):
    kept = sql.verifier(password, b"another salt 123")
    assert roles.missing(wishes(), ["app"], found(verifier=kept), password, SALT) == ((), ())


@pytest.mark.parametrize("kept", [None, "", "md5abcdef", sql.verifier("other", SALT), "SCRAM-SHA-256$x:y$z", "SCRAM-SHA-256$4096:AA==$"])
def test_another_password_is_replaced_and_is_in_no_statement(kept):
    names, statements = roles.missing(wishes(), [], found(verifier=kept), "secret", SALT)
    assert names == ("password of role app",)
    assert statements[0].startswith('ALTER ROLE "app" LOGIN PASSWORD ')
    assert "secret" not in statements[0]


def test_names_are_quoted_whatever_they_are():
    names, statements = roles.missing(wishes(owner='o"; --', database="select"), [], found(owner=False, databases=[]), "x", SALT)
    assert statements[0].startswith('CREATE ROLE "o""; --" LOGIN')
    assert statements[1] == 'CREATE DATABASE "select" OWNER "o""; --";'
    assert names[1] == "database select"
    assert "'o\"; --'" in roles.asking(wishes(owner='o"; --'))


def test_extensions_that_are_missing():
    assert roles.missing_extensions(wishes(extensions=["pg_trgm", "citext"]), '["plpgsql", "citext"]') == ("pg_trgm",)
