# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a card is given as: the folder of its mounted boot partition, an image file, or a block device. The door to all three."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from ansible_collections.pikube.stateful.plugins.module_utils.card.draft import Change
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.fat import FatStore, Run
from ansible_collections.pikube.stateful.plugins.module_utils.card.machine import Machine
from ansible_collections.pikube.stateful.plugins.module_utils.card.partitions import SECTOR, Partition, fat, partitions, root_partition

CONFIG = "config.txt"


@dataclass(frozen=True)
class Target:
    """A card that may be worked with.

    kind: folder, image or device. store: its boot partition (read, write, exists, listing). cluster: bytes by which files grow.
    partition: number of the boot partition, None for a folder. booted: whether a system has run from it, None where its root
    file system is out of reach.
    """

    path: Path
    kind: str
    store: Any
    cluster: int
    partition: int | None = None
    booted: bool | None = None

    def free_bytes(self) -> int:
        """Free space of the boot partition."""
        if self.kind == "folder":
            space = os.statvfs(self.path)
            return space.f_bavail * space.f_frsize
        return self.store.free_bytes()

    def check_changes(self, changes: Sequence[Change]) -> None:
        """Raise CardError if the changes could not be written, now and not half-way; nothing to write is always possible."""
        if changes:
            self._check_writable()
            self._check_room([len(change.after) for change in changes if change.after is not None])

    def _check_writable(self) -> None:
        # For root too: an image kept as a master is write-protected on purpose.
        if self.kind == "image" and not self.path.stat().st_mode & 0o222:
            raise CardError(f"{self.path} is write-protected (no write bit in its mode); name a copy of it", target=str(self.path))
        if not os.access(self.path, os.W_OK):
            read_only = os.statvfs(self.path).f_flag & os.ST_RDONLY
            because, cure = (
                ("its file system is mounted read-only", "remount it (mount -o remount,rw) or slide the write lock of the card")
                if read_only
                else ("this user may not", "change owner or mode, or become the user who may")
            )
            raise CardError(f"{self.path} cannot be written: {because}; {cure}", target=str(self.path))

    def _check_room(self, sizes: Sequence[int]) -> None:
        # Each file is complete before it takes the old one's place. One cluster more, for a folder that grows.
        needed = self.cluster + sum(-(-size // self.cluster) * self.cluster for size in sizes)
        free = self.free_bytes()
        if needed > free:
            raise CardError(
                f"{self.path}: the boot partition is full: {needed} bytes are needed, {free} are free; nothing was written."
                " Remove what does not belong there (old kernels, logs, copies) and run again",
                target=str(self.path),
                bytes_needed=needed,
                bytes_free=free,
            )

    def settle(self) -> None:
        """Return when all that was written is on the medium."""
        handle = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def open_target(path: str, run: Run, folder_store: Callable[[str], Any], machine: Machine | None = None) -> Iterator[Target]:
    """The card at that path, kept from others meanwhile: locked, and a device claimed so that nothing can mount it.

    folder_store makes a store of a folder's path. Raises CardError for what is no card, and for what is in use.
    """
    with contextlib.ExitStack() as opened:
        try:
            target = _target(Path(path), run, folder_store, machine or Machine(), opened)
        except FileNotFoundError as error:
            raise CardError(
                f"{path} is not there (it is looked for on the controller); plug the card in, or correct the path", target=path
            ) from error
        except PermissionError as error:
            raise CardError(
                f"{path} cannot be opened: {error.strerror}; run as a user who may, for a card one of the group disk", target=path
            ) from error
        except OSError as error:
            cause = "something uses it" if error.errno == errno.EBUSY else f"{error.strerror}; see dmesg for what the device says"
            raise CardError(f"{path} cannot be opened: {cause}", target=path) from error
        yield target


def _target(place: Path, run: Run, folder_store: Callable[[str], Any], machine: Machine, opened: contextlib.ExitStack) -> Target:
    if not place.is_absolute():
        raise CardError(f"{place}: give the whole path of the card; a relative one has no fixed meaning in a play", target=str(place))
    mode = place.stat().st_mode
    if stat.S_ISDIR(mode):
        _held(place, opened)
        return _folder(place, folder_store, machine)
    if stat.S_ISREG(mode):
        machine.check_image(place)
        return _medium(place, "image", _held(place, opened), run)
    if stat.S_ISBLK(mode):
        machine.check_device(str(place))
        # With O_EXCL the kernel refuses a device that is mounted, in another namespace too, and lets nobody mount it meanwhile.
        return _medium(place, "device", _held(place, opened, os.O_EXCL), run)
    raise CardError(f"{place} is neither a folder nor an image file nor a block device", target=str(place))


def _held(place: Path, opened: contextlib.ExitStack, exclusive: int = 0) -> int:
    """The opened and locked file or folder; it is closed with the others."""
    handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC | exclusive)
    opened.callback(os.close, handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CardError(f"{place} is being worked on by another process; wait until it is done", target=str(place)) from error
    return handle


def _folder(place: Path, folder_store: Callable[[str], Any], machine: Machine) -> Target:
    machine.check_folder(place)
    store = folder_store(str(place))
    if not store.exists(CONFIG):
        raise CardError(
            f"{place} is not the boot partition of a Raspberry Pi card: it holds no {CONFIG}; name the folder where the first,"
            " small partition is mounted (bootfs or system-boot)",
            target=str(place),
        )
    return Target(place, "folder", store, os.statvfs(place).f_frsize)


def _medium(place: Path, kind: str, handle: int, run: Run) -> Target:
    size = os.lseek(handle, 0, os.SEEK_END)
    found = partitions(os.pread(handle, SECTOR, 0), size, str(place))
    stores = []
    for partition in found:
        if not partition.may_be_fat:
            continue
        system = fat(os.pread(handle, SECTOR, partition.start))
        if system is None:
            continue
        store = FatStore(place, partition.start, run)
        stores.append(partition.number)
        if store.exists(CONFIG):
            booted = _has_booted(place, root_partition(found), run)
            return Target(place, kind, store, system.cluster, partition.number, booted)
    looked = f"partition {' and '.join(map(str, stores))} of it holds no {CONFIG}" if stores else "it has no FAT partition"
    raise CardError(
        f"{place} is not a card of a Raspberry Pi: {looked}; name an image of Raspberry Pi OS or Ubuntu for the Pi", target=str(place)
    )


def _has_booted(place: Path, root: Partition | None, run: Run) -> bool | None:
    """Whether the root file system (ext4) has a machine id: images have none, the first boot makes it."""
    if root is None:
        return None
    try:
        _status, out, err = run(
            ["debugfs", "-R", "cat /etc/machine-id", f"{place}?offset={root.start}"],
            encoding=None,
            expand_user_and_vars=False,
            handle_exceptions=False,
        )
    except FileNotFoundError:
        return None
    if re.fullmatch(rb"[0-9a-f]{32}\s*", out):
        return True
    return False if out.strip() in (b"", b"uninitialized") and b"ad magic" not in err else None
