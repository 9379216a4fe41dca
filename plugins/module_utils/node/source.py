# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door through which facts read a node: its files below a root, and a few commands.

Nothing here raises for a file or command that is missing, unreadable or broken: the answer is None, and a fact that cannot be known stays
unknown. With another root the facts of a captured tree are read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

Run = Callable[[list], tuple]  # argv -> (exit status, standard output, standard error); raises OSError for a command that is not there

# Files of /sys answer EINVAL or EIO where a device does not know the value; a path made from a broken file may have a NUL in it.
UNREADABLE = (OSError, ValueError)


class Source:
    """What a node says of itself.

    run: starts a process, see Run. root: where the tree of the node begins.
    denied: files that were there, that matter, and that only root may read; filled while reading.
    """

    def __init__(self, run: Run, root: str = "/") -> None:
        self._run = run
        self._root = Path(root)
        self.denied: list[str] = []

    def _path(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def read_bytes(self, path: str, privileged: bool = False) -> bytes | None:
        """The whole file, None if it cannot be read. privileged: note in denied that the right to read it was missing."""
        try:
            return self._path(path).read_bytes()
        except PermissionError:
            if privileged:
                self.denied.append(path)
            return None
        except UNREADABLE:
            return None

    def read(self, path: str, privileged: bool = False) -> str | None:
        """The whole file as text; bytes that are no UTF-8 are replaced."""
        data = self.read_bytes(path, privileged)
        return None if data is None else data.decode("utf-8", errors="replace")

    def value(self, path: str) -> str | None:
        """One value from /sys or the device tree: without the NUL or newline at its end, None for an empty one."""
        text = self.read(path)
        return (text.strip("\0\n\t ") or None) if text is not None else None

    def number(self, path: str, base: int = 10) -> int | None:
        """One whole number from /sys."""
        return whole(self.value(path), base)

    def exists(self, path: str) -> bool:
        try:
            return self._path(path).exists()
        except UNREADABLE:
            return False

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted; none if it is not there."""
        try:
            return sorted(entry.name for entry in self._path(path).iterdir())
        except UNREADABLE:
            return []

    def link(self, path: str) -> str | None:
        """The text of a symbolic link, None if it is none."""
        try:
            return str(self._path(path).readlink())
        except UNREADABLE:
            return None

    def real(self, path: str) -> str:
        """The path after all links were followed, as the node names it."""
        try:
            found = self._path(path).resolve()
            return "/" + str(found.relative_to(self._root.resolve())) if found != self._root.resolve() else "/"
        except (*UNREADABLE, RuntimeError):
            return path

    def space(self, path: str) -> tuple[int, int] | None:
        """Size and what an ordinary user may still write, in bytes, of the file system that holds the path."""
        try:
            found = os.statvfs(self._path(path))
        except UNREADABLE:
            return None
        return found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize

    def run(self, argv: list[str]) -> tuple[int, str, str] | None:
        """Exit status, standard output and standard error; None if the command is not there."""
        try:
            status, out, err = self._run(argv)
        except OSError:
            return None
        return status, out, err

    def output(self, argv: list[str]) -> str | None:
        """What a command printed, None unless it ended with 0 and printed something."""
        ended = self.run(argv)
        return (ended[1].strip() or None) if ended is not None and ended[0] == 0 else None


def whole(text: str | None, base: int = 10) -> int | None:
    """A whole number from text that may be anything."""
    try:
        return int(text, base) if text is not None else None
    except ValueError:
        return None
