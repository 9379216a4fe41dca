# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees of /sys and /proc as machines have them, with the numbers of block devices that are really here."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.machine import Machine


@pytest.fixture(scope="module")
def devices():
    """Two block devices that exist, whatever they are: nothing is read from them."""
    found = [str(place) for place in sorted(Path("/dev").iterdir()) if stat.S_ISBLK(place.stat().st_mode)]
    if len(found) < 2:
        pytest.skip("there are no two block devices here")
    return found[:2]


def number(device):
    status = Path(device).stat()
    return f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"


@pytest.fixture
def machine(tmp_path, devices):
    """Makes a machine that knows the first of the devices as a disk and the second as its first partition."""

    def make(
        bus="pci0000:00/usb1/1-1/host0/target0:0:0/0:0:0:0", name="sdb", removable="1", mounts=(), swaps=(), holders=(), device_type=None
    ):
        disk = tmp_path / "sys/devices" / bus / "block" / name
        part = disk / f"{name}{'p' if name[-1].isdigit() else ''}1"
        (part / "holders").mkdir(parents=True)
        (disk / "removable").write_text(f"{removable}\n")
        (part / "partition").write_text("1\n")
        if device_type:
            (disk / "device").mkdir()
            (disk / "device/type").write_text(f"{device_type}\n")
        for holder in holders:
            (part / "holders" / holder).mkdir()
        links = tmp_path / "sys/dev/block"
        links.mkdir(parents=True)
        for folder, device in ((disk, devices[0]), (part, devices[1])):
            (folder / "dev").write_text(f"{number(device)}\n")
            (links / number(device)).symlink_to(folder)
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/mountinfo").write_text("".join(f"{mount}\n" for mount in mounts))
        (tmp_path / "proc/swaps").write_text(
            "Filename\tType\tSize\tUsed\tPriority\n" + "".join(f"{swap} partition 1 0 -2\n" for swap in swaps)
        )
        return Machine(tmp_path / "sys", tmp_path / "proc")

    return make


def mount(device, folder, source="/dev/sdb1"):
    return f"36 25 {device} / {folder} rw,relatime shared:1 - vfat {source} rw"


@pytest.mark.parametrize(
    "case",
    [
        pytest.param({}, id="a reader on USB with a card"),
        pytest.param({"bus": "pci0000:00/ata1", "removable": "1"}, id="a removable medium on another bus"),
        pytest.param({"removable": "0"}, id="an SSD on USB, which says it is not removable"),
        pytest.param({"bus": "platform/mmc0", "name": "mmcblk0", "removable": "0", "device_type": "SD"}, id="a card in a built-in reader"),
    ],
)
@pytest.mark.parametrize("which", [0, 1], ids=["the disk", "its partition"])
def test_cards_may_be_written_to(machine, devices, case, which):
    machine(**case).check_device(devices[which])


@pytest.mark.parametrize(
    ("case", "says"),
    [
        pytest.param({"bus": "pci0000:00/ata1", "name": "sda", "removable": "0"}, "is a built-in disk", id="the disk of the machine"),
        pytest.param({"bus": "pci0000:00/nvme", "name": "nvme0n1", "removable": "0"}, "is a built-in disk", id="an NVMe disk"),
        pytest.param(
            {"bus": "platform/mmc1", "name": "mmcblk1", "removable": "0", "device_type": "MMC"}, "is a soldered eMMC", id="an eMMC"
        ),
        pytest.param({"bus": "virtual", "name": "loop0", "removable": "0"}, "is a loop device", id="a loop device"),
    ],
)
@pytest.mark.parametrize("which", [0, 1], ids=["the disk", "its partition"])
def test_disks_may_not(machine, devices, case, says, which):
    with pytest.raises(CardError, match=says):
        machine(**case).check_device(devices[which])


@pytest.mark.parametrize("which", [0, 1], ids=["the disk", "its partition"])
@pytest.mark.parametrize("used", [0, 1], ids=["the disk is used", "its partition is used"])
def test_a_card_in_use_is_refused(machine, devices, which, used):
    there = machine(mounts=[mount("0:1", "/sys", "sysfs"), mount(number(devices[used]), "/media/ops/boot\\040fs")])
    with pytest.raises(CardError, match="is mounted at /media/ops/boot fs") as caught:
        there.check_device(devices[which])
    assert caught.value.facts["used_by"] == [f"/dev/{'sdb' if used == 0 else 'sdb1'} is mounted at /media/ops/boot fs"]


def test_a_file_system_with_a_number_of_its_own_is_found_by_its_device(machine, devices):
    with pytest.raises(CardError, match="is mounted at /data"):
        machine(mounts=[mount("0:99", "/data", devices[1])]).check_device(devices[0])


def test_swap_is_use(machine, devices):
    with pytest.raises(CardError, match="is used as swap"):
        machine(swaps=[devices[1]]).check_device(devices[0])


def test_a_holder_is_use(machine, devices):
    with pytest.raises(CardError, match="/dev/sdb1 is used by /dev/dm-0"):
        machine(holders=["dm-0"]).check_device(devices[0])


def test_all_uses_are_named(machine, devices):
    with pytest.raises(CardError) as caught:
        machine(holders=["md0"], mounts=[mount(number(devices[1]), "/a"), mount(number(devices[1]), "/b")]).check_device(devices[0])
    assert len(caught.value.facts["used_by"]) == 3


def test_a_device_that_the_kernel_does_not_know(tmp_path, devices):
    with pytest.raises(CardError, match="plug the card in again"):
        Machine(tmp_path / "sys", tmp_path / "proc").check_device(devices[0])


def test_the_disk_of_this_machine_is_refused():
    """The real /sys and /proc: whatever holds the running system may not be written to."""
    disks = [f"/dev/{place.name}" for place in Path("/sys/block").iterdir() if place.name.startswith(("vd", "nvme", "sd"))]
    disks = [disk for disk in disks if Path(disk).exists()]
    if not disks:
        pytest.skip("there is no disk here")
    for disk in disks:
        with pytest.raises(CardError):
            Machine().check_device(disk)


def test_an_image_that_a_loop_device_has_open(tmp_path):
    image = tmp_path / "pi.img"
    image.touch()
    backing = tmp_path / "sys/block/loop3/loop/backing_file"
    backing.parent.mkdir(parents=True)
    backing.write_text(f"{image}\n")
    with pytest.raises(CardError, match="is in use by /dev/loop3") as caught:
        Machine(tmp_path / "sys").check_image(image)
    assert caught.value.facts["used_by"] == ["/dev/loop3"]
    Machine(tmp_path / "sys").check_image(tmp_path / "other.img")


def test_its_own_boot_partition_is_refused():
    with pytest.raises(CardError, match="the machine that runs this"):
        Machine().check_folder(Path("/boot"))
    Machine().check_folder(Path("/media"))
