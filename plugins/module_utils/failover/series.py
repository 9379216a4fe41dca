# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures over many attempts: latency and how many were acknowledged, by time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

BUCKETS = 1200  # a screen has no more columns
WIDTHS = (1, 2, 5)  # times a power of ten: figures of a series can be read off


def width(microseconds: int, least: int = 1) -> int:
    """Of a bucket in microseconds, so that no more than BUCKETS of them cover this time wherever they begin."""
    power = 1
    while True:
        for step in WIDTHS:
            if step * power >= least and microseconds // (step * power) + 2 <= BUCKETS:
                return step * power
        power *= 10


def quantile(values: Sequence[int], part: float) -> int:
    """Nearest rank; values in order, at least one."""
    return values[max(0, -(-len(values) * round(part * 1000) // 1000) - 1)]


def latency(microseconds: Iterable[int]) -> dict[str, Any]:
    """{"n", "p50_ms", "p99_ms", "max_ms"}; the figures are None for none."""
    values = sorted(microseconds)
    if not values:
        return {"n": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}
    return {
        "n": len(values),
        "p50_ms": quantile(values, 0.5) / 1000,
        "p99_ms": quantile(values, 0.99) / 1000,
        "max_ms": values[-1] / 1000,
    }


def latencies(points: Iterable[tuple[int, int]], zero: int, span: int) -> list[list[float]]:
    """[[seconds after zero, p50_ms, max_ms]]; times without a point have no place.

    points: when it began, how long it took. span: from the first to the last. All in microseconds.
    """
    each = width(span, 100_000)
    buckets: dict[int, array[int]] = {}
    for began, took in points:
        bucket = (began - zero) // each
        if bucket in buckets:
            buckets[bucket].append(took)
        else:
            buckets[bucket] = array("q", (took,))
    found = []
    for bucket in sorted(buckets):
        values = sorted(buckets[bucket])
        found.append([bucket * each / 1e6, quantile(values, 0.5) / 1000, values[-1] / 1000])
    return found


def per_second(times: Iterable[int], zero: int, first: int, last: int) -> list[list[float]]:
    """[[seconds after zero, how many per second]], without a gap from the first to the last microsecond: an outage is a row of zeros.

    The buckets at both ends are cut by what was not watched, and count as whole.
    """
    each = width(last - first, 1_000_000)
    low = (first - zero) // each
    counts = [0] * ((last - zero) // each - low + 1)
    for at in times:
        counts[(at - zero) // each - low] += 1
    return [[(low + turn) * each / 1e6, count * 1e6 / each] for turn, count in enumerate(counts)]
