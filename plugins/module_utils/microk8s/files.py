# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door through which state is read: files below a root. With another root the state of a captured tree is read.

Nothing here raises for a file that is missing or unreadable: the answer is None, and what cannot be known stays unknown.
"""

from __future__ import annotations

import os
from pathlib import Path

UNREADABLE = (OSError, ValueError)


class Files:
    """denied: paths that are there and that only root may read; filled while reading."""

    def __init__(self, root: str = "/") -> None:
        self._root = Path(root)
        self.denied: list[str] = []

    def path(self, name: str) -> Path:
        """Where the path of the node really is. Links that begin with a slash are followed below the root."""
        found = self._root
        for part in Path(name.lstrip("/")).parts:
            found = found / part
            if self._root != Path("/") and found.is_symlink() and str(found.readlink()).startswith("/"):
                found = self._root / str(found.readlink()).lstrip("/")
        return found

    def text(self, name: str) -> str | None:
        try:
            return self.path(name).read_text(encoding="utf-8", errors="replace")
        except PermissionError:
            self.denied.append(name)
            return None
        except UNREADABLE:
            return None

    def exists(self, name: str) -> bool:
        try:
            return self.path(name).exists()
        except PermissionError:
            self.denied.append(name)
            return False
        except UNREADABLE:
            return False

    def names(self, name: str) -> list[str]:
        """The names in a folder, sorted; none if it is not there."""
        try:
            return sorted(entry.name for entry in self.path(name).iterdir())
        except PermissionError:
            self.denied.append(name)
            return []
        except UNREADABLE:
            return []

    def free_mib(self, name: str) -> int | None:
        """What an ordinary user may still write on the file system that holds the path, or that would hold it."""
        place = self.path(name)
        while not place.exists() and place != place.parent:
            place = place.parent
        try:
            found = os.statvfs(place)
        except UNREADABLE:
            return None
        return found.f_bavail * found.f_frsize // (1024 * 1024)
