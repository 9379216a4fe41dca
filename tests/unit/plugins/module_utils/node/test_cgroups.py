# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.cgroups import REQUIRED, cgroup
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import mounts
from ansible_collections.pikube.stateful.tests.unit.trees import capture, cgroup_2


def facts(tree):
    source = tree.source()
    return cgroup(source, mounts(source.read("/proc/self/mountinfo")))


def version_1(tree, *groups):
    """Controllers of version 1 as systemd mounts them; each group shares a mount."""
    tree.mount("/sys/fs/cgroup", "0:25", "tmpfs", "tmpfs")
    for number, group in enumerate(groups):
        point = f"/sys/fs/cgroup/{group}"
        tree.mount(point, f"0:{30 + number}", "cgroup", "cgroup", f"rw,{group}")
        tree.write(f"{point}/cgroup.procs", "1\n")
    tree.mount("/sys/fs/cgroup/systemd", "0:60", "cgroup", "cgroup", "rw,xattr,name=systemd")
    tree.write("/sys/fs/cgroup/systemd/cgroup.procs", "1\n")


@pytest.fixture
def tree(tmp_path):
    return capture(tmp_path, cgroups=False)


def test_version_2_has_memory_although_the_old_table_has_no_row_for_it(tree):
    cgroup_2(tree)
    assert "memory" not in (tree.root / "proc/cgroups").read_text()
    assert facts(tree) == {"version": 2, "controllers": ["cpu", "cpuset", "io", "memory", "pids"], "missing": []}


def test_memory_is_off_although_the_command_line_asks_for_it(tree):
    cgroup_2(tree, "cpuset cpu io pids")
    tree.append("/proc/cgroups", "memory\t0\t99\t1\n")
    assert "cgroup_enable=memory" in (tree.root / "proc/cmdline").read_text()
    assert facts(tree)["missing"] == ["memory"]


def test_version_1_with_every_controller_alone(tree):
    version_1(tree, "cpu", "cpuacct", "cpuset", "memory", "pids")
    assert facts(tree) == {"version": 1, "controllers": ["cpu", "cpuacct", "cpuset", "memory", "pids"], "missing": []}


def test_version_1_with_controllers_that_share_a_mount(tree):
    version_1(tree, "cpu,cpuacct", "cpuset", "memory", "net_cls,net_prio", "pids")
    assert facts(tree)["controllers"] == ["cpu", "cpuacct", "cpuset", "memory", "net_cls", "net_prio", "pids"]
    assert facts(tree)["missing"] == []


def test_hybrid_counts_as_version_1(tree):
    version_1(tree, "cpu", "cpuset", "pids")
    tree.mount("/sys/fs/cgroup/unified", "0:61", "cgroup2", "cgroup2")
    tree.write("/sys/fs/cgroup/unified/cgroup.controllers", "memory\n")
    assert facts(tree) == {"version": 1, "controllers": ["cpu", "cpuset", "pids"], "missing": ["memory"]}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("tmpfs", id="covered by an empty file system"),
        pytest.param("ext4", id="covered by an empty folder"),
        pytest.param("cgroup", id="covered by another hierarchy"),
    ],
)
def test_a_covered_controller_is_off_whatever_the_old_table_says(tree, kind):
    version_1(tree, "cpu", "cpuset", "memory", "pids")
    tree.append("/proc/cgroups", "memory\t4\t11\t1\n")
    tree.mount("/sys/fs/cgroup/memory", "0:70", kind, kind, "rw,name=other")
    if kind != "cgroup":
        tree.remove("/sys/fs/cgroup/memory/cgroup.procs")
    assert facts(tree)["missing"] == ["memory"]


def test_a_mount_without_its_files_is_off(tree):
    version_1(tree, "cpu", "cpuset", "memory", "pids")
    tree.remove("/sys/fs/cgroup/memory/cgroup.procs")
    assert facts(tree)["missing"] == ["memory"]


def test_version_2_whose_list_cannot_be_read_has_nothing(tree):
    cgroup_2(tree)
    tree.remove("/sys/fs/cgroup/cgroup.controllers")
    assert facts(tree) == {"version": 2, "controllers": [], "missing": list(REQUIRED)}


def test_without_any_control_groups_nothing_is_known(tree):
    assert facts(tree) == {"version": None, "controllers": [], "missing": None}
