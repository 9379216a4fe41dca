# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.services import iscsi, network_backend, reboot_required, services, time
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import units
from ansible_collections.pikube.stateful.tests.unit.trees import INITIATOR, RELEASES, capture

LOADED = ("loaded", "active", "enabled")
OFF = ("loaded", "inactive", "disabled")


@pytest.mark.parametrize("name", RELEASES)
def test_network_and_time_of_every_release(tmp_path, name):
    tree = capture(tmp_path, release=name)
    known = units(tree.source())
    assert network_backend(tree.source(), known) == RELEASES[name].backend
    clock = "chrony" if name == "ubuntu-25.10" else "systemd-timesyncd"
    assert time(tree.source(), known) == {"synchronized": True, "service": clock, "timezone": "Europe/London"}


@pytest.mark.parametrize(
    ("state", "enabled", "active"),
    [
        pytest.param(LOADED, True, True, id="enabled"),
        pytest.param(("loaded", "active", "disabled"), False, True, id="started by its socket only"),
        pytest.param(OFF, False, False, id="installed and off"),
    ],
)
def test_iscsi(tmp_path, state, enabled, active):
    tree = capture(tmp_path)
    tree.units["iscsid.service"] = state
    assert iscsi(tree.source(), units(tree.source())) == {
        "installed": True,
        "initiator_name": INITIATOR,
        "iscsid_enabled": enabled,
        "iscsid_active": active,
    }


def test_without_iscsi(tmp_path):
    tree = capture(tmp_path)
    tree.remove("/usr/sbin/iscsid")
    tree.remove("/etc/iscsi/initiatorname.iscsi")
    assert iscsi(tree.source(), None) == {"installed": False, "initiator_name": None, "iscsid_enabled": None, "iscsid_active": None}


@pytest.mark.parametrize(
    ("answer", "synchronized"),
    [
        pytest.param((0, "Timezone=UTC\nNTPSynchronized=no\n", ""), False, id="not yet"),
        pytest.param((0, "Timezone=UTC\nNTPSynchronized=yes\n", ""), True, id="synchronised"),
        pytest.param((1, "", "Failed to connect to bus\n"), None, id="no answer"),
        pytest.param((0, "Timezone=UTC\n", ""), None, id="half an answer"),
    ],
)
def test_synchronized(tmp_path, answer, synchronized):
    tree = capture(tmp_path)
    tree.commands["timedatectl"] = answer
    assert time(tree.source(), None)["synchronized"] is synchronized


def test_what_timesyncd_left_stands_in_for_an_answer(tmp_path):
    tree = capture(tmp_path)
    del tree.commands["timedatectl"]
    tree.write("/run/systemd/timesync/synchronized", "")
    assert time(tree.source(), None)["synchronized"] is True


def test_a_no_is_not_overruled_by_what_timesyncd_left(tmp_path):
    tree = capture(tmp_path)
    tree.commands["timedatectl"] = (0, "NTPSynchronized=no\n", "")
    tree.write("/run/systemd/timesync/synchronized", "")
    assert time(tree.source(), None)["synchronized"] is False


@pytest.mark.parametrize(
    ("link", "file", "zone"),
    [
        pytest.param("/usr/share/zoneinfo/Europe/Vienna", None, "Europe/Vienna", id="the link"),
        pytest.param(None, "Asia/Tokyo\n", "Asia/Tokyo", id="Debian's file"),
        pytest.param("/usr/share/elsewhere", None, None, id="a link to somewhere else"),
        pytest.param(None, None, None, id="nothing"),
    ],
)
def test_zone_without_timedatectl(tmp_path, link, file, zone):
    tree = capture(tmp_path)
    del tree.commands["timedatectl"]
    if link:
        (tmp_path / "etc/localtime").symlink_to(link)
    if file:
        tree.write("/etc/timezone", file)
    assert time(tree.source(), None)["timezone"] == zone


@pytest.mark.parametrize(
    ("file", "command_line", "runs"),
    [
        pytest.param(None, "root=LABEL=writable", True, id="installed"),
        pytest.param("/etc/cloud/cloud-init.disabled", "", False, id="disabled by a file"),
        pytest.param(None, "quiet cloud-init=disabled", False, id="disabled by the kernel's command line"),
        pytest.param(None, None, True, id="the command line is unknown"),
    ],
)
def test_cloud_init(tmp_path, file, command_line, runs):
    tree = capture(tmp_path)
    if file:
        tree.write(file, "")
    assert services(tree.source(), None, command_line)["cloud_init"] is runs


def test_services_of_ubuntu(tmp_path):
    tree = capture(tmp_path, release="ubuntu-24.04")
    tree.units["ssh.socket"] = LOADED
    assert services(tree.source(), units(tree.source()), "") == {"cloud_init": True, "unattended_upgrades": True, "ssh_socket": True}


def test_services_are_unknown_without_systemd(tmp_path):
    tree = capture(tmp_path)
    tree.remove("/usr/bin/cloud-init")
    assert services(tree.source(), None, "") == {"cloud_init": False, "unattended_upgrades": None, "ssh_socket": None}
    assert network_backend(tree.source(), None) is None


@pytest.mark.parametrize(
    ("family", "file", "required"),
    [
        pytest.param("ubuntu", "/run/reboot-required", True, id="asked for"),
        pytest.param("raspberrypios", "/var/run/reboot-required", True, id="asked for, old place"),
        pytest.param("ubuntu", None, False, id="Ubuntu would have said so"),
        pytest.param("raspberrypios", None, None, id="Pi OS might not have said so"),
        pytest.param(None, None, None, id="an unknown system"),
    ],
)
def test_reboot_required(tmp_path, family, file, required):
    tree = capture(tmp_path)
    if file:
        tree.write(file, "*** System restart required ***\n")
    assert reboot_required(tree.source(), family) is required
