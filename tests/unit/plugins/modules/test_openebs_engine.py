# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.workload import CHOICES, DEFAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.node.collect import collect
from ansible_collections.pikube.stateful.plugins.modules import openebs_engine
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import cluster, server
from ansible_collections.pikube.stateful.tests.unit.trees import BOARDS, RELEASES, capture, usb_disk


def run(capsys, check_mode=False, **arguments):
    with patch_module_args({"_ansible_check_mode": check_mode, **arguments}), pytest.raises(SystemExit) as ended:
        openebs_engine.main()
    return ended.value.code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("check_mode", [False, True])
def test_it_decides_and_changes_nothing(capsys, check_mode):
    status, found = run(capsys, check_mode, nodes=cluster(3), workload={"application_replicas": "3"}, kubernetes="1.34")
    assert (status, found["changed"], found["decision"]["verdict"]) == (0, False, "hostpath")


def test_auto_stands_for_no_engine_in_particular(capsys):
    for word in ("auto", ""):
        _code, found = run(capsys, nodes=cluster(3, server()), engine=word)
        assert (found["decision"]["verdict"], found["decision"]["forced"]) == ("mayastor", False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param({"workload": {"size": "5 GB"}}, 'workload size "5 GB"', id="a size with a blank"),
        pytest.param({"workload": {"size": "5gigs"}}, "Write 5Gi", id="a size in words"),
        pytest.param({"replicas": 0}, 'replicas "0"', id="no replicas"),
        pytest.param({"engine": "ceph"}, "Known are hostpath", id="an unknown engine"),
        pytest.param({"overrides": ["E06"]}, "without an engine", id="an override without an engine"),
    ],
)
def test_bad_input_ends_with_what_to_write(capsys, arguments, says):
    status, found = run(capsys, nodes=cluster(3), **arguments)
    assert (status, found["failed"]) == (1, True)
    assert found["msg"].startswith("openebs_engine: ")
    assert says in found["msg"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("board", BOARDS)
def test_the_facts_of_every_board_and_release_are_read(tmp_path, capsys, board, release):
    tree = capture(tmp_path, board, release)
    usb_disk(tree)
    facts = collect(tree.source())
    nodes = {f"pi{number}": facts for number in (1, 2, 3)}
    status, found = run(capsys, nodes=nodes, workload={"application_replicas": 3, "size": "64Mi"})
    assert status == 0
    # What the test's own disk has left over decides about the room; nothing else may speak against the simplest engine.
    spoken = {rule["id"] for rule in found["decision"]["refused"].get("hostpath", [])}
    assert spoken <= {"E14", "E25"}


def test_the_documentation_has_every_value_and_choice():
    documented = yaml.safe_load(openebs_engine.RETURN)["decision"]["contains"]
    with_engine = openebs_engine.decide(cluster(3), {"application_replicas": 3})
    assert set(documented) == set(with_engine)
    options = yaml.safe_load(openebs_engine.DOCUMENTATION)["options"]
    assert set(options) == set(openebs_engine.ARGUMENTS)
    assert set(options["workload"]["suboptions"]) == set(openebs_engine.ARGUMENTS["workload"]["options"]) == set(DEFAULTS)
    for key, choices in CHOICES.items():
        assert all(f"V({choice})" in options["workload"]["suboptions"][key]["description"] for choice in choices)
    assert all(f"V({name})" in options["engine"]["description"][0] for name in NAMES)
