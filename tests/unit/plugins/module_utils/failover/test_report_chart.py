# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_chart import chart, close, numbered, whole
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports
from hypothesis import given, settings
from hypothesis import strategies as st

REPORTS = reports()
MILESTONES = st.lists(st.one_of(st.none(), st.floats(-60, 190)), max_size=25)


def drawn(report, domain=(-20.0, 90.0), narrow=False):
    return ElementTree.fromstring(chart(report, "x", domain, narrow))  # noqa: S314 - our own text


def words(picture):
    return ["".join(each.itertext()) for each in picture.iter("text")]


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", REPORTS)
def test_it_is_well_formed_and_says_what_it_shows(name, narrow):
    picture = drawn(REPORTS[name], whole(REPORTS[name]), narrow)
    assert picture.get("role") == "img"
    assert [picture.find(kind).get("id") for kind in ("title", "desc")] == picture.get("aria-labelledby").split()
    assert "acknowledged rows" in picture.find("desc").text


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_drawn_outside(name, narrow):
    picture = drawn(REPORTS[name], whole(REPORTS[name]), narrow)
    _x, _y, width, height = map(float, picture.get("viewBox").split())
    for each in [each for each in picture.iter("rect") if each.get("x")]:
        assert 0 <= float(each.get("x")) <= float(each.get("x")) + float(each.get("width")) <= width + 1.5
        assert 0 <= float(each.get("y")) + float(each.get("height")) <= height
    assert all(0 <= float(each.get("y")) <= height for each in picture.iter("text"))


@given(MILESTONES, st.booleans())
@settings(max_examples=60, deadline=None)
def test_numbers_of_milestones_never_cover_each_other(times, narrow):
    steps = [{"id": str(turn), "what": "x", "at": at, "because": ""} for turn, at in enumerate(times)]
    picture = drawn({**REPORTS["pass"], "milestones": steps}, (-60.0, 190.0), narrow)
    places = [(float(each.get("cx")), float(each.get("cy"))) for each in picture.iter("circle") if each.get("class") == "flag"]
    assert len(places) == sum(at is not None for at in times)
    for turn, (x, y) in enumerate(places):
        assert all(abs(x - other) >= 18 or abs(y - lower) >= 18 for other, lower in places[:turn])


def test_milestones_are_numbered_in_the_order_of_their_time():
    found = numbered(REPORTS["pass"])
    assert [(number, step["id"]) for number, step in found][:3] == [(1, "lease_stops"), (2, "last_ack"), (3, "fault_injected")]
    assert found[-1][0] is None
    assert found[-1][1]["id"] == "pod_gone"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        pytest.param("pass", (-12.268, 79.745), id="an outage in a long run"),
        pytest.param("split-brain", (-18.2, 118.3), id="two outages"),
        pytest.param("unknown", None, id="an outage without an end"),
        pytest.param("null", None, id="no outage"),
    ],
)
def test_what_is_close_to_the_outage(name, near):
    found = close(REPORTS[name])
    assert found == near or [round(each, 3) for each in found] == list(near)


def test_the_whole_run_is_from_the_steady_load_to_the_end_of_the_restore():
    assert whole(REPORTS["pass"]) == (-60.0, 186.0)


def test_a_run_that_was_cut_off_is_shown_as_far_as_it_came():
    report = {**REPORTS["pass"], "phases": [{"id": "steady", "from": -60.0, "to": 0.0}, {"id": "outage", "from": 0.0, "to": None}]}
    assert whole(report) == (-60.0, 189.0)
    assert whole({**report, "phases": [], "series": {"latency": [], "acknowledged": []}}) == (-1.0, 1.0)


def test_the_fault_and_the_outage_are_named_in_the_picture():
    said = words(drawn(REPORTS["pass"]))
    assert {"fault", "no writes for 61.3 s", "hung", "refused", "unreachable", "primary, main-2, timeline 4", "median", "slowest"} <= {
        *said, *(text.split(",")[0] for text in said)
    }  # fmt: skip
    assert "fault" not in words(drawn(REPORTS["null"], (-10.0, 60.0)))


def test_three_ways_of_taking_no_writes_are_told_apart_without_colour():
    text = chart(REPORTS["split-brain"], "x", (-20.0, 100.0), True)
    assert text.count("url(#x-hung)") == 1
    assert text.count("url(#x-dots)") == 1


def test_a_long_name_of_a_lane_is_cut_beside_it_and_whole_above_it():
    lane = {**REPORTS["pass"]["lanes"][1], "name": "a-node-with-quite-a-name.example.org"}
    report = {**REPORTS["pass"], "lanes": [lane]}
    assert "node a-node-with-qu\N{HORIZONTAL ELLIPSIS}" in words(drawn(report))
    assert "node a-node-with-quite-a-name.example.org" in words(drawn(report, narrow=True))


def test_a_hostile_name_stays_a_name():
    span = {"from": -60.0, "to": 180.0, "state": "<b>&", "label": '"><script>'}
    report = {**REPORTS["pass"], "lanes": [{"group": "pod", "name": "</svg>", "spans": [span]}]}
    assert '<b>&, "><script>' in words(drawn(report))


def test_no_line_goes_across_an_outage():
    path = next(each.get("d") for each in drawn(REPORTS["pass"]).iter("path") if each.get("class") == "p50")
    starts = [float(each) for each in re.findall(r"M([\d.]+) ", path)]
    assert len(starts) == 2
