# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a card that are first made in memory: what would change is known before anything is written, in check mode too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One file: its content before and after, None where there is none."""

    name: str
    before: bytes | None
    after: bytes | None


class Draft:
    """A store over a store. Reads see what was written to it; the store below is touched by commit() alone.

    Files are committed in the order in which they were first written: a backup that was made before the file it is of is on the
    medium before the file changes.
    """

    def __init__(self, store: Any) -> None:
        self.description = store.description
        self._store = store
        self._pending: dict[str, bytes | None] = {}
        self._before: dict[str, bytes | None] = {}

    def read(self, name: str) -> bytes | None:
        """The content as it will be, None if there will be no such file."""
        name = self._known(name)
        return self._pending[name] if name in self._pending else self._current(name)

    def exists(self, name: str) -> bool:
        """Whether there will be a file of that name."""
        name = self._known(name)
        return self._pending[name] is not None if name in self._pending else self._store.exists(name)

    def listing(self) -> list[str]:
        """The names of all files as they will be, sorted."""
        names = {name for name in self._store.listing() if name not in self._pending}
        return sorted(names | {name for name, data in self._pending.items() if data is not None})

    def write(self, name: str, data: bytes) -> None:
        """Replace or create the file."""
        name = self._known(name)
        self._current(name)
        self._pending[name] = data

    def remove(self, name: str) -> None:
        """Remove the file; nothing happens if there is none."""
        name = self._known(name)
        self._current(name)
        self._pending[name] = None

    def changes(self) -> list[Change]:
        """What differs from the store below, in the order of writing."""
        changes = [Change(name, self._before[name], after) for name, after in self._pending.items()]
        return [change for change in changes if change.before != change.after]

    def commit(self) -> None:
        """Write the changes to the store below. Interrupted or failed, it leaves whole files: each is the old or the new one."""
        for change in self.changes():
            if change.after is None:
                self._store.remove(change.name)
            else:
                self._store.write(change.name, change.after)

    def _current(self, name: str) -> bytes | None:
        if name not in self._before:
            self._before[name] = self._store.read(name)
        return self._before[name]

    def _known(self, name: str) -> str:
        """The name under which the file was met first: to FAT "CMDLINE.TXT" and "cmdline.txt" are one."""
        return next((known for known in self._before if known.lower() == name.lower()), name)
