# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source, whole
from hypothesis import given
from hypothesis import strategies as st


def absent(argv):
    raise FileNotFoundError(argv[0])


@pytest.fixture
def source(tmp_path):
    return Source(absent, str(tmp_path))


@pytest.fixture
def unprivileged():
    """Run a test without the rights of root, for which no file is unreadable."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


def test_values_lose_the_end_of_their_line_or_string(tmp_path, source):
    (tmp_path / "temp").write_text("48686\n")
    (tmp_path / "model").write_bytes(b"Raspberry Pi 5\0")
    assert source.value("/temp") == "48686"
    assert source.number("/temp") == 48686
    assert source.value("/model") == "Raspberry Pi 5"


def test_what_is_not_there_is_unknown(source):
    assert source.read("/no") is None
    assert source.read_bytes("/no") is None
    assert source.value("/no") is None
    assert source.number("/no") is None
    assert source.link("/no") is None
    assert source.names("/no") == []
    assert not source.exists("/no")
    assert source.space("/no") is None


def test_a_folder_in_place_of_a_file_is_unknown(tmp_path, source):
    (tmp_path / "proc").mkdir()
    assert source.read("/proc") is None


def test_a_path_that_no_file_can_have_is_unknown(source):
    assert source.read("/a\0b") is None
    assert source.names("/a\0b") == []
    assert source.link("/a\0b") is None
    assert source.space("/a\0b") is None
    assert source.real("/a\0b") == "/a\0b"
    assert not source.exists("/a\0b")


def test_bytes_that_are_no_text_do_no_harm(tmp_path, source):
    (tmp_path / "os-release").write_bytes(b"ID=\xff\xfe\n")
    assert source.read("/os-release") == "ID=\ufffd\ufffd\n"


def test_an_empty_value_is_unknown(tmp_path, source):
    (tmp_path / "os_prefix").write_bytes(b"\0")
    assert source.value("/os_prefix") is None


def test_only_what_matters_is_noted_as_denied(tmp_path, source, request):
    for name in ("matters", "does_not"):
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(0)
    request.getfixturevalue("unprivileged")
    assert source.read("/matters", privileged=True) is None
    assert source.read("/does_not") is None
    assert source.denied == ["/matters"]


def test_links_are_followed_below_the_root(tmp_path, source):
    (tmp_path / "devices/usb1/sda").mkdir(parents=True)
    (tmp_path / "block").mkdir()
    (tmp_path / "block/sda").symlink_to("../devices/usb1/sda")
    assert source.real("/block/sda") == "/devices/usb1/sda"
    assert source.link("/block/sda") == "../devices/usb1/sda"
    assert source.real("/") == "/"


def test_a_link_in_a_circle_stays_what_it_is(tmp_path, source):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert source.read("/a") is None
    assert not source.exists("/a")


def test_space_is_size_and_what_is_left(tmp_path, source):
    size, available = source.space("/")
    assert size >= available > 0


def test_a_command_that_is_missing_or_fails_has_no_output():
    assert Source(absent).output(["vcgencmd"]) is None
    assert Source(lambda argv: (1, "half\n", "error\n")).output(["dpkg"]) is None
    assert Source(lambda argv: (0, "\n", "")).output(["dpkg"]) is None
    assert Source(lambda argv: (0, "arm64\n", "")).output(["dpkg"]) == "arm64"


@pytest.mark.parametrize(
    ("text", "base", "number"),
    [
        pytest.param("12", 10, 12, id="decimal"),
        pytest.param("c03115", 16, 0xC03115, id="hexadecimal"),
        pytest.param("", 10, None, id="empty"),
        pytest.param("twelve", 10, None, id="words"),
        pytest.param(None, 10, None, id="nothing"),
    ],
)
def test_whole(text, base, number):
    assert whole(text, base) == number


@given(st.one_of(st.none(), st.text()))
def test_whole_never_fails(text):
    assert whole(text) is None or isinstance(whole(text), int)
