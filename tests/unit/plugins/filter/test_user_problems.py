# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible import context
from ansible_collections.pikube.stateful.plugins.filter.user_problems import user_problems

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHcVh3ocFZmoSYNJLpeyMNUNLpT6zy28UQqkqaBKLkkd ops@example.org"


@pytest.mark.parametrize(
    "users",
    [
        pytest.param([], id="nobody"),
        pytest.param([{"name": "ops"}], id="a name is enough"),
        pytest.param([{"name": "ops", "authorized_keys": [KEY], "sudo": "nopasswd", "groups": ["adm"]}], id="with a key"),
        pytest.param([{"name": "a"}, {"name": "b"}], id="two accounts"),
    ],
)
def test_accounts_that_can_be_made(users):
    assert user_problems(users, "pi02") == []


@pytest.mark.parametrize(
    ("users", "says"),
    [
        pytest.param([{"name": "Ops"}], 'pi_users on host pi02: "Ops" is not allowed as the name of an account', id="capital letter"),
        pytest.param([{"name": "root"}], '"root" is not allowed', id="root"),
        pytest.param(
            [{"name": "ops", "password_hash": "hunter2"}], 'password_hash of "ops" is not a hash of crypt(5)', id="password in clear"
        ),
        pytest.param([{"name": "ops", "authorized_keys": ["-----BEGIN OPENSSH PRIVATE KEY-----"]}], "is a private key", id="private key"),
        pytest.param([{"name": "ops"}, {"name": "ops"}], '"ops" is there twice', id="twice"),
    ],
)
def test_what_is_wrong_names_host_value_and_cure(users, says):
    (problem,) = user_problems(users, "pi02")
    assert problem.startswith("pi_users on host pi02: ")
    assert says in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("sudo", ["password", "none"])
def test_the_user_of_the_run_keeps_its_way_to_root(sudo):
    (problem,) = user_problems([{"name": "ops", "sudo": sudo}], "pi02", "ops", False)
    assert problem.startswith(f'pi_users on host pi02: "ops" is the user Ansible logs in as, and sudo "{sudo}" takes its root rights away')
    assert "--ask-become-pass" in problem


@pytest.mark.parametrize(
    ("user", "ansible_user", "become_password"),
    [
        pytest.param({"name": "ops", "sudo": "password"}, "ops", True, id="with a password"),
        pytest.param({"name": "ops", "sudo": "password"}, "ubuntu", False, id="another user"),
        pytest.param({"name": "ops", "sudo": "password"}, "", False, id="the user is not known"),
        pytest.param({"name": "ops", "sudo": "nopasswd"}, "ops", False, id="without asking"),
        pytest.param({"name": "ops"}, "ops", False, id="by default"),
    ],
)
def test_who_may_be_changed_during_the_run(user, ansible_user, become_password):
    assert user_problems([user], "pi02", ansible_user, become_password) == []


@pytest.mark.parametrize("option", ["become_ask_pass", "become_password_file"])
def test_a_password_from_the_command_line_counts(monkeypatch, option):
    monkeypatch.setattr(context, "CLIARGS", {option: "yes"})
    assert user_problems([{"name": "ops", "sudo": "password"}], "pi02", "ops", False) == []
