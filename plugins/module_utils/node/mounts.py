# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted where, from /proc/self/mountinfo."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class Mount(NamedTuple):
    """One line of mountinfo (proc_pid_mountinfo(5)). device: "major:minor". options: those of the file system, not of the mount."""

    point: str
    device: str
    type: str
    source: str
    options: tuple[str, ...]


def _plain(text: str) -> str:
    """Blanks, tabs, newlines and backslashes stand in mountinfo as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def mounts(mountinfo: str) -> list[Mount]:
    """All mounts, later ones later. A line that is not understood is left out."""
    found = []
    for line in mountinfo.splitlines():
        before, mark, after = line.partition(" - ")
        left, right = before.split(), after.split()
        if not mark or len(left) < 6 or len(right) < 2:
            continue
        options = tuple(right[2].split(",")) if len(right) > 2 else ()
        found.append(Mount(_plain(left[4]), left[2], right[0], _plain(right[1]), options))
    return found


def at(point: str, every: Iterable[Mount]) -> Mount | None:
    """What one sees at a mount point: the last of the mounts there covers the others."""
    seen = None
    for mount in every:
        if mount.point == point:
            seen = mount
    return seen


def holding(path: str, every: Iterable[Mount]) -> Mount | None:
    """The mount that a path without links lies in."""
    best = None
    for mount in every:
        inside = mount.point == "/" or path == mount.point or path.startswith(mount.point + "/")
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best
