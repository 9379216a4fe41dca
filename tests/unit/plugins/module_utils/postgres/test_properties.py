# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.properties import Properties

PLAIN = Properties("app", "UTF8", "C.UTF-8", "C.UTF-8")
COLUMNS = {"datcollate": "C.UTF-8", "datctype": "C.UTF-8", "datconnlimit": -1}
ROW = {"owner": "app", "encoding": "UTF8", "columns": COLUMNS, "comment": "", "privileges": None, "settings": []}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        pytest.param({}, PLAIN, id="14 has libc alone"),
        pytest.param({"datlocprovider": "c", "daticulocale": None}, PLAIN, id="15 with libc"),
        pytest.param({"datlocprovider": "i", "daticulocale": "de"}, replace(PLAIN, provider="i", locale="de"), id="15 with ICU"),
        pytest.param(
            {"datlocprovider": "i", "datlocale": "de", "daticurules": "&a < b"},
            replace(PLAIN, provider="i", locale="de", rules="&a < b"),
            id="17 with ICU",
        ),
        pytest.param({"datlocprovider": "b", "datlocale": "C.UTF-8"}, replace(PLAIN, provider="b", locale="C.UTF-8"), id="17 with its own"),
        pytest.param({"datconnlimit": 5}, replace(PLAIN, limit=5), id="a limit"),
    ],
)
def test_catalogues_of_each_version(columns, found):
    assert Properties.read({**ROW, "columns": {**COLUMNS, **columns}}) == found


def test_they_are_kept_as_they_are():
    found = Properties.read({**ROW, "comment": "it's", "privileges": [["r", "CONNECT", True]], "settings": [["", "work_mem=8MB"]]})
    assert Properties.kept(json.loads(json.dumps(asdict(found)))) == found
    assert Properties.kept(json.loads(json.dumps(asdict(PLAIN)))) == PLAIN


@pytest.mark.parametrize(
    ("properties", "version", "end"),
    [
        pytest.param(PLAIN, 14, "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';", id="14"),
        pytest.param(PLAIN, 15, "ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';", id="libc"),
        pytest.param(
            replace(PLAIN, provider="i", locale="de", rules="&a < b"),
            17,
            "LOCALE_PROVIDER icu LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' ICU_LOCALE 'de' ICU_RULES '&a < b';",
            id="ICU",
        ),
        pytest.param(
            replace(PLAIN, provider="b", locale="C.UTF-8"),
            17,
            "LOCALE_PROVIDER builtin LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' BUILTIN_LOCALE 'C.UTF-8';",
            id="built in",
        ),
        pytest.param(replace(PLAIN, encoding="LATIN1", collate="C", ctype="C"), 15, "LC_COLLATE 'C' LC_CTYPE 'C';", id="another encoding"),
    ],
)
def test_a_database_is_made_as_it_was(properties, version, end):
    statement = properties.creating("my shop", "app", version)
    assert statement.startswith('CREATE DATABASE "my shop" TEMPLATE template0 OWNER "app" ENCODING ')
    assert statement.endswith(end)


@pytest.mark.parametrize(
    ("changes", "statements"),
    [
        pytest.param({}, [], id="nothing of its own"),
        pytest.param({"limit": 5}, ['ALTER DATABASE "d" CONNECTION LIMIT 5;'], id="a limit"),
        pytest.param({"comment": "it's"}, ["COMMENT ON DATABASE \"d\" IS 'it''s';"], id="a comment"),
        pytest.param({"privileges": ()}, ['REVOKE ALL ON DATABASE "d" FROM PUBLIC, "new";'], id="nobody may do anything"),
        pytest.param(
            {"privileges": (("", "CONNECT", False), ("app", "CREATE", False), ("reader", "CONNECT", True))},
            [
                'REVOKE ALL ON DATABASE "d" FROM PUBLIC, "new";',
                'GRANT CONNECT ON DATABASE "d" TO PUBLIC;',
                'GRANT CREATE ON DATABASE "d" TO "new";',
                'GRANT CONNECT ON DATABASE "d" TO "reader" WITH GRANT OPTION;',
            ],
            id="privileges, and those of the owner go to the new one",
        ),
        pytest.param({"settings": (("", "work_mem=8MB"),)}, ['ALTER DATABASE "d" SET "work_mem" TO \'8MB\';'], id="a setting"),
        pytest.param({"settings": (("", "a.b=x=y"),)}, ['ALTER DATABASE "d" SET "a"."b" TO \'x=y\';'], id="a setting of an application"),
        pytest.param(
            {"settings": (("", 'search_path="$user", public, "a,""b"'),)},
            ["ALTER DATABASE \"d\" SET \"search_path\" TO '$user', 'public', 'a,\"b';"],
            id="a list of names",
        ),
        pytest.param({"settings": (("", "search_path="),)}, ['ALTER DATABASE "d" SET "search_path" TO \'\';'], id="an empty list"),
        pytest.param({"settings": (("", 'search_path=""'),)}, ['ALTER DATABASE "d" SET "search_path" TO \'\';'], id="a list of no name"),
        pytest.param(
            {"settings": (("reader", "work_mem=8MB"),)}, ['ALTER ROLE "reader" IN DATABASE "d" SET "work_mem" TO \'8MB\';'], id="of a role"
        ),
    ],
)
def test_the_rest_of_it(changes, statements):
    assert replace(PLAIN, **changes).applying("d", "new") == statements


def test_roles_that_have_to_be_there():
    found = replace(PLAIN, privileges=(("", "CONNECT", False), ("app", "CREATE", False), ("reader", "CONNECT", False)))
    found = replace(found, settings=(("", "work_mem=8MB"), ("batch", "work_mem=8MB")))
    assert found.roles("app") == {"app", "reader", "batch"}
    assert found.roles("new") == {"new", "reader", "batch"}
