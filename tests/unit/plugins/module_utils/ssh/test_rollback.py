# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.rollback import RELOAD, UNIT, Rollback


class Timers:
    """Takes down what is started; the machine of a test has no systemd of its own."""

    def __init__(self, code=0):
        self.commands = []
        self.code = code

    def __call__(self, command):
        self.commands.append(list(command))
        return self.code, "", "Failed to connect to bus" if self.code else ""

    def fire(self):
        """What the timer's service does, without its reload."""
        script = [command for command in self.commands if command[0] == "systemd-run"][-1][-1]
        with open(script, encoding="utf-8") as file:  # noqa: PTH123
            text = file.read().replace(" ".join(RELOAD), "true")
        subprocess.run(["/bin/sh", "-ec", text], check=True)


@pytest.fixture
def timers():
    return Timers()


@pytest.fixture
def rollback(tmp_path, timers):
    return Rollback(timers, tmp_path / "run" / "rollback")


@pytest.mark.parametrize("before", [pytest.param("old text\n", id="a text comes back"), pytest.param(None, id="a new file goes")])
def test_what_is_not_confirmed_is_taken_back(rollback, timers, tmp_path, before):
    path = tmp_path / "it's a name.conf"
    rollback.arm(path, before, 60)
    path.write_text("new text\n")
    assert rollback.armed
    timers.fire()
    assert not rollback.armed
    assert (path.read_text() if path.exists() else None) == before


def test_the_timer_runs_after_the_time_that_was_asked_for(rollback, timers, tmp_path):
    rollback.arm(tmp_path / "x", None, 45)
    (command,) = timers.commands
    assert command[0] == "systemd-run"
    assert {f"--unit={UNIT}", "--on-active=45s"} <= set(command)


def test_what_is_confirmed_stays(rollback, timers, tmp_path):
    rollback.arm(tmp_path / "x", "old", 60)
    rollback.confirm()
    assert timers.commands[1:] == [RELOAD, ["systemctl", "stop", f"{UNIT}.timer"]]
    assert not rollback.armed


def test_what_the_server_does_not_load_is_not_confirmed(rollback, timers, tmp_path):
    path = tmp_path / "x"
    rollback.arm(path, "old", 60)
    timers.code = 1
    with pytest.raises(SshError, match="does not reload its settings, so they were not confirmed"):
        rollback.confirm()
    timers.fire()
    assert path.read_text() == "old"


def test_confirming_nothing_is_nothing(rollback, timers):
    rollback.confirm()
    assert timers.commands == []


@pytest.mark.parametrize("proven", [pytest.param("proven\n", id="a text"), pytest.param(None, id="no file")])
def test_a_second_change_goes_back_to_what_was_proven(rollback, timers, tmp_path, proven):
    path = tmp_path / "x"
    rollback.arm(path, proven, 60)
    path.write_text("first\n")
    rollback.arm(path, "first\n", 60)
    path.write_text("second\n")
    assert [command[0] for command in timers.commands] == ["systemd-run", "systemctl", "systemd-run"]
    timers.fire()
    assert (path.read_text() if path.exists() else None) == proven


def test_a_second_change_without_a_timer_keeps_what_was_proven(rollback, timers, tmp_path):
    path = tmp_path / "x"
    rollback.arm(path, "proven", 60)
    timers.code = 1
    with pytest.raises(SshError, match="so nothing was changed"):
        rollback.arm(path, "first", 60)
    timers.fire()
    assert path.read_text() == "proven"


def test_a_change_of_another_file_waits_its_turn(rollback, tmp_path):
    rollback.arm(tmp_path / "x", "old", 60)
    with pytest.raises(SshError, match="a change of another file than"):
        rollback.arm(tmp_path / "y", "old", 60)


def test_a_folder_of_a_run_that_was_killed_before_its_change_is_in_nobodys_way(rollback, timers, tmp_path):
    (tmp_path / "run" / "rollback").mkdir(parents=True)
    rollback.arm(tmp_path / "x", "old", 60)
    timers.fire()
    assert (tmp_path / "x").read_text() == "old"


def test_without_a_timer_nothing_is_changed(tmp_path):
    rollback = Rollback(Timers(code=1), tmp_path / "rollback")
    with pytest.raises(SshError, match="so nothing was changed: Failed to connect to bus"):
        rollback.arm(tmp_path / "x", None, 60)
    assert not rollback.armed
