# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.card.cloud_init import (
    data_source,
    instance_id,
    meta_data,
    own_line,
    user_data,
)
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings, User
from hypothesis import given
from hypothesis import strategies as st

OPS = User("ops", ("ssh-ed25519 AAAA ops",))
HASH = "$6$salt$hash"


def read(*users, family="raspberrypios", **more):
    return yaml.safe_load(user_data(Settings("pi01", users, **more), family))


def test_the_first_line_is_the_one_that_cloud_init_looks_for():
    assert user_data(Settings("pi01", (OPS,)), "ubuntu").splitlines()[0] == "#cloud-config"


def test_the_first_user_is_the_image_s_own_account_under_another_name():
    data = read(OPS)
    assert data["user"] == {
        "name": "ops",
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": True,
        "ssh_authorized_keys": ["ssh-ed25519 AAAA ops"],
    }
    # Without "groups", which would replace those of the image, and without "users", which would leave the account out.
    assert "users" not in data


def test_further_groups_of_the_first_user_are_added():
    data = read(User("ops", OPS.authorized_keys, groups=("docker", "lxd")))
    assert "groups" not in data["user"]
    assert ["usermod", "--append", "--groups", "docker,lxd", "ops"] in data["runcmd"]


def test_further_users_get_just_what_is_given():
    data = read(OPS, User("guest", sudo="none", groups=("audio",)))
    assert data["users"] == [{"name": "guest", "shell": "/bin/bash", "sudo": None, "lock_passwd": True, "groups": ["audio"]}]


@pytest.mark.parametrize(
    ("sudo", "rule"),
    [("nopasswd", "ALL=(ALL) NOPASSWD:ALL"), ("password", "ALL=(ALL) ALL"), ("none", None)],
)
def test_sudo_is_always_said(sudo, rule):
    assert read(User("ops", OPS.authorized_keys, sudo=sudo))["user"]["sudo"] == rule


def test_a_password_is_unlocked_by_its_hash():
    user = read(User("ops", password_hash=HASH), ssh_password_authentication=True)
    assert (user["user"]["passwd"], user["user"]["lock_passwd"], user["ssh_pwauth"]) == (HASH, False, True)


def test_raspberry_pi_os_needs_to_be_told_to_start_ssh():
    # A list of lists: a list of words would be a command for each word.
    assert read(OPS)["runcmd"] == [own_line("pi01"), ["systemctl", "enable", "--now", "ssh"]]
    assert read(OPS, family="ubuntu")["runcmd"] == [own_line("pi01")]


def test_name_hosts_file_and_time_zone():
    data = read(OPS, timezone="Europe/Berlin")
    assert (data["hostname"], data["manage_etc_hosts"], data["timezone"]) == ("pi01", False, "Europe/Berlin")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n",
            "127.0.0.1\tlocalhost\n127.0.1.1 pi01\n",
            id="the image's name on the last line",
        ),
        pytest.param("127.0.1.1 ubuntu\n\n::1 localhost\n", "\n::1 localhost\n127.0.1.1 pi01\n", id="the image's name on the first line"),
        pytest.param("127.0.0.1 localhost", "127.0.0.1 localhost\n127.0.1.1 pi01\n", id="no name, and no end of the line"),
        pytest.param("127.0.1.10 other\n127.0.1.1 pi01\n", "127.0.1.10 other\n127.0.1.1 pi01\n", id="the right line, and one like it"),
    ],
)
def test_the_first_boot_makes_the_name_known_to_the_system(tmp_path, before, after):
    hosts = tmp_path / "hosts"
    hosts.write_text(before)
    for _boot in range(2):
        # The command as cloud-init reads it, but for the file.
        *command, path = read(OPS, family="ubuntu")["runcmd"][0]
        assert path == "/etc/hosts"
        subprocess.run([*command, str(hosts)], check=True)
        assert hosts.read_text() == after


def test_meta_data_spells_the_key_as_cloud_init_does():
    assert yaml.safe_load(meta_data("pikube-pi01-0123456789ab")) == {"dsmode": "local", "instance-id": "pikube-pi01-0123456789ab"}


def test_an_identity_belongs_to_a_host_and_a_content():
    first = instance_id("pi01", "user", "network")
    assert re.fullmatch(r"pikube-pi01-[0-9a-f]{12}", first)
    assert instance_id("pi01", "user", "network") == first
    assert (
        len({first, instance_id("pi01", "user", "other"), instance_id("pi01", "usernetwork"), instance_id("pi02", "user", "network")}) == 4
    )
    assert data_source(first) == f"ds=nocloud;i={first}"


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40))
def test_a_comment_of_a_key_is_never_more_than_a_comment(comment):
    key = f"ssh-ed25519 AAAA {comment}"
    assert read(User("ops", (key,)))["user"]["ssh_authorized_keys"] == [key]
