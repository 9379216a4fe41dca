# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files import disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError


def found(text, mode=0o644):
    return disk.Found(text, mode, os.geteuid(), os.getegid())


def test_what_is_written_is_found(tmp_path):
    path = tmp_path / "x"
    disk.write(path, found("text\n", 0o640))
    assert disk.find(path) == found("text\n", 0o640)


def test_a_missing_file_is_none(tmp_path):
    assert disk.find(tmp_path / "x") is None


def test_missing_folders_are_readable_whatever_the_umask(tmp_path):
    umask = os.umask(0o077)
    try:
        disk.write(tmp_path / "a" / "b" / "x", found("text\n"))
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o755


def test_bytes_that_are_not_utf8_survive(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"caf\xe9\n")
    disk.write(path, found(disk.find(path).text + "more\n"))
    assert path.read_bytes() == b"caf\xe9\nmore\n"


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "target").write_text("old\n")
    (tmp_path / "link").symlink_to("target")
    disk.write(tmp_path / "link", found("new\n"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new\n"


def test_removing_a_link_keeps_its_target(tmp_path):
    (tmp_path / "target").write_text("old\n")
    (tmp_path / "link").symlink_to("target")
    disk.remove(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_removing_what_is_not_there_is_nothing(tmp_path):
    disk.remove(tmp_path / "x")


def test_what_a_killed_run_left_is_taken_over(tmp_path):
    (tmp_path / ".x.pikube").write_text("half of")
    disk.write(tmp_path / "x", found("all of it\n"))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_file_that_cannot_be_replaced_is_written_in_place(tmp_path, monkeypatch):
    """A bind-mounted file answers EBUSY to a rename; mounting one needs more rights than a test has."""

    def busy(self, target):
        raise OSError(16, "Device or resource busy")

    path = tmp_path / "hosts"
    path.write_text("a longer text than the new one\n")
    number = path.stat().st_ino
    monkeypatch.setattr(Path, "replace", busy)
    disk.write(path, found("new\n"))
    assert (path.read_text(), path.stat().st_ino) == ("new\n", number)
    assert [each.name for each in tmp_path.iterdir()] == ["hosts"]


@pytest.mark.parametrize(
    ("act", "says"),
    [
        pytest.param(disk.find, "cannot be read: Is a directory", id="reading a folder"),
        pytest.param(lambda path: disk.write(path, found("x")), "cannot be written: Is a directory", id="writing a folder"),
        pytest.param(disk.remove, "cannot be removed: Is a directory", id="removing a folder"),
    ],
)
def test_a_folder_is_no_file(tmp_path, act, says):
    (tmp_path / "x").mkdir()
    with pytest.raises(FilesError, match=says):
        act(tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_full_medium_comes_with_a_cure():
    """/dev/full is the kernel's own full medium; a write to it fails as one to a full card does."""
    with pytest.raises(OSError, match="No space left") as raised, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert str(disk._failure(Path("/x"), "cannot be written", raised.value)).startswith(
        '/x cannot be written: No space left on device; the file system is full: "df -h"'
    )
