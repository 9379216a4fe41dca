# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.series import (
    BUCKETS,
    latencies,
    latency,
    per_second,
    quantile,
    width,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("values", "part", "found"),
    [
        pytest.param([7], 0.5, 7, id="one is all of them"),
        pytest.param([7], 0.99, 7, id="even the slowest"),
        pytest.param([1, 2], 0.5, 1, id="half of two is the first"),
        pytest.param([1, 2, 3], 0.5, 2, id="the middle of three"),
        pytest.param(list(range(1, 101)), 0.99, 99, id="99 of 100"),
        pytest.param(list(range(1, 100)), 0.99, 99, id="the last of 99"),
    ],
)
def test_quantile(values, part, found):
    assert quantile(values, part) == found


@pytest.mark.parametrize(
    ("microseconds", "found"),
    [
        pytest.param([], {"n": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}, id="nothing has no latency"),
        pytest.param([3000, 1000, 2000], {"n": 3, "p50_ms": 2.0, "p99_ms": 3.0, "max_ms": 3.0}, id="in milliseconds, whatever the order"),
    ],
)
def test_latency(microseconds, found):
    assert latency(microseconds) == found


@given(st.integers(0, 10**13), st.integers(1, 10**7))
def test_no_series_is_longer_than_a_screen_is_wide(span, least):
    each = width(span, least)
    assert each >= least
    assert span // each + 2 <= BUCKETS
    assert str(each).rstrip("0") in ("1", "2", "5")
    smaller = {"1": each // 2, "2": each // 2, "5": each * 2 // 5}[str(each).rstrip("0")]
    assert smaller < least or span // max(smaller, 1) + 2 > BUCKETS, "it could have been finer"


def test_latencies_by_time():
    points = [(-50_000, 10_000), (0, 4000), (10_000, 2000), (20_000, 9000), (350_000, 1000)]
    assert latencies(points, 0, 400_000) == [[-0.1, 10.0, 10.0], [0.0, 4.0, 9.0], [0.3, 1.0, 1.0]]


def test_an_outage_is_a_row_of_zeros():
    times = [-500_000, -1, 0, 1, 3_999_999]
    assert per_second(times, 0, -1_200_000, 4_500_000) == [
        [-2.0, 0.0],
        [-1.0, 2.0],
        [0.0, 2.0],
        [1.0, 0.0],
        [2.0, 0.0],
        [3.0, 1.0],
        [4.0, 0.0],
    ]


POINTS = st.lists(st.tuples(st.integers(-(10**10), 10**10), st.integers(0, 10**7)), min_size=1)


@given(POINTS, st.integers(-(10**10), 10**10))
def test_nothing_gets_lost_on_the_way_to_a_series(points, zero):
    begins = [began for began, _took in points]
    first, last = min(begins), max(begins)
    found = latencies(points, zero, last - first)
    assert max(row[2] for row in found) == max(took for _began, took in points) / 1000
    assert [row[0] for row in found] == sorted({row[0] for row in found})
    assert len(found) <= BUCKETS
    counts = per_second(begins, zero, first, last)
    each = width(last - first, 1_000_000)
    assert sum(row[1] for row in counts) * each / 1e6 == pytest.approx(len(points))
    assert len(counts) <= BUCKETS
    assert counts[0][0] * 1e6 <= first - zero < counts[0][0] * 1e6 + each
