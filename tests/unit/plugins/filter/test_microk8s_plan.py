# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import microk8s_plan as plugin
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import DEFAULTS
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import bare, member, wanted

microk8s_plan = plugin.FilterModule().filters()["microk8s_plan"]
ROWS = ("pi01", "pi02")


def test_a_plan_is_plain_and_has_all_keys():
    facts = {**{name: member(name, ROWS) for name in ROWS}, "pi03": bare("pi03")}
    found = microk8s_plan(facts, wanted(3))
    assert json.loads(json.dumps(found)) == found
    assert set(found) == set(yaml.safe_load(plugin.RETURN)["_value"]["sample"])
    assert (found["seed"], found["formed"], found["join"]) == ("pi01", True, {"control_planes": ["pi03"], "workers": []})
    assert found["problems"] == []


def test_problems_come_with_the_plan():
    found = microk8s_plan({"pi01": bare("pi01")}, wanted(1, channel="latest/stable"))["problems"]
    assert [problem["id"] for problem in found] == ["M02"]


@pytest.mark.parametrize(("facts", "wishes"), [("text", {"control_planes": ["pi01"]}), ({"pi01": {}}, wanted(1)), ({}, {"x": 1})])
def test_bad_input_is_an_error_of_the_filter(facts, wishes):
    with pytest.raises(AnsibleFilterError, match=r"^microk8s_plan: "):
        microk8s_plan(facts, wishes)


def test_every_wish_is_documented_with_its_default():
    wishes = yaml.safe_load(plugin.DOCUMENTATION)["options"]["wanted"]["suboptions"]
    assert {name: wish.get("default") for name, wish in wishes.items()} == DEFAULTS
