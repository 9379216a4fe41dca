# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.os_release import family, fields, os_release, release
from ansible_collections.pikube.stateful.tests.unit.trees import RELEASES, capture
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param('ID=debian\nVERSION_ID="12"\n', {"ID": "debian", "VERSION_ID": "12"}, id="plain and quoted"),
        pytest.param("NAME='It'\n", {"NAME": "It"}, id="single quotes"),
        pytest.param("# comment\n\nID=ubuntu\n", {"ID": "ubuntu"}, id="comments and blank lines"),
        pytest.param('ID="debian\nVERSION_ID=12\n', {"VERSION_ID": "12"}, id="a quote without end spoils only its line"),
        pytest.param("no assignment\n", {}, id="what is no assignment"),
        pytest.param("ID=\n", {"ID": ""}, id="an empty value"),
        pytest.param("", {}, id="an empty file"),
    ],
)
def test_fields(text, found):
    assert fields(text) == found


@given(st.text())
def test_fields_of_anything(text):
    assert isinstance(fields(text), dict)


@pytest.mark.parametrize(
    ("os_id", "marked", "found"),
    [
        pytest.param("debian", True, "raspberrypios", id="64-bit Pi OS calls itself Debian"),
        pytest.param("raspbian", False, "raspberrypios", id="32-bit Pi OS calls itself Raspbian"),
        pytest.param("debian", False, "debian", id="Debian"),
        pytest.param("ubuntu", True, "ubuntu", id="Ubuntu with a package source of Raspberry Pi"),
        pytest.param("fedora", False, "other", id="another one"),
        pytest.param(None, True, None, id="unknown"),
    ],
)
def test_family(os_id, marked, found):
    assert family(os_id, marked) == found


def test_a_release_outside_the_table_has_no_id():
    assert release("debian", "12") is None
    assert release("raspberrypios", "10") is None
    assert release(None, None) is None


@pytest.mark.parametrize("name", RELEASES)
def test_every_release_is_recognised(tmp_path, name):
    wanted = RELEASES[name]
    found = os_release(capture(tmp_path, release=name).source())
    assert (found["family"], found["release"]) == (wanted.family, wanted.id)
    assert (found["version"], found["codename"]) == wanted.identity


def test_the_vendor_file_stands_in(tmp_path):
    tree = capture(tmp_path)
    tree.write("/usr/lib/os-release", (tmp_path / "etc/os-release").read_text())
    tree.remove("/etc/os-release")
    assert os_release(tree.source())["release"] == "raspios-bookworm"


def test_a_system_that_does_not_say_what_it_is(tmp_path):
    tree = capture(tmp_path)
    tree.remove("/etc/os-release")
    assert set(os_release(tree.source()).values()) == {None}
