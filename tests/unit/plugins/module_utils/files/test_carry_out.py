# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files import carry_out, disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.pending import Pending
from ansible_collections.pikube.stateful.plugins.module_utils.files.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.files.wanted import WantedFile


def run(command):
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return process.returncode, process.stdout, process.stderr


def planned(tmp_path, *files):
    status = tmp_path.stat()
    return plan(files, lambda path: disk.find(tmp_path / path), int, int, disk.Found("", 0o644, status.st_uid, status.st_gid))


@pytest.fixture
def pending(tmp_path):
    return Pending(tmp_path / "pending")


def test_a_text_is_validated_before_it_is_written(tmp_path):
    changes = planned(tmp_path, WantedFile(f"{tmp_path}/x", "good\n", validate="grep -q good %s"))
    carry_out.validate(changes, run)
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_says_what_the_command_said_and_names_the_file(tmp_path):
    changes = planned(tmp_path, WantedFile(f"{tmp_path}/x", "bad (\n", validate="python3 -m py_compile %s"))
    with pytest.raises(FilesError, match=rf'(?s)^{tmp_path}/x: refused by "python3 -m py_compile %s": .*{tmp_path}/x.*Nothing was changed'):
        carry_out.validate(changes, run)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_file_that_is_right_is_not_validated(tmp_path):
    (tmp_path / "x").write_text("t\n")
    carry_out.validate(planned(tmp_path, WantedFile(f"{tmp_path}/x", "t\n", validate="false %s")), run)


def test_only_what_differs_is_written_and_noted(tmp_path, pending):
    (tmp_path / "same").write_text("t\n")
    changes = planned(
        tmp_path,
        WantedFile(f"{tmp_path}/same", "t\n", activation="one"),
        WantedFile(f"{tmp_path}/other", "t\n", activation="two"),
    )
    assert carry_out.write(changes, pending) == []
    assert (tmp_path / "other").read_text() == "t\n"
    assert pending.names() == ["two"]


def test_the_first_text_is_kept_for_ever(tmp_path, pending):
    path = tmp_path / "fstab"
    path.write_text("original\n")
    kept = [carry_out.write(planned(tmp_path, WantedFile(str(path), text, backup=True)), pending) for text in ("first\n", "second\n")]
    assert kept == [[f"{path}.before-pikube"], []]
    assert (tmp_path / "fstab.before-pikube").read_text() == "original\n"


def test_activations_run_in_order_and_are_forgotten(tmp_path, pending):
    pending.add("a")
    failures = carry_out.activate(["a"], {"a": [f"mkdir {tmp_path}/new", f"touch {tmp_path}/new/x"]}, pending, run)
    assert (failures, pending.names(), (tmp_path / "new" / "x").exists()) == ([], [], True)


def test_a_failed_activation_stays_owed_and_the_others_go_on(tmp_path, pending):
    failures = carry_out.activate(["bad", "good"], {"bad": ["ls /no/such", f"touch {tmp_path}/never"], "good": ["true"]}, pending, run)
    (failure,) = failures
    assert failure.startswith('bad: "ls /no/such" failed with status 2: ')
    assert pending.names() == ["bad"]
    assert not (tmp_path / "never").exists()
