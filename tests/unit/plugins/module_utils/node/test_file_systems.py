# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.file_systems import PATHS, file_system, file_systems
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import mounts
from ansible_collections.pikube.stateful.tests.unit.trees import capture, usb_disk


def facts(tree, path="/var/snap"):
    source = tree.source()
    return file_system(source, path, mounts(source.read("/proc/self/mountinfo")))


@pytest.mark.parametrize(
    ("board", "medium", "kind", "disk", "source"),
    [
        pytest.param("4b-4gb", "SD", "sd", "mmcblk0", "/dev/mmcblk0p2", id="a card"),
        pytest.param("cm4", "MMC", "emmc", "mmcblk0", "/dev/mmcblk0p2", id="eMMC"),
        pytest.param("5-8gb", "NVMe", "nvme", "nvme0n1", "/dev/nvme0n1p2", id="NVMe"),
    ],
)
def test_the_system_on_every_medium(tmp_path, board, medium, kind, disk, source):
    found = facts(capture(tmp_path, board, medium=medium))
    assert (found["medium"], found["disk"], found["source"]) == (kind, disk, source)
    assert (found["path"], found["mount_point"], found["type"]) == ("/var/snap", "/", "ext4")
    assert found["size_bytes"] >= found["available_bytes"] > 0


def test_data_on_a_disk_of_its_own(tmp_path):
    tree = capture(tmp_path)
    usb_disk(tree, parts={"sda1": "8:1"})
    tree.mount("/var/snap", "8:1", "ext4", "/dev/sda1")
    assert facts(tree)["medium"] == "usb_ssd"
    assert facts(tree, "/var/lib")["medium"] == "sd"


def test_a_folder_that_is_a_link_lies_where_it_leads(tmp_path):
    tree = capture(tmp_path)
    usb_disk(tree, parts={"sda1": "8:1"})
    tree.mount("/srv/ssd", "8:1", "ext4", "/dev/sda1")
    tree.link("/var/snap", "/srv/ssd")
    assert facts(tree)["mount_point"] == "/srv/ssd"
    assert facts(tree)["disk"] == "sda"


@pytest.mark.parametrize("kind", ["overlay", "tmpfs", "nfs4", "9p"])
def test_what_lies_on_no_disk_of_the_node_is_unknown(tmp_path, kind):
    tree = capture(tmp_path)
    tree.mount("/", "0:50", kind, kind)
    found = facts(tree)
    assert (found["medium"], found["disk"], found["source"], found["type"]) == ("unknown", None, kind, kind)


def test_raid_over_two_media_is_unknown(tmp_path):
    tree = capture(tmp_path)
    usb_disk(tree)
    tree.virtual_block("md0", "9:0", slaves=("sda", "mmcblk0p2"))
    tree.mount("/var/snap", "9:0", "ext4", "/dev/md0")
    assert (facts(tree)["medium"], facts(tree)["disk"]) == ("unknown", None)


def test_raid_over_two_disks_of_one_medium(tmp_path):
    tree = capture(tmp_path)
    usb_disk(tree, "sda", port=1)
    usb_disk(tree, "sdb", port=2)
    tree.virtual_block("md0", "9:0", slaves=("sda", "sdb"))
    tree.mount("/var/snap", "9:0", "ext4", "/dev/md0")
    assert (facts(tree)["medium"], facts(tree)["disk"]) == ("usb_ssd", None)


def test_without_a_list_of_mounts_nothing_is_known(tmp_path):
    tree = capture(tmp_path)
    tree.write("/proc/self/mountinfo", "")
    found = facts(tree)
    assert (found["mount_point"], found["source"], found["type"], found["medium"]) == (None, None, None, "unknown")


def test_every_path_has_an_entry(tmp_path):
    tree = capture(tmp_path)
    source = tree.source()
    assert [row["path"] for row in file_systems(source, mounts(source.read("/proc/self/mountinfo")))] == list(PATHS)
