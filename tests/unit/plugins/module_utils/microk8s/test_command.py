# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `microk8s`: how it is called, and what its end means."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command, Ran


def test_every_call_ends_after_a_time():
    calls = []
    ran = Command(lambda argv, **options: calls.append((argv, options)) or (0, "out", "err"))("add-node", "--format", "json", seconds=7)
    ((argv, options),) = calls
    assert argv[:3] == ["timeout", "--kill-after=10", "7"]
    assert argv[3].endswith("/microk8s")
    assert argv[4:] == ["add-node", "--format", "json"]
    assert options["environ_update"]["LC_ALL"] == "C.UTF-8"
    assert (ran.text, ran.timed_out) == ("out\nerr", False)


def test_a_command_that_was_stopped_has_timed_out():
    assert [Ran(rc, "", "").timed_out for rc in (124, 137, 1)] == [True, True, False]
