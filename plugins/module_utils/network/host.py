# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door to the files and commands of a node that this package touches."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import CONNECTION, File

Run = Callable[[Sequence[str]], tuple[int, str, str]]
TEMPORARY = ".pikube-tmp"


class Host:
    """Files below a root folder, and commands through run (the module's run_command) of the programs that find knows.

    Texts are read and written with surrogateescape: a file that is not ours goes back octet by octet.
    """

    def __init__(self, run: Run, find: Callable[[str], str | None], root: str = "/", scratch: str | None = None) -> None:
        self._run = run
        self._find = find
        self._root = Path(root)
        self.scratch = scratch

    def path(self, path: str) -> Path:
        """Where a path of the node is for us."""
        return self._root / path.lstrip("/")

    def exists(self, path: str) -> bool:
        return self.path(path).exists()

    def read(self, path: str) -> str | None:
        """The text of a file; None if there is none."""
        with _named(path):
            try:
                return self.path(path).read_bytes().decode("utf-8", "surrogateescape")
            except (FileNotFoundError, NotADirectoryError):
                return None

    def file(self, path: str, subject: str = CONNECTION, *, shared: bool = False) -> File | None:
        """A file with its mode; None if there is none."""
        text = self.read(path)
        if text is None:
            return None
        return File(path, text, stat.S_IMODE(self.path(path).stat().st_mode), subject, shared)

    def matching(self, folder: str, pattern: str) -> list[str]:
        """Paths of the files in a folder whose names match, without hidden ones, in order."""
        with _named(folder):
            try:
                names = sorted(entry.name for entry in self.path(folder).iterdir() if entry.is_file())
            except (FileNotFoundError, NotADirectoryError):
                return []
        return [f"{folder}/{name}" for name in names if fnmatch.fnmatchcase(name, pattern) and not name.startswith(".")]

    def write(self, file: File) -> None:
        """Write a file whole or not at all; it survives a power cut from then on."""
        target = self.path(file.path)
        beside = target.with_name(f".{target.name}{TEMPORARY}")
        with _named(file.path):
            beside.unlink(missing_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(file.text.encode("utf-8", "surrogateescape"))
                os.fchmod(stream.fileno(), file.mode)
                if file.shared:
                    owner = target.stat()
                    os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(target)
            sync_folder(target.parent)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link, if there is none yet."""
        link = self.path(path)
        with _named(path):
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(target)
                sync_folder(link.parent)

    def poke(self, path: str, text: str) -> None:
        """Write to a file of the kernel, which takes no renames."""
        with _named(path):
            self.path(path).write_text(text, encoding="ascii")

    def remove(self, path: str) -> None:
        target = self.path(path)
        with _named(path):
            if target.is_symlink() or target.exists():
                target.unlink()
                sync_folder(target.parent)

    def sweep(self, folders: Iterable[str]) -> None:
        """Remove what an interrupted write left in folders of ours."""
        for folder in folders:
            with _named(folder):
                for left in self.path(folder).glob(f".*{TEMPORARY}"):
                    left.unlink(missing_ok=True)

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for a while, for root's eyes only."""
        folder = Path(tempfile.mkdtemp(prefix="pikube-network-", dir=self.scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def has_command(self, name: str) -> bool:
        return self._find(name) is not None

    def command(self, argv: Sequence[str], why: str) -> str:
        """Run a command and return what it printed. Raises NetworkError if it fails; why: what was to be done."""
        status, output, errors = self.attempt(argv)
        if status != 0:
            said = (errors.strip() or output.strip() or "without a word").splitlines()[0]
            raise NetworkError(f"{why} failed: {' '.join(argv)} ended with status {status}: {said}", command=list(argv), status=status)
        return output

    def attempt(self, argv: Sequence[str]) -> tuple[int, str, str]:
        """Run a command that may fail: status, output, errors. A program that is missing has status 127."""
        program = self._find(argv[0])
        if program is None:
            return 127, "", f"{argv[0]} is not installed"
        return self._run([program, *argv[1:]])

    def unit_states(self, units: Iterable[str]) -> dict[str, str]:
        """The state of each unit (active, activating, inactive, ...) by one call of systemctl; empty where systemd does not run."""
        asked = sorted(set(units))
        return dict(zip(asked, self.attempt(["systemctl", "is-active", *asked])[1].split()))

    def wireless_interfaces(self) -> list[str]:
        """Names of the wireless interfaces, found by what they are and not by how they are called."""
        interfaces = self.path("/sys/class/net")
        found = [*interfaces.glob("*/wireless"), *interfaces.glob("*/phy80211")]
        return sorted({entry.parent.name for entry in found})


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Turn what the system says into an error with the path of the node and without a traceback."""
    try:
        yield
    except OSError as error:
        raise NetworkError(
            f"{path}: {(error.strerror or str(error)).lower()}. Nothing more was changed; run again when this is put right.", path=path
        ) from error


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, so that they survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
