# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing of whole files, so that a power cut leaves the old text or the new one and never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError

# What to do about it, where the system's own words do not say.
CURES = {
    errno.ENOSPC: 'the file system is full: "df -h" and "sudo apt-get clean" are the first things to try',
    errno.EROFS: 'the file system is read-only, often after an error of the medium: see "dmesg", then "sudo mount -o remount,rw"',
    errno.EPERM: "the file is immutable (lsattr), or its file system keeps no owners and modes (FAT): give no owner, group and mode then",
    errno.EACCES: "the task needs become: true",
}


@dataclass(frozen=True)
class Found:
    """A file as it is. Bytes that are not UTF-8 survive in `text` as lone surrogates."""

    text: str
    mode: int
    uid: int
    gid: int


def find(path: Path) -> Found | None:
    """The file behind the path, through symbolic links; None where there is none. Raises FilesError for anything but a file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return Found(file.read().decode("utf-8", "surrogateescape"), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failure(path, "cannot be read", error) from error


def write(path: Path, wanted: Found) -> None:
    """Make the file hold that text with that mode and owner, durably, making missing folders (0755).

    The new text is complete on the medium before it takes the old one's name. A file that is a mount point of its
    own, as containers have for /etc/hosts, cannot be replaced and is written in place.
    """
    target = path.resolve()
    # One name for all runs: what a killed run left is taken over by the next one, which has the same to write.
    temporary = target.with_name(f".{target.name}.pikube")
    try:
        _make_folder(target.parent)
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _fill(file, wanted)
        try:
            temporary.replace(target)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            with target.open("r+b") as file:
                _fill(file, wanted)
                file.truncate()
            temporary.unlink()
        _sync_folder(target.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _failure(path, "cannot be written", error) from error


def remove(path: Path) -> None:
    """Take the file away; of a symbolic link the link goes, not what it leads to."""
    try:
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _failure(path, "cannot be removed", error) from error


def _fill(file: BinaryIO, wanted: Found) -> None:
    status = os.fstat(file.fileno())
    # Asked for only where it differs: FAT has neither and refuses.
    if (status.st_uid, status.st_gid) != (wanted.uid, wanted.gid):
        os.fchown(file.fileno(), wanted.uid, wanted.gid)
    if stat.S_IMODE(status.st_mode) != wanted.mode:
        os.fchmod(file.fileno(), wanted.mode)
    file.write(wanted.text.encode("utf-8", "surrogateescape"))
    file.flush()
    os.fsync(file.fileno())


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)  # whatever the umask


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failure(path: Path, what: str, error: OSError) -> FilesError:
    cure = CURES.get(error.errno or 0)
    return FilesError(f"{path} {what}: {error.strerror}" + (f"; {cure}" if cure else ""), path=str(path), errno=error.errno)
