# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files change between what a node has and what it should have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

CONNECTION = "connection"
POWER_SAVE = "power_save"


@dataclass(frozen=True)
class File:
    """One configuration file.

    subject: what it is about; a change of CONNECTION may cut the connection, one of POWER_SAVE does not.
    shared: the file is not ours, only a part of it; it is never removed and keeps its mode and owner.
    """

    path: str
    text: str = field(repr=False)
    mode: int = 0o600
    subject: str = CONNECTION
    shared: bool = False


@dataclass(frozen=True)
class Plan:
    """What to write and what to remove, in the order of paths; before: the files that are there now, by path."""

    writes: tuple[File, ...] = ()
    removes: tuple[File, ...] = ()
    before: dict[str, File] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.writes or self.removes)

    def paths_of(self, subject: str) -> list[str]:
        """The paths that change and belong to a subject."""
        return [file.path for file in (*self.writes, *self.removes) if file.subject == subject]


def plan(current: Iterable[File], wanted: Iterable[File]) -> Plan:
    """Compare the files that are ours (and the shared ones) with those that should be there.

    A file of ours that nobody wants any more goes; a shared one stays.
    """
    have = {file.path: file for file in current}
    want = {file.path: file for file in wanted}
    return Plan(
        writes=tuple(file for path, file in sorted(want.items()) if _differs(have.get(path), file)),
        removes=tuple(file for path, file in sorted(have.items()) if path not in want and not file.shared),
        before=have,
    )


def _differs(have: File | None, want: File) -> bool:
    return have is None or have.text != want.text or have.mode != want.mode
