# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller itself does with a disk, card or image: whether it may be written to.

Everything is read from /sys and /proc, so that a captured tree can be read from other folders.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError

# Boot partitions of the machine that runs this: a Pi may be a controller too.
OWN_BOOT_FOLDERS = ("/boot", "/boot/firmware")


@dataclass(frozen=True)
class Machine:
    """The machine that this runs on."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    def check_device(self, device: str) -> None:
        """Raise CardError unless the block device is a card or USB disk (or a partition of one) that nothing here uses."""
        node = self._node(device)
        disk = node.parent if (node / "partition").exists() else node
        kind = self._kind(disk)
        if kind is not None:
            raise CardError(
                f"{device} is {kind}, not a card: only removable and USB media are written to; compare with the output of lsblk"
                " (RM, TRAN and SIZE tell the card)",
                target=device,
            )
        self._check_unused(device, disk)

    def check_image(self, image: Path) -> None:
        """Raise CardError if a loop device has the image file open: what is mounted must not be changed underneath."""
        for backing in sorted(self.sys.glob("block/loop*/loop/backing_file")):
            if _text(backing) == str(image.resolve()):
                loop = backing.parent.parent.name
                raise CardError(
                    f"{image} is in use by /dev/{loop}; unmount what is mounted from it and detach it (losetup --detach /dev/{loop})",
                    target=str(image),
                    used_by=[f"/dev/{loop}"],
                )

    def check_folder(self, folder: Path) -> None:
        """Raise CardError for the boot partition that this machine itself boots from."""
        if str(folder.resolve()) in OWN_BOOT_FOLDERS:
            raise CardError(
                f"{folder} is the boot partition of the machine that runs this, not of a card; for a running Pi there is the role pi",
                target=str(folder),
            )

    def _node(self, device: str) -> Path:
        number = Path(device).stat().st_rdev
        link = self.sys / f"dev/block/{os.major(number)}:{os.minor(number)}"
        if not link.exists():
            raise CardError(f"{device}: the kernel does not know this block device; plug the card in again", target=device)
        return link.resolve()

    def _kind(self, disk: Path) -> str | None:
        """What the disk is if it is no card; None for what may be written to."""
        if disk.name.startswith("loop"):
            return "a loop device (name its image file instead)"
        if _text(disk / "removable") == "1" or any(part.startswith("usb") for part in disk.parts):
            return None
        # A card in a built-in reader is not marked removable; "MMC" would be the soldered eMMC.
        medium = _text(disk / "device/type")
        if medium == "SD":
            return None
        return "a soldered eMMC" if medium == "MMC" else "a built-in disk"

    def _check_unused(self, device: str, disk: Path) -> None:
        parts = [disk, *sorted(entry.parent for entry in disk.glob("*/partition"))]
        mounts = self._mounts()
        uses = []
        for part in parts:
            uses += [f"/dev/{part.name} is mounted at {folder}" for folder in mounts.get(_text(part / "dev"), [])]
            uses += [f"/dev/{part.name} is used by /dev/{holder.name}" for holder in sorted(part.glob("holders/*"))]
            uses += [f"/dev/{part.name} is used as swap" for swap in self._swaps() if swap == _text(part / "dev")]
        if uses:
            raise CardError(
                f"{device} is in use: {'; '.join(uses)}. Unmount it (umount, swapoff) and run again; or name the folder where its boot"
                " partition is mounted as the target",
                target=device,
                used_by=uses,
            )

    def _mounts(self) -> dict[str, list[str]]:
        """Where block devices are mounted: device number ("8:1") to folders."""
        mounts: dict[str, list[str]] = {}
        for line in (self.proc / "self/mountinfo").read_text().splitlines():
            _number, _parent, device, _root, folder = line.split()[:5]
            mounts.setdefault(device, []).append(folder.replace("\\040", " "))
            # btrfs and others have a number of their own; the device they are on stands behind the dash.
            source = line.partition(" - ")[2].split()[1:2]
            for number in _numbers(source):
                if number != device:
                    mounts.setdefault(number, []).append(folder.replace("\\040", " "))
        return mounts

    def _swaps(self) -> list[str]:
        return _numbers(line.split()[0] for line in (self.proc / "swaps").read_text().splitlines()[1:] if line.strip())


def _numbers(devices) -> list[str]:
    """The device numbers ("8:1") of those of the paths that are block devices."""
    numbers = []
    for device in devices:
        with contextlib.suppress(OSError, ValueError):
            if device.startswith("/dev/"):
                number = Path(device).stat().st_rdev
                numbers.append(f"{os.major(number)}:{os.minor(number)}")
    return numbers


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
