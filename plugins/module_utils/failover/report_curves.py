# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two curves below the lanes: acknowledged writes per second, and how long they took."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_scale import columns, fits, spacing

RATES, LATENCY = 54, 132  # pixels: heights
GAP = 2.5  # times the usual space between two points: more is time without any
Rows = Sequence[Sequence[float]]


def rates(picture: Any, rows: Rows, outages: Sequence[Any]) -> None:
    """Steps, with their largest number said, and in the holes how long each was."""
    picture.y += 26
    _title(picture, "acknowledged writes per second")
    shown, scale = [row for row in rows if scale_near(picture, row[0], rows)], picture.scale
    bottom = picture.y + RATES
    most = max((row[1] for row in shown), default=0.0)
    if most:
        step = scale.x(spacing(rows)) - scale.x(0.0)
        path = [f"M{max(scale.left, scale.x(shown[0][0])):.1f} {bottom:.1f}"]
        for row in shown:
            x = scale.x(row[0])
            path.append(f"V{bottom - row[1] / most * RATES:.1f}H{min(max(x + step, scale.left), scale.right):.1f}")
        picture.add(f'<path class="rate" d="{"".join(path)}V{bottom:.1f}Z"/>')
        _level(picture, picture.y, f"{most:.0f}")
    _level(picture, bottom, "0")
    for each in outages:
        part = scale.part(each["from"], each["to"])
        text = f"no writes for {words.seconds(each['seconds'])}" if each["to"] is not None else "no writes until the end"
        if part and fits(text, part[1]):
            picture.text(part[0] + part[1] / 2, bottom - RATES / 2 + 4, text, "b", text_anchor="middle")
    picture.y = bottom


def scale_near(picture: Any, at: float, rows: Rows) -> bool:
    """A step that begins before the picture reaches into it."""
    begin, end = picture.scale.domain
    return begin - spacing(rows) < at <= end


def latency(picture: Any, rows: Rows) -> None:
    """Median and slowest on a logarithmic scale: an outage and its echo are a thousand times as long as a write."""
    picture.y += 34
    _title(picture, "latency of acknowledged writes")
    shown = columns(rows, picture.scale)
    bottom = picture.y + LATENCY
    if not shown:
        picture.text(picture.scale.left + 6, picture.y + LATENCY / 2, "no write was acknowledged in this time")
        picture.y = bottom
        return
    low = math.floor(math.log10(max(min(row[1] for row in shown), 0.1)))
    high = max(math.ceil(math.log10(max(max(row[2] for row in shown), 0.1))), low + 1)

    def height(milliseconds: float) -> float:
        return bottom - (math.log10(max(milliseconds, 10.0**low)) - low) / (high - low) * LATENCY

    gap = max((picture.scale.x(spacing(rows)) - picture.scale.x(0.0)) * GAP, 3.0)
    picture.add(f'<path class="max" d="{_line(shown, 2, height, gap)}"/>', f'<path class="p50" d="{_line(shown, 1, height, gap)}"/>')
    for power in range(low, high + 1):
        _level(picture, height(10.0**power), words.milliseconds(10.0**power).replace(".0 ", " "))
    _names(picture, shown, height)
    picture.y = bottom


def _line(rows: Rows, figure: int, height: Callable[[float], float], gap: float) -> str:
    """Broken where there was nothing: a line across an outage would say that writes went on."""
    path, before = [], None
    for row in rows:
        x, y = row[0], height(row[figure])
        joined = before is not None and x - before <= gap
        path.append(f"L{x:.1f} {y:.1f}" if joined else f"M{x:.1f} {y:.1f}h0")
        before = x
    return "".join(path)


def _names(picture: Any, rows: Rows, height: Callable[[float], float]) -> None:
    """Beside the lines, where they begin; apart from each other."""
    x = rows[0][0] + 6
    first = [row for row in rows if row[0] <= x + 90]
    above = min(height(row[2]) for row in first) - 6
    below = max(height(row[1]) for row in first) + 16
    picture.text(x, max(above, picture.y + 10), "slowest", "q halo")
    picture.text(x, below, "median", "d halo")


def _level(picture: Any, y: float, text: str) -> None:
    scale = picture.scale
    picture.add(f'<path class="grid" d="M{scale.left:.1f} {y:.1f}H{scale.right:.1f}"/>')
    if picture.narrow:
        picture.text(scale.right, y - 3, text, "q halo", text_anchor="end")
    else:
        picture.text(scale.left - 6, y + 4, text, text_anchor="end")


def _title(picture: Any, text: str) -> None:
    picture.text(picture.scale.left, picture.y - 8, text, "h halo")
