# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.disks import disks, disks_under, signatures
from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import mounts
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from ansible_collections.pikube.stateful.tests.unit.trees import SD_WAY, capture, nvme_disk, sd_card, usb_disk


@pytest.fixture
def tree(tmp_path):
    return capture(tmp_path)


def facts(tree, swap_devices=()):
    source = tree.source()
    return {disk["name"]: disk for disk in disks(source, mounts(source.read("/proc/self/mountinfo")), swap_devices)}


def reasons(tree, name="sda", swap_devices=()):
    disk = facts(tree, swap_devices)[name]
    assert disk["free"] is (disk["used_by"] == [])
    return disk["used_by"]


def test_the_card_of_the_system_is_in_use(tree):
    assert facts(tree) == {
        "mmcblk0": {
            "name": "mmcblk0",
            "path": "/dev/mmcblk0",
            "medium": "sd",
            "size_bytes": 120 * 1024**3,
            "model": "SD64G",
            "serial": "0x6a2b3c4d",
            "removable": False,
            "free": False,
            "used_by": [
                "partition mmcblk0p1",
                "partition mmcblk0p2",
                "mmcblk0p1 is mounted at /boot/firmware",
                "mmcblk0p2 is mounted at /",
            ],
        }
    }
    assert ["wipefs"] not in [argv[:1] for argv in tree.asked]


def test_an_empty_disk_is_free(tree):
    usb_disk(tree)
    assert facts(tree)["sda"] == {
        "name": "sda",
        "path": "/dev/sda",
        "medium": "usb_ssd",
        "size_bytes": 465 * 1024**3,
        "model": "Samsung PSSD T7",
        "serial": "S5SXNS0R700151",
        "removable": False,
        "free": True,
        "used_by": [],
    }


@pytest.mark.parametrize("kinds", [["ext4"], ["LVM2_member"], ["zfs_member", "gpt"], ["swap"], ["crypto_LUKS"], ["dos"]])
def test_a_signature_keeps_a_disk_from_being_free(tree, kinds):
    usb_disk(tree)
    tree.signatures["/dev/sda"] = kinds
    assert reasons(tree) == [f"signature {kind}" for kind in kinds]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(
            (1, "", "wipefs: error: /dev/sda: probing initialization failed: Permission denied\n"),
            "signatures cannot be read: wipefs: error: /dev/sda: probing initialization failed: Permission denied",
            id="no right to read it",
        ),
        pytest.param((2, "", ""), "signatures cannot be read: wipefs ended with 2", id="an error without words"),
        pytest.param((0, "{", ""), "signatures cannot be read: the output of wipefs is not understood", id="broken JSON"),
        pytest.param((0, "[]", ""), "signatures cannot be read: the output of wipefs is not understood", id="JSON of another shape"),
    ],
)
def test_a_disk_is_not_free_on_a_guess(tree, answer, reason):
    usb_disk(tree)
    tree.commands["wipefs"] = answer
    assert reasons(tree) == [reason]


def test_without_wipefs_no_disk_is_free(tree):
    usb_disk(tree)
    source = tree.source()
    source.run = lambda argv: None
    assert signatures(source, "/dev/sda") == ([], "wipefs is not installed")


def test_wipefs_of_older_releases_prints_nothing_for_an_empty_disk(tree):
    usb_disk(tree)
    tree.commands["wipefs"] = (0, "", "")
    assert reasons(tree) == []


def test_partitions_holders_mounts_and_swap_are_reasons(tree):
    usb_disk(tree, parts={"sda1": "8:1", "sda2": "8:2"})
    tree.path("/sys/block/sda/sda1/holders/dm-0").mkdir()
    tree.mount("/srv/data", "8:2", "ext4", "/dev/sda2")
    assert reasons(tree, swap_devices=["/dev/sda1"]) == [
        "partition sda1",
        "partition sda2",
        "sda1 is held by dm-0",
        "sda1 is swap",
        "sda2 is mounted at /srv/data",
    ]


def test_a_whole_disk_that_is_mounted_at_many_places(tree):
    usb_disk(tree)
    for number in range(6):
        tree.mount(f"/pods/{number}", "8:0", "ext4", "/dev/sda")
    assert reasons(tree) == ["sda is mounted at /pods/0, /pods/1, /pods/2 and 3 other folders"]


def test_a_mount_counts_whatever_its_source_is_called(tree):
    usb_disk(tree)
    tree.mount("/data", "8:0", "ext4", "/dev/root")
    assert reasons(tree) == ["sda is mounted at /data"]


def test_btrfs_has_a_device_number_of_its_own(tree):
    usb_disk(tree)
    tree.mount("/data", "0:45", "btrfs", "/dev/sda")
    assert reasons(tree) == ["sda is mounted at /data"]


def test_a_volume_over_the_network_is_never_free(tree):
    tree.block(
        "sda", "platform/host0/session1/target0:0:0/0:0:0:1", "8:0", 2097152, {"device/vendor": "IET", "device/model": "VIRTUAL-DISK"}
    )
    nvme_disk(tree, transport="tcp")
    assert reasons(tree) == ["another machine's disk, reached over the network"]
    assert reasons(tree, "nvme0n1") == ["another machine's disk, reached over the network"]
    assert facts(tree)["sda"]["medium"] == "network"


def test_a_disk_attached_in_an_unknown_way_is_never_free(tree):
    tree.block("sda", "platform/strange/host0", "8:0", 2097152, {"device/model": "x"})
    assert reasons(tree) == ["how it is attached is not known"]


@pytest.mark.parametrize(
    ("file", "value", "reason"),
    [
        pytest.param("size", "0", "no medium, or its size is not known", id="a card reader without a card"),
        pytest.param("size", "large", "no medium, or its size is not known", id="a size that is no number"),
        pytest.param("ro", "1", "read-only, or not known to be writable", id="a write-protected disk"),
        pytest.param("ro", "", "read-only, or not known to be writable", id="no word on write protection"),
    ],
)
def test_what_cannot_take_data_is_not_free(tree, file, value, reason):
    usb_disk(tree)
    tree.write(f"/sys/block/sda/{file}", value)
    assert reasons(tree) == [reason]


def test_emmc_is_one_disk(tmp_path):
    tree = capture(tmp_path, "cm4", medium="MMC")
    assert list(facts(tree)) == ["mmcblk0"]
    assert facts(tree)["mmcblk0"]["medium"] == "emmc"


def test_names_of_a_sata_disk_behind_usb(tree):
    way = usb_disk(tree)
    tree.write(f"/sys/devices/{way}/vendor", "ATA     \n")
    tree.write(f"/sys/devices/{way}/model", "CT240BX500SSD1  \n")
    assert facts(tree)["sda"]["model"] == "CT240BX500SSD1"


@pytest.mark.parametrize(
    ("device", "path", "part", "below"),
    [
        pytest.param("179:2", "/dev/root", "mmcblk0p2", ["mmcblk0"], id="a partition, whatever the source is called"),
        pytest.param("179:0", "none", "mmcblk0", ["mmcblk0"], id="a whole disk"),
        pytest.param("0:45", "/dev/sda", "sda", ["sda"], id="a file system with a number of its own"),
        pytest.param("253:0", "/dev/mapper/vg-data", "dm-0", ["sda"], id="LVM on a whole disk"),
        pytest.param("253:1", "/dev/mapper/crypt", "dm-1", ["nvme0n1"], id="LUKS on a partition"),
        pytest.param("9:0", "/dev/md0", "md0", ["nvme0n1", "sda"], id="RAID over two disks"),
        pytest.param("7:0", "/dev/loop0", "loop0", [], id="a file"),
        pytest.param("0:50", "overlay", None, [], id="no block device"),
    ],
)
def test_disks_under(tree, device, path, part, below):
    usb_disk(tree)
    nvme_disk(tree, parts={"nvme0n1p1": "259:1", "nvme0n1p2": "259:2"})
    tree.virtual_block("dm-0", "253:0", slaves=("sda",))
    tree.virtual_block("dm-1", "253:1", slaves=("nvme0n1p2",))
    tree.virtual_block("md0", "9:0", slaves=("sda", "nvme0n1p1"))
    assert disks_under(tree.source(), device, path) == (part, below)


def test_a_card_beside_the_system_is_looked_at_like_any_disk(tmp_path):
    tree = capture(tmp_path, "5-8gb", "ubuntu-24.04", "NVMe")
    sd_card(tree)
    assert reasons(tree, "mmcblk0") == ["partition mmcblk0p1", "partition mmcblk0p2"]
    for part in ("mmcblk0p1", "mmcblk0p2"):
        tree.remove(f"/sys/devices/{SD_WAY}/block/mmcblk0/{part}/partition")
    assert reasons(tree, "mmcblk0") == []


WIPEFS = shutil.which("wipefs", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def real(argv):
    ended = subprocess.run([WIPEFS, *argv[1:]], check=False, capture_output=True, text=True)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.skipif(not WIPEFS, reason="wipefs is not installed")
@pytest.mark.parametrize(
    ("offset", "content", "found"),
    [
        pytest.param(0, b"", [], id="nothing on it"),
        pytest.param(4086, b"SWAPSPACE2", ["swap"], id="swap"),
        pytest.param(0, b"LUKS\xba\xbe\0\1", ["crypto_LUKS"], id="an encrypted disk"),
    ],
)
def test_signatures_as_the_real_wipefs_sees_them(tmp_path, offset, content, found):
    image = bytearray(4 * 1024 * 1024)
    image[1024:1032] = (b"\1\0\0\0\xff\3\0\0") if content.startswith(b"SWAP") else bytes(8)
    image[offset : offset + len(content)] = content
    (tmp_path / "disk").write_bytes(image)
    assert signatures(Source(real), str(tmp_path / "disk")) == (found, None)
    assert (tmp_path / "disk").read_bytes() == bytes(image)


@pytest.mark.skipif(not WIPEFS, reason="wipefs is not installed")
def test_the_real_wipefs_says_why_it_could_not_look(tmp_path):
    found, reason = signatures(Source(real), str(tmp_path / "gone"))
    assert found == []
    assert "No such file or directory" in reason
