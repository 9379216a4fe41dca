# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where boot files are kept. A store gives and takes whole files by their name inside the boot partition ("current/cmdline.txt")."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path, PurePosixPath
from typing import Protocol

from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.write_failures import FAILURES, NO_ENTRY_FREE

# One short upper-case name: FAT keeps it in a single folder entry. What an interrupted run left under it is overwritten by the next write.
TEMPORARY = "PIKUBE.TMP"


class Store(Protocol):
    """A boot partition, wherever it is. All methods raise BootError that names the place and the cure."""

    # What messages call it; "DESCRIPTION/NAME" is a file in it.
    description: str

    def read(self, name: str) -> bytes | None:
        """The content, None if there is no such file."""

    def write(self, name: str, data: bytes) -> None:
        """Replace or create the file: afterwards it is on the medium, or it is as it was before."""

    def remove(self, name: str) -> None:
        """Remove the file; nothing happens if there is none."""

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def listing(self) -> list[str]:
        """The names of all files, those in sub-folders with their folder, sorted."""


class FolderStore:
    """A boot partition that is mounted at a folder (or a copy of its files in one)."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.description = str(path)
        if not self.path.is_dir():
            raise BootError(f"{path} is not a folder; give the folder where the boot partition is mounted", path=str(path))

    def read(self, name: str) -> bytes | None:
        try:
            return self._place(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure("read", name, error) from error

    def exists(self, name: str) -> bool:
        return self._place(name).is_file()

    def listing(self) -> list[str]:
        return sorted(place.relative_to(self.path).as_posix() for place in self.path.rglob("*") if place.is_file())

    def write(self, name: str, data: bytes) -> None:
        place = self._place(name)
        temporary = place.with_name(TEMPORARY)
        outcome = "the old file is untouched"
        try:
            self._write_temporary(temporary, data, place)
            temporary.replace(place)
            outcome = "the new content may not be on the medium"
            self._settle(place.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise self._failure("written", name, error, outcome, needed=len(data)) from error

    def remove(self, name: str) -> None:
        place = self._place(name)
        try:
            place.unlink()
            self._settle(place.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._failure("removed", name, error) from error

    def _place(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts:
            raise BootError(
                f"{name!r} leads out of the boot partition {self.description}; config.txt names only files inside it", path=name
            )
        return self.path.joinpath(*parts)

    @staticmethod
    def _write_temporary(temporary: Path, data: bytes, place: Path) -> None:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if place.exists() and place.stat().st_mode != os.fstat(handle).st_mode:
                os.fchmod(handle, place.stat().st_mode & 0o777)
            os.fsync(handle)

    @staticmethod
    def _settle(folder: Path) -> None:
        # FAT has no journal: the new entry is on the medium only when the folder is.
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _failure(self, what: str, name: str, error: OSError, outcome: str = "", needed: int = 0) -> BootError:
        place = f"{self.description}/{name}"
        because, cure = FAILURES.get(error.errno or 0, (error.strerror or str(error), "See dmesg for what the device says"))
        facts = {"path": place, "mount": str(_mount_of(self.path))}
        if error.errno == errno.ENOSPC:
            space = os.statvfs(self.path)
            facts.update(bytes_needed=needed, bytes_free=space.f_bavail * space.f_frsize)
            if facts["bytes_free"] >= max(needed, space.f_frsize):
                because, cure = NO_ENTRY_FREE
        words = {"mount": facts["mount"], "needed": needed, "free": facts.get("bytes_free", 0)}
        said = "; ".join(filter(None, (because.format(**words), outcome)))
        return BootError(f"{place} cannot be {what}: {said}. {cure.format(**words)}.", **facts)


def _mount_of(path: Path) -> Path:
    path = path.absolute()
    while not path.is_mount() and path != path.parent:
        path = path.parent
    return path
