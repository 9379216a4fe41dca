# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_scale import Scale, columns, fits, spacing, ticks
from hypothesis import given
from hypothesis import strategies as st

SCALE = Scale((-10.0, 30.0), 100.0, 500.0)


@pytest.mark.parametrize(
    ("begin", "end", "part"),
    [
        pytest.param(0.0, 10.0, (200.0, 100.0), id="inside"),
        pytest.param(-50.0, 0.0, (100.0, 100.0), id="from before"),
        pytest.param(20.0, 90.0, (400.0, 100.0), id="beyond"),
        pytest.param(20.0, None, (400.0, 100.0), id="without an end"),
        pytest.param(-90.0, 90.0, (100.0, 400.0), id="all of it"),
        pytest.param(5.0, 5.0, (250.0, 0.0), id="a moment"),
        pytest.param(31.0, 40.0, None, id="after it"),
        pytest.param(-40.0, -11.0, None, id="before it"),
        pytest.param(30.0, 40.0, None, id="it begins where the picture ends"),
    ],
)
def test_where_a_span_is_seen(begin, end, part):
    assert SCALE.part(begin, end) == part


@pytest.mark.parametrize(
    ("domain", "most", "found"),
    [
        pytest.param((-20.0, 100.0), 5, [0.0, 30.0, 60.0, 90.0], id="half minutes"),
        pytest.param((-0.35, 0.45), 10, [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4], id="tenths"),
        pytest.param((-60.0, 190.0), 10, [-60.0, -30.0, 0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0], id="a whole run"),
        pytest.param((3.0, 8.0), 5, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0], id="without the fault"),
    ],
)
def test_round_moments(domain, most, found):
    assert ticks(domain, most) == found


@given(st.floats(-1e5, 1e5), st.floats(0.5, 1e6), st.integers(3, 12))
def test_there_are_few_marks_and_all_are_in_the_picture(begin, length, most):
    found = ticks((begin, begin + length), most)
    assert len(found) <= 2 * most + 1
    assert all(begin - 0.001 <= tick <= begin + length + 0.001 for tick in found)


def test_a_pixel_shows_the_largest():
    assert columns([[0.0, 1.0, 5.0], [0.05, 2.0, 4.0], [1.0, 3.0, 3.0], [99.0, 9.0, 9.0]], SCALE) == [[200.0, 2.0, 5.0], [210.0, 3.0, 3.0]]


@given(st.lists(st.tuples(st.floats(-20, 40), st.floats(0, 1e4)), max_size=300))
def test_the_slowest_is_never_lost(rows):
    shown = sorted(rows)
    inside = [figure for at, figure in shown if SCALE.has(at)]
    assert max((row[1] for row in columns(shown, SCALE)), default=None) == max(inside, default=None)


def test_the_usual_space_is_not_that_of_an_outage():
    assert spacing([[0.0], [0.5], [1.0], [60.0], [60.5]]) == 0.5
    assert spacing([[3.0]]) == 1.0


def test_a_label_that_is_too_long_is_left_out():
    assert fits("refused", 60)
    assert not fits("refused", 40)
