# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import microk8s_problems as plugin
from ansible_collections.pikube.stateful.plugins.filter.microk8s_plan import microk8s_plan
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import bare, wanted

microk8s_problems = plugin.FilterModule().filters()["microk8s_problems"]
# two control planes (M10), a clock (M24, of pi02), a small disk (M19, of pi01)
FACTS = {"pi01": bare("pi01", microk8s__disk={"free_mib": 9000}), "pi02": bare("pi02", node__time__synchronized=False)}


@pytest.fixture
def plan():
    return microk8s_plan(FACTS, wanted(2))


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["M10", "M19", "M24"]),
        ({"severity": "error"}, ["M24"]),
        ({"severity": "warning"}, ["M10", "M19"]),
        ({"host": "pi02"}, ["M10", "M24"]),
        ({"accepted": ["M10", "M24"]}, ["M19", "M24"]),
    ],
)
def test_some_of_them(plan, options, ids):
    assert [problem["id"] for problem in microk8s_problems(plan, **options)] == ids


def test_bad_input_is_an_error_of_the_filter(plan):
    for arguments in ((plan, "fatal"), ({},), ("text",)):
        with pytest.raises(AnsibleFilterError, match=r"^microk8s_problems: "):
            microk8s_problems(*arguments)
