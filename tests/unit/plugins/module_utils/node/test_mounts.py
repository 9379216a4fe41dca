# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import Mount, at, holding, mounts
from hypothesis import given
from hypothesis import strategies as st

LINES = """\
28 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
30 28 0:25 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
31 28 8:1 /data /mnt/with\\040blank rw - ext4 /dev/sda1 rw
32 28 0:30 / /run rw shared:5 master:2 - tmpfs tmpfs rw,size=10%
"""


def test_lines():
    assert mounts(LINES) == [
        Mount("/", "179:2", "ext4", "/dev/mmcblk0p2", ("rw",)),
        Mount("/sys/fs/cgroup", "0:25", "cgroup2", "cgroup2", ("rw", "nsdelegate")),
        Mount("/mnt/with blank", "8:1", "ext4", "/dev/sda1", ("rw",)),
        Mount("/run", "0:30", "tmpfs", "tmpfs", ("rw", "size=10%")),
    ]


@pytest.mark.parametrize("line", ["", "28 1 179:2", "28 1 179:2 / / rw", "28 1 179:2 / / rw - ext4", " - ", "\0"])
def test_lines_that_are_not_understood_are_left_out(line):
    assert mounts(line) == []


@given(st.text())
def test_any_text_has_an_answer(text):
    assert isinstance(mounts(text), list)


def mount(point: str, kind: str = "ext4") -> Mount:
    return Mount(point, "0:1", kind, "none", ())


def test_the_last_mount_is_the_one_that_is_seen():
    assert at("/a", [mount("/a"), mount("/b"), mount("/a", "tmpfs")]).type == "tmpfs"
    assert at("/c", [mount("/a")]) is None


@pytest.mark.parametrize(
    ("path", "point"),
    [
        pytest.param("/", "/", id="the root"),
        pytest.param("/var/lib/x", "/var/lib", id="the deepest mount"),
        pytest.param("/var/library", "/var", id="a name that begins the same is another folder"),
        pytest.param("/var/lib", "/var/lib", id="the mount point itself"),
        pytest.param("/srv", "/", id="what is not mounted lies in the root"),
    ],
)
def test_holding(path, point):
    assert holding(path, [mount("/"), mount("/var/lib"), mount("/var")]).point == point


def test_nothing_holds_a_path_where_nothing_is_mounted():
    assert holding("/x", []) is None


@given(st.lists(st.sampled_from(["/", "/a", "/a/b", "/ab"]), min_size=1), st.sampled_from(["/a/b/c", "/ab", "/x"]))
def test_what_holds_a_path_is_above_it(points, path):
    found = holding(path, [mount(point) for point in points])
    assert found is None or path == found.point or path.startswith(found.point.rstrip("/") + "/")
