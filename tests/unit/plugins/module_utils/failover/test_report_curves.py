# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_chart import Picture
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_curves import latency, rates
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_scale import Scale

OUTAGE = [{"from": 10.0, "to": 50.0, "seconds": 40.0}]


def picture(narrow=False):
    return Picture("x", Scale((0.0, 60.0), 132.0, 732.0), narrow)


def texts(drawn):
    return re.findall(r">([^<]+)</text>", "\n".join(drawn.lines))


def path(drawn, kind):
    return next(re.findall(r'd="([^"]+)"', line)[0] for line in drawn.lines if f'class="{kind}"' in line)


def test_the_most_writes_of_a_second_are_said():
    drawn = picture()
    rates(drawn, [[second, 100.0 + second % 3] for second in range(60)], [])
    assert texts(drawn) == ["acknowledged writes per second", "102", "0"]


def test_the_curve_stays_in_the_picture():
    drawn = picture()
    rates(drawn, [[second - 0.5, 100.0] for second in range(70)], [])
    across = [float(each) for each in re.findall(r"[MH]([\d.]+)", path(drawn, "rate"))]
    assert (min(across), max(across)) == (132.0, 732.0)


@pytest.mark.parametrize(
    ("end", "text"), [(50.0, "no writes for 40.0 s"), (None, "no writes until the end")], ids=["it ended", "it did not end"]
)
def test_a_hole_says_how_long_it_was(end, text):
    drawn = picture()
    rates(drawn, [[second, 100.0] for second in range(10)], [{**OUTAGE[0], "to": end}])
    assert text in texts(drawn)


def test_a_hole_without_room_says_nothing():
    drawn = picture()
    rates(drawn, [[0.0, 100.0]], [{"from": 10.0, "to": 10.2, "seconds": 0.2}])
    assert len(texts(drawn)) == 3


def test_decades_are_marked_from_the_fastest_median_to_the_slowest_write():
    drawn = picture()
    latency(drawn, [[second, 4.0, 900.0] for second in range(60)])
    assert texts(drawn) == ["latency of acknowledged writes", "1 ms", "10 ms", "100 ms", "1.0 s".replace(".0", ""), "slowest", "median"]


@pytest.mark.parametrize("value", [0.0, 0.01, 1.0, 10.0, 60_000.0], ids=str)
def test_any_figure_has_a_place(value):
    drawn = picture()
    latency(drawn, [[second, value, value] for second in range(60)])
    down = [float(each) for each in re.findall(r"[ML][\d.]+ ([\d.]+)", path(drawn, "p50"))]
    assert all(34.0 <= each <= drawn.y for each in down)


def test_a_single_write_is_a_dot():
    drawn = picture()
    latency(drawn, [[1.0, 4.0, 5.0], [1.1, 4.0, 5.0], [1.2, 4.0, 5.0], [40.0, 4.0, 5.0]])
    assert path(drawn, "p50").count("h0") == 2


def test_nothing_acknowledged_is_said():
    drawn = picture()
    latency(drawn, [[-5.0, 4.0, 9.0]])
    assert "no write was acknowledged in this time" in texts(drawn)
