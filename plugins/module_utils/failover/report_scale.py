# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From seconds to pixels, and what fits where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LETTER = 6.4  # pixels that a letter of 12 pixels takes at the most, on average
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)  # seconds between two marks of the axis


class Scale(NamedTuple):
    """domain: seconds relative to the fault. left, right: pixels."""

    domain: tuple[float, float]
    left: float
    right: float

    def x(self, at: float) -> float:
        begin, end = self.domain
        return self.left + (at - begin) / (end - begin) * (self.right - self.left)

    def has(self, at: float) -> bool:
        return self.domain[0] <= at <= self.domain[1]

    def part(self, begin: float, end: float | None) -> tuple[float, float] | None:
        """Where a span is seen: (x, width) in pixels. end: None for one that goes on. None for a span that is not seen."""
        first = max(begin, self.domain[0])
        last = self.domain[1] if end is None else min(end, self.domain[1])
        if last < first or (last == first and first in self.domain):
            return None
        return self.x(first), self.x(last) - self.x(first)


def fits(text: str, width: float) -> bool:
    """Whether a label can be read inside a bar."""
    return len(text) * LETTER + 10 <= width


def ticks(domain: tuple[float, float], most: int) -> list[float]:
    """Round moments, the fault among them if it is in the domain."""
    begin, end = domain
    step = next((step for step in STEPS if (end - begin) / step <= most), STEPS[-1] * max(1, round((end - begin) / STEPS[-1] / most)))
    first = -int(-begin // step)
    return [round(turn * step, 3) for turn in range(first, int(end // step) + 1)]


def columns(rows: Sequence[Sequence[float]], scale: Scale) -> list[list[float]]:
    """One row for each pixel at most: [x, then the largest of each figure]. rows: [seconds, figures ...] in order."""
    found: list[list[float]] = []
    for at, *figures in rows:
        if not scale.has(at):
            continue
        x = scale.x(at)
        if found and int(found[-1][0]) == int(x):
            found[-1][1:] = [max(pair) for pair in zip(found[-1][1:], figures)]
        else:
            found.append([x, *figures])
    return found


def spacing(rows: Sequence[Sequence[float]]) -> float:
    """Seconds between two rows as it is in general; 1.0 for one row."""
    gaps = sorted(later[0] - earlier[0] for earlier, later in zip(rows, rows[1:]))
    return gaps[len(gaps) // 2] if gaps else 1.0
