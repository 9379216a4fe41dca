# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a booted Pi has its boot partition."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.locate import (
    boot_folder,
    booted_files,
    device_tree_text,
    mount_points,
    read_system_file,
    running_command_line,
)

ROOT = "26 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n"
FIRMWARE = "42 26 179:1 / /boot/firmware rw,relatime shared:20 - vfat /dev/mmcblk0p1 rw,fmask=0022\n"
BOOT = "42 26 179:1 / /boot rw,relatime shared:20 - vfat /dev/mmcblk0p1 rw,fmask=0022\n"
EXT4_BOOT = "43 26 179:3 / /boot rw,relatime shared:21 - ext4 /dev/mmcblk0p3 rw\n"
LINE = "root=LABEL=writable rootwait\n"


@pytest.mark.parametrize(
    ("mounts", "with_config", "folder"),
    [
        pytest.param(ROOT + FIRMWARE, ["/boot/firmware", "/boot"], "/boot/firmware", id="Bookworm, whose /boot has decoys"),
        pytest.param(ROOT + BOOT, ["/boot"], "/boot", id="Bullseye"),
        pytest.param(ROOT + BOOT, ["/boot", "/boot/firmware"], "/boot", id="Bullseye upgraded in place, with files in an unused folder"),
        pytest.param(ROOT + EXT4_BOOT + FIRMWARE, ["/boot/firmware"], "/boot/firmware", id="a partition for /boot beside it"),
        pytest.param(
            ROOT + FIRMWARE.replace("vfat /dev/mmcblk0p1", "fuseblk x"), ["/boot/firmware"], "/boot/firmware", id="any file system"
        ),
        pytest.param(ROOT + FIRMWARE.replace(" / /boot", " /some/folder /boot"), ["/boot/firmware"], "/boot/firmware", id="a bind mount"),
    ],
)
def test_boot_folder(mounts, with_config, folder):
    assert boot_folder(mounts, with_config.__contains__) == folder


@pytest.mark.parametrize(
    ("mounts", "with_config", "part_of_message"),
    [
        pytest.param(
            ROOT,
            ["/boot/firmware", "/boot"],
            "/boot/firmware is not a mount point, /boot is not a mount point. Mount it",
            id="not mounted: what is written there is lost",
        ),
        pytest.param(
            ROOT + FIRMWARE, ["/boot"], "/boot/firmware is mounted but holds no config.txt, /boot is not a mount", id="something else"
        ),
        pytest.param(ROOT + EXT4_BOOT, [], "/boot is mounted but holds no config.txt", id="a PC"),
        pytest.param("", [], "no boot partition of a Raspberry Pi is mounted", id="nothing known"),
    ],
)
def test_no_boot_folder(mounts, with_config, part_of_message):
    with pytest.raises(BootError, match=part_of_message):
        boot_folder(mounts, with_config.__contains__)


def test_mount_points_with_blanks_and_broken_lines():
    assert mount_points("1 2 0:1 / /media/my\\040card\\134x rw - vfat /dev/sda1 rw\nbroken\n\n") == ["/media/my card\\x"]


@pytest.mark.parametrize(("raw", "text"), [(b"current/\0", "current/"), (b"\0", None), (b"", None), (None, None)])
def test_device_tree_text(raw, text):
    assert device_tree_text(raw) == text


@pytest.fixture
def system(tmp_path):
    """A copy of a system's tree: an A/B Ubuntu on a Pi 5."""
    files = {
        "proc/self/mountinfo": ROOT + FIRMWARE,
        "proc/cmdline": f"coherent_pool=1M  {LINE}",
        "sys/firmware/devicetree/base/model": "Raspberry Pi 5 Model B Rev 1.0\0",
        "boot/firmware/config.txt": "[all]\nos_prefix=current/\n[pi4]\nos_prefix=four/\n[tryboot]\nos_prefix=new/\n",
        "boot/firmware/current/cmdline.txt": LINE,
        "boot/firmware/four/cmdline.txt": LINE,
        "boot/firmware/new/cmdline.txt": LINE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_files_of_a_captured_system(system):
    files = booted_files(lambda path: read_system_file(f"{system}{path}"), root=str(system))
    assert files.command_line_names() == ["current/cmdline.txt"]
    assert files.path("config.txt") == f"{system}/boot/firmware/config.txt"


def test_the_device_tree_says_which_set_was_booted(system):
    chosen = system / "sys/firmware/devicetree/base/chosen"
    chosen.mkdir()
    (chosen / "os_prefix").write_bytes(b"new/\0")
    files = booted_files(lambda path: read_system_file(f"{system}{path}"), root=str(system))
    assert files.command_line_names() == ["new/cmdline.txt", "current/cmdline.txt"]


def test_a_named_folder_need_not_be_a_mount_point(system):
    (system / "proc/self/mountinfo").write_text(ROOT)
    files = booted_files(lambda path: read_system_file(f"{system}{path}"), directory="/boot/firmware", root=str(system))
    assert files.command_line_names() == ["current/cmdline.txt"]


def test_running_command_line(system):
    line = running_command_line(lambda path: read_system_file(f"{system}{path}"))
    assert line.tokens == ("coherent_pool=1M", "root=LABEL=writable", "rootwait")
    assert running_command_line(lambda path: None).tokens == ()
