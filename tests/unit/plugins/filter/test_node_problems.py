# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import node_problems as plugin
from ansible_collections.pikube.stateful.plugins.module_utils.node.collect import collect
from ansible_collections.pikube.stateful.plugins.module_utils.node.view import DEFAULTS
from ansible_collections.pikube.stateful.tests.unit.trees import capture

node_problems = plugin.FilterModule().filters()["node_problems"]


def test_a_32_bit_system_is_refused_with_the_name_of_the_host(tmp_path):
    facts = collect(capture(tmp_path, release="raspios-bookworm-32").source())
    (found,) = node_problems(facts, "pi02", {"node_role": "worker"})
    assert (found["id"], found["severity"]) == ("N02", "error")
    assert found["message"] == (
        "pi02: the system's packages are armhf (the kernel is aarch64), and MicroK8s is built for amd64, arm64, ppc64el, s390x."
        " There is no way to change that in place: write a 64-bit image to the card, or set pi_node_role to none."
    )


def test_without_a_wish_only_the_board_itself_is_looked_at(tmp_path):
    assert node_problems(collect(capture(tmp_path, release="raspios-bookworm-32").source()), "pi02") == []


@pytest.mark.parametrize(
    ("facts", "wanted"), [({}, None), ("text", None), ({"board": 1, "architecture": 1, "cgroup": 1, "kernel": 1}, {"role": "x"})]
)
def test_bad_input_is_an_error_of_the_filter(facts, wanted):
    with pytest.raises(AnsibleFilterError, match=r"^node_problems: pi02: "):
        node_problems(facts, "pi02", wanted)


def test_every_wish_is_documented_with_its_default():
    wishes = yaml.safe_load(plugin.DOCUMENTATION)["options"]["wanted"]["suboptions"]
    assert {name: wish.get("default") for name, wish in wishes.items()} == DEFAULTS
