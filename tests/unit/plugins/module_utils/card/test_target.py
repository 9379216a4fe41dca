# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real folders and images; block devices where the machine lets us have one."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.stores import FolderStore
from ansible_collections.pikube.stateful.plugins.module_utils.card.draft import Change
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.machine import Machine
from ansible_collections.pikube.stateful.plugins.module_utils.card.target import open_target

SECTOR = 512
LOSETUP = shutil.which("losetup", path=os.environ["PATH"] + ":/usr/sbin:/sbin") or "losetup"
CHANGE = [Change("custom.toml", None, b"x")]


@pytest.fixture
def opened(run):
    def open_it(path, machine=None):
        return open_target(str(path), run, FolderStore, machine)

    return open_it


@pytest.fixture
def refused(opened):
    def refuse(path, machine=None):
        with pytest.raises(CardError) as caught, opened(path, machine) as target:
            target.check_changes(CHANGE)
        assert str(path) in str(caught.value)
        return str(caught.value)

    return refuse


def losetup(*arguments):
    if not Path(LOSETUP).exists():
        pytest.skip("losetup is not installed")
    done = subprocess.run([LOSETUP, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no loop devices here: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture
def loop():
    """Attaches images as loop devices, and detaches them."""
    if os.geteuid() != 0:
        pytest.skip("loop devices need root")
    attached = []

    def attach(path):
        attached.append(losetup("--find", "--show", path))
        return attached[-1]

    yield attach
    for device in attached:
        losetup("--detach", device)


def test_an_image(image, opened):
    with opened(image("raspios-trixie").path) as target:
        assert (target.kind, target.partition, target.booted, target.cluster) == ("image", 1, False, 512)
        assert target.store.exists("config.txt")
        assert target.free_bytes() > 60 * 1024**2
        target.check_changes(CHANGE)
        target.settle()


@pytest.fixture
def folder(fixtures, tmp_path):
    return Path(shutil.copytree(fixtures / "raspios-trixie", tmp_path / "bootfs"))


def test_a_folder(folder, opened):
    with opened(folder) as target:
        assert (target.kind, target.partition, target.booted) == ("folder", None, None)
        target.check_changes(CHANGE)
        target.settle()


def test_an_image_of_the_boot_partition_alone(image, opened, tmp_path):
    made = image("raspios-trixie")
    alone = tmp_path / "boot.img"
    with made.path.open("rb") as source, alone.open("wb") as target:
        source.seek(made.offset)
        target.write(source.read(131072 * SECTOR))
    with opened(alone) as target:
        assert (target.partition, target.booted) == (0, None)
        assert target.store.exists("config.txt")


@pytest.mark.parametrize(
    ("machine_id", "booted"),
    [
        pytest.param(b"", False, id="an empty machine id, as images have it"),
        pytest.param(b"uninitialized\n", False, id="an uninitialized machine id, as newer images have it"),
        pytest.param(b"0123456789abcdef0123456789abcdef\n", True, id="a machine id"),
        pytest.param(None, False, id="no machine id"),
    ],
)
def test_the_root_file_system_tells_whether_it_has_booted(image, opened, run, tmp_path, machine_id, booted):
    made = image("ubuntu-24.04")
    root = f"{made.path}?offset={(16384 + 131072) * SECTOR}"
    assert run(["debugfs", "-w", "-R", "rm /etc/machine-id", root])[0] == 0
    if machine_id is not None:
        (tmp_path / "id").write_bytes(machine_id)
        assert run(["debugfs", "-w", "-R", f"write {tmp_path / 'id'} /etc/machine-id", root])[0] == 0
    with opened(made.path) as target:
        assert target.booted is booted


def test_another_root_file_system_tells_nothing(image, opened):
    made = image("ubuntu-24.04")
    with made.path.open("r+b") as file:
        file.seek((16384 + 131072) * SECTOR)
        file.write(b"\0" * 65536)
    with opened(made.path) as target:
        assert target.booted is None


def test_without_debugfs_it_is_unknown(image, run):
    def without(arguments, **more):
        if arguments[0] == "debugfs":
            raise FileNotFoundError
        return run(arguments, **more)

    with open_target(str(image("ubuntu-24.04").path), without, FolderStore) as target:
        assert target.booted is None


def test_what_is_no_card(refused, tmp_path, image):
    text = tmp_path / "pi.img.xz"
    text.write_bytes(b"\xfd7zXZ\x00" + b"x" * 600)
    assert "xz --decompress" in refused(text)
    text.write_bytes(b"no image\n")
    assert "is not a disk image" in refused(text)
    text.write_bytes(b"")
    assert "is not a disk image" in refused(text)
    assert "looked for on the controller" in refused(tmp_path / "nothing.img")
    assert "it holds no config.txt" in refused(tmp_path)
    assert "neither a folder nor an image file nor a block device" in refused(Path("/dev/null"))
    assert "partition 1 of it holds no config.txt" in refused(image().path)


def test_a_relative_path_is_refused(run):
    with pytest.raises(CardError, match="give the whole path"), open_target("images/pi.img", run, FolderStore):
        pass


def test_a_cut_off_image(image, refused):
    path = image("raspios-trixie").path
    os.truncate(path, 60 * 1024**2)
    assert "is cut off: partition 1" in refused(path)


def test_a_partition_that_is_fat_by_its_type_only(image, refused):
    made = image("raspios-trixie")
    with made.path.open("r+b") as file:
        file.seek(made.offset)
        file.write(b"\0" * SECTOR)
    assert "it has no FAT partition" in refused(made.path)


def test_a_write_protected_image_is_kept_from_root_too(image, opened, refused):
    path = image("raspios-trixie").path
    path.chmod(0o444)
    assert "is write-protected" in refused(path)
    with opened(path) as target:
        target.check_changes([])


def test_a_full_boot_partition_is_known_beforehand(image, opened):
    made = image("raspios-trixie")
    made.fill(leave=1024)
    with opened(made.path) as target:
        target.check_changes([Change("a", None, b"x")])
        with pytest.raises(
            CardError, match="the boot partition is full: 1536 bytes are needed, 1024 are free; nothing was written"
        ) as caught:
            target.check_changes([Change("a", None, b"x"), Change("b", b"x", b"y" * 500), Change("c", b"", None)])
    assert caught.value.facts["bytes_free"] == 1024


@pytest.mark.parametrize("kind", ["image", "folder"])
def test_two_runs_do_not_meet(image, folder, opened, refused, kind):
    path = image("raspios-trixie").path if kind == "image" else folder
    with opened(path):
        assert "is being worked on by another process" in refused(path)
    with opened(path):
        pass


def test_what_happens_to_the_card_inside_is_not_taken_for_its_opening(image, opened):
    with pytest.raises(FileNotFoundError), opened(image("raspios-trixie").path):
        raise FileNotFoundError


def test_an_image_that_a_loop_device_has_open(image, refused, loop):
    path = image("raspios-trixie").path
    device = loop(path)
    assert f"is in use by {device}" in refused(path)


def test_a_loop_device_is_no_card(image, refused, loop):
    assert "is a loop device" in refused(loop(image("raspios-trixie").path))


@pytest.fixture
def reader(tmp_path):
    """A machine that takes a loop device for a card in a reader on USB: what is behind it is real."""

    def make(device):
        number = f"{os.major(Path(device).stat().st_rdev)}:{os.minor(Path(device).stat().st_rdev)}"
        disk = tmp_path / "sys/devices/usb1/block/sdz"
        disk.mkdir(parents=True)
        (disk / "removable").write_text("1\n")
        (disk / "dev").write_text(f"{number}\n")
        links = tmp_path / "sys/dev/block"
        links.mkdir(parents=True)
        (links / number).symlink_to(disk)
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/mountinfo").write_text("")
        (tmp_path / "proc/swaps").write_text("Filename\n")
        return Machine(tmp_path / "sys", tmp_path / "proc")

    return make


def test_a_block_device(image, opened, loop, reader):
    made = image("raspios-trixie")
    device = loop(made.path)
    with opened(device, reader(device)) as target:
        assert (target.kind, target.partition, target.booted) == ("device", 1, False)
        target.check_changes(CHANGE)
        target.store.write("custom.toml", b"x = 1\n")
        target.settle()
        # Claimed: the kernel lets nobody else have it for himself, which is what mounting is.
        with pytest.raises(OSError, match="busy"):
            os.open(device, os.O_RDONLY | os.O_EXCL)
    assert made.text("custom.toml") == "x = 1\n"
    assert made.fsck() == ""


def test_a_device_that_the_kernel_has_given_away(image, refused, loop, reader):
    device = loop(image("raspios-trixie").path)
    handle = os.open(device, os.O_RDONLY | os.O_EXCL)
    try:
        assert "something uses it" in refused(device, reader(device))
    finally:
        os.close(handle)


def test_a_lock_of_somebody_else_is_respected(image, refused):
    path = image("raspios-trixie").path
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "is being worked on by another process" in refused(path)
