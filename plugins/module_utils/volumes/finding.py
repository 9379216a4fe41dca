# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an adapter finds out of one volume, in the same words for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """One thing that an answer rests on.

    source: KIND/NAME and the field, or what was asked. age: seconds since it was surely true, None where nothing tells.
    """

    says: str
    source: str
    age: float | None = None

    def facts(self) -> dict[str, Any]:
        return {"says": self.says, "from": self.source, "age_seconds": None if self.age is None else max(round(self.age), 0)}


@dataclass(frozen=True)
class Copy:
    """One copy of the data. place: path, pool or disk. state: in the engine's own word. in_sync: None where it is not known."""

    node: str | None
    place: str | None
    state: str
    in_sync: bool | None


@dataclass(frozen=True)
class Finding:
    """wanted: copies there should be. quorum: copies in sync that a write needs; both None where it is not known.

    held_by: the node that the engine says has the volume attached, and book: where it says so, if it keeps a book of that.
    target: the node that the data go through, if that is not the one of the pod; target_moves: whether the engine starts it elsewhere
    when that node is lost. writes: False if the engine says that it takes none now. doubts: why nothing can be said of the copies, each
    with what to do; with any of them the volume is unknown.
    """

    copies: tuple[Copy, ...] = ()
    wanted: int | None = None
    quorum: int | None = None
    held_by: str | None = None
    book: Evidence | None = None
    target: str | None = None
    target_moves: bool = True
    writes: bool | None = None
    doubts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
