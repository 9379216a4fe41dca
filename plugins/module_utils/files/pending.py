# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which activations are still owed: notes in a folder that the next boot empties.

A run that is killed between writing a file and putting it in force would otherwise leave the node with a setting that
is only in the file, and no later run would see a difference. A boot puts every file in force, so the notes live in /run.
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError


class Pending:
    """The notes in one folder, an empty file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """What is owed, sorted."""
        return sorted(note.name for note in self.folder.iterdir()) if self.folder.is_dir() else []

    def add(self, name: str) -> None:
        """Note that `name` is owed; noting it twice is noting it once."""
        self._note(name).parent.mkdir(parents=True, exist_ok=True)
        self._note(name).touch()

    def clear(self, name: str) -> None:
        """Take the note away, if it is there."""
        self._note(name).unlink(missing_ok=True)

    def _note(self, name: str) -> Path:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
            raise FilesError(f'activation "{name}": a name is made of lower-case letters, digits, dots, dashes and underscores', name=name)
        return self.folder / name
