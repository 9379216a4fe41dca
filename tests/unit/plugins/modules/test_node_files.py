# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.pikube.stateful.plugins.modules import node_files


@pytest.fixture
def call(tmp_path, capsys):
    """Run the module as Ansible does, in this process; returns what it answers."""

    def run(*files, check=False, **options):
        arguments = {"files": list(files), "pending_directory": str(tmp_path / "pending"), "_ansible_check_mode": check, **options}
        arguments["_ansible_remote_tmp"] = str(tmp_path)
        with patch_module_args(arguments), pytest.raises(SystemExit):
            node_files.main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def wanted(tmp_path):
    return {"path": str(tmp_path / "etc" / "x.conf"), "content": "x\n", "activation": "touch"}


@pytest.fixture
def activations(tmp_path):
    return [{"name": "touch", "commands": [f"touch {tmp_path}/in-force"]}]


def test_the_second_call_changes_nothing(call, wanted, activations, tmp_path):
    first, second = (call(wanted, activations=activations) for _call in range(2))
    assert (first["changed"], first["changed_paths"], first["activated"], first["pending"]) == (True, [wanted["path"]], ["touch"], [])
    assert (second["changed"], second["changed_paths"], second["activated"], second["diff"]) == (False, [], [], [])
    assert (tmp_path / "in-force").exists()


def test_check_mode_says_the_same_and_does_nothing(call, wanted, activations, tmp_path):
    checked = call(wanted, activations=activations, check=True)
    assert not (tmp_path / "etc").exists()
    done = call(wanted, activations=activations)
    for key in ("changed", "changed_paths", "activated", "pending", "diff"):
        assert checked[key] == done[key]


def test_a_run_that_was_killed_before_the_activation_is_finished_by_the_next(call, wanted, activations, tmp_path):
    call(wanted)  # as if killed between writing and activating: the note is there, nothing was run
    finished = call(wanted, activations=activations)
    assert (finished["changed"], finished["changed_paths"], finished["activated"]) == (True, [], ["touch"])
    assert (tmp_path / "in-force").exists()


def test_what_only_a_boot_puts_in_force_stays_pending(call, wanted):
    answers = [call(wanted) for _call in range(2)]
    assert [answer["pending"] for answer in answers] == [["touch"], ["touch"]]
    assert [answer["changed"] for answer in answers] == [True, False]


def test_an_activation_that_is_due_runs_without_a_difference(call, wanted, activations, tmp_path):
    call(wanted, activations=activations)
    (tmp_path / "in-force").unlink()
    assert call(wanted, activations=activations, due=["touch"])["activated"] == ["touch"]
    assert (tmp_path / "in-force").exists()


def test_a_failed_activation_is_an_error_that_the_next_run_mends(call, wanted, activations):
    failed = call(wanted, activations=[{"name": "touch", "commands": ["ls /no/such"]}])
    assert failed["failed"]
    assert failed["msg"].startswith('The files are written, but not all are in force: touch: "ls /no/such" failed with status 2')
    assert failed["pending"] == ["touch"]
    assert call(wanted, activations=activations)["activated"] == ["touch"]


def test_one_refused_file_stops_all_of_them(call, wanted, tmp_path):
    refused = call(wanted, {"path": str(tmp_path / "y"), "content": "y\n", "validate": "false %s"})
    assert refused["failed"]
    assert not (tmp_path / "etc").exists()


def test_a_sensitive_text_is_nowhere_in_the_answer(call, wanted):
    answer = call({**wanted, "content": "correct horse battery staple", "sensitive": True})
    assert "staple" not in json.dumps(answer)
    assert answer["diff"][0]["after"] == "(hidden)\n"
