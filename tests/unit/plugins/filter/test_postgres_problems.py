# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import postgres_problems as plugin

pytest.importorskip("psycopg")
postgres_problems = plugin.FilterModule().filters()["postgres_problems"]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        pytest.param({"postgres_database": "shop"}, [], id="a name is enough"),
        pytest.param({"postgres_database": "shop", "openebs_engine": 7, "postgres_timeout": 900}, [], id="others do not matter"),
        pytest.param({"postgres_size": "5 GB"}, ["postgres_size"], id="a size"),
        pytest.param({"postgres_instances": 4}, ["postgres_instances: 4 servers are asked for, and 3 nodes"], id="more than nodes"),
        pytest.param({"postgres_password": "s3cret\n"}, ["postgres_password: character 7 of 7 is a line break"], id="a password"),
        pytest.param({"postgres_password": 4711}, [], id="a number is one as well"),
        pytest.param({"postgres_quota": {"storage": "5 GB"}}, ['postgres_quota, database, storage: "5 GB"'], id="a quota"),
        pytest.param({"postgres_quota": '{"storage": "50Gi"}'}, [], id="a quota of a survey"),
        pytest.param({"postgres_quota": "50Gi"}, ["postgres_quota: this is no dictionary"], id="a quota that is none"),
        pytest.param({"postgres_sample_data": "maybe"}, ['postgres_sample_data: "maybe" is neither true nor false'], id="a switch"),
        pytest.param({"postgres_sample_data": "yes"}, [], id="a switch in words"),
        pytest.param({"postgres_size": "1", "postgres_password": ""}, ["postgres_size", "postgres_password is empty"], id="two at once"),
    ],
)
def test_what_the_variables_alone_tell(variables, says):
    found = postgres_problems(variables, 3)
    assert len(found) == len(says)
    assert all(text in problem for text, problem in zip(says, found))
    assert "s3cret" not in "".join(found)


def test_the_library_is_missed_before_hours_have_gone_by(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'psycopg" in postgres_problems({}, 3)[0]
    assert postgres_problems({"postgres_service_type": "ClusterIP"}, 3) == []


def test_bad_input_is_an_error_of_the_filter():
    with pytest.raises(AnsibleFilterError, match=r"^postgres_problems: "):
        postgres_problems(["postgres_size"], 3)
