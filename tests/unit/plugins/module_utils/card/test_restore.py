# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.restore import is_damaged, is_usable, restore
from hypothesis import given
from hypothesis import strategies as st

LINE = b"console=serial0,115200 console=tty1 root=PARTUUID=1234abcd-02 rootfstype=ext4 rootwait resize\n"


class Store(dict):
    """Files in memory, with the methods of a store."""

    read = dict.get
    exists = dict.__contains__

    def write(self, name, data):
        self[name] = data

    def remove(self, name):
        del self[name]

    def listing(self):
        return sorted(self)


@pytest.mark.parametrize(
    ("data", "damaged"),
    [
        pytest.param(None, True, id="not there"),
        pytest.param(b"", True, id="empty"),
        pytest.param(b" \r\n", True, id="blank"),
        pytest.param(b"\0" * 512, True, id="a cluster of zeros"),
        pytest.param(LINE[:50], True, id="cut in the middle of root="),
        pytest.param(LINE[:-4], True, id="cut in the middle of the last word"),
        pytest.param(b"console=serial0,115200 console=tty1", True, id="cut between words before root="),
        pytest.param(LINE, False, id="the same"),
        pytest.param(LINE.rstrip(), False, id="the same without newline"),
        pytest.param(LINE.replace(b" resize", b""), False, id="what a first boot makes of it"),
        pytest.param(LINE.rstrip() + b" cgroup_enable=memory\n", False, id="more words"),
        pytest.param(b"root=/dev/sda2 rootwait", False, id="somebody's own line"),
        pytest.param(b"quiet splash", False, id="somebody's own line without root="),
    ],
)
def test_what_counts_as_damage(data, damaged):
    assert is_damaged(data, LINE) is damaged


@pytest.mark.parametrize(
    ("data", "usable"),
    [
        pytest.param(LINE, True, id="one line with root="),
        pytest.param(None, False, id="no backup"),
        pytest.param(b"", False, id="an empty backup"),
        pytest.param(b"console=tty1\n", False, id="without root="),
        pytest.param(LINE + LINE, False, id="two lines"),
        pytest.param(LINE + b"\0\0", False, id="with NUL bytes"),
    ],
)
def test_what_a_backup_must_be(data, usable):
    assert is_usable(data) is usable


@pytest.mark.parametrize(
    ("files", "after", "restored"),
    [
        pytest.param(
            {"cmdline.txt": b"", "cmdline.txt.bak": LINE}, {"cmdline.txt": LINE, "cmdline.txt.bak": LINE}, ["cmdline.txt"], id="empty"
        ),
        pytest.param({"cmdline.txt.bak": LINE}, {"cmdline.txt": LINE, "cmdline.txt.bak": LINE}, ["cmdline.txt"], id="lost"),
        pytest.param(
            {"current/cmdline.txt": b"con", "current/cmdline.txt.bak": LINE, "new/cmdline.txt": LINE},
            {"current/cmdline.txt": LINE, "current/cmdline.txt.bak": LINE, "new/cmdline.txt": LINE},
            ["current/cmdline.txt"],
            id="in the current set of an A/B layout",
        ),
        pytest.param(
            {"cmdline.txt.bak": LINE, "current/cmdline.txt": LINE},
            {"cmdline.txt.bak": LINE, "current/cmdline.txt": LINE},
            [],
            id="moved away by an upgrade to an A/B layout, not lost",
        ),
        pytest.param({"cmdline.txt": b"", "cmdline.txt.bak": b""}, {"cmdline.txt": b"", "cmdline.txt.bak": b""}, [], id="no usable backup"),
        pytest.param({"cmdline.txt": LINE, "cmdline.txt.bak": b"root=/dev/old"}, None, [], id="nothing damaged"),
        pytest.param({"cmdline.txt": LINE, "PIKUBE.TMP": b"ha"}, {"cmdline.txt": LINE}, [], id="a file that was being written"),
        pytest.param(
            {"CMDLINE.TXT": b"", "CMDLINE.TXT.BAK": LINE}, {"CMDLINE.TXT": LINE, "CMDLINE.TXT.BAK": LINE}, ["CMDLINE.TXT"], id="capitals"
        ),
    ],
)
def test_restore(files, after, restored):
    store = Store(files)
    assert restore(store) == restored
    assert store == (files if after is None else after)


@given(st.integers(0, len(LINE)))
def test_a_line_cut_anywhere_boots_afterwards(length):
    store = Store({"cmdline.txt": LINE[:length], "cmdline.txt.bak": LINE})
    restore(store)
    assert is_usable(store["cmdline.txt"])
    assert store["cmdline.txt"].split() in (LINE.split(), LINE.split()[: len(LINE[:length].split())])
    assert restore(store) == []
