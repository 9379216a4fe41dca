# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.anomalies import stalled, stalls, two_primaries
from ansible_collections.pikube.stateful.tests.unit.failover_watches import (
    DRAIN,
    FENCED,
    KILLED,
    LOST,
    NODES,
    NOTHING,
    POWER_OFF,
    WHOLE,
    at,
    node,
    pod,
    stream,
)
from hypothesis import given, settings
from hypothesis import strategies as st

GRACE = 50.0


def found(observations, ended=None):
    """[(node, seconds of begin and end)]"""
    rows = stalls(observations, GRACE, at(ended) if ended else observations[-1].at)
    return [(stall.node, round((stall.begin - at(0)) / 1e6), round((stall.end - at(0)) / 1e6)) for stall in rows]


@pytest.mark.parametrize(
    "observations",
    [
        pytest.param(POWER_OFF, id="a lost host that was noticed"),
        pytest.param(FENCED, id="one that was fenced"),
        pytest.param(DRAIN, id="a drain"),
        pytest.param(KILLED, id="a killed server"),
        pytest.param(NOTHING, id="no fault"),
        pytest.param([], id="nothing seen"),
    ],
)
def test_a_control_plane_that_works(observations):
    assert stalled(observations, GRACE, at(200)) == ""


def test_a_lost_node_that_stays_ready():
    seen = stream(until=200.0, silent="pi01", silence=(0.0, 999.0))
    assert found(seen, 200.0) == [("pi01", 72, 200)]
    assert stalled(seen, GRACE, at(200)).startswith("pi01 was Ready 208 s after the last renewal of its Lease")


def test_one_that_is_noticed_late():
    seen = stream((120.0, "Node", "pi01", LOST), until=200.0, silent="pi01", silence=(0.0, 999.0))
    assert found(seen) == [("pi01", 72, 120)]


def test_one_that_is_noticed_just_in_time():
    seen = stream((71.0, "Node", "pi01", LOST), until=200.0, silent="pi01", silence=(0.0, 999.0))
    assert found(seen) == []


def test_a_node_that_is_back_and_stays_not_ready():
    seen = stream((50.0, "Node", "pi01", LOST), until=300.0, silent="pi01", silence=(0.0, 100.0))
    assert found(seen, 300.0) == [("pi01", 182, 300)]
    assert "renewed its Lease for" in stalled(seen, GRACE, at(300))


def test_one_that_is_back_soon_enough():
    seen = stream((50.0, "Node", "pi01", LOST), (170.0, "Node", "pi01", node()), until=300.0, silent="pi01", silence=(0.0, 100.0))
    assert found(seen) == []


def test_one_that_was_not_ready_for_a_while_without_a_silence():
    assert found(stream((50.0, "Node", "pi01", LOST), (125.0, "Node", "pi01", node()), until=200.0)) == []


def test_one_that_fell_silent_once_more_is_counted_from_its_last_return():
    seen = stream((50.0, "Node", "pi01", LOST), (220.0, "Node", "pi01", node()), until=300.0, silent="pi01", silence=(60.0, 150.0))
    assert found(seen) == []


def test_a_changed_reason_does_not_begin_it_anew():
    rows = [(50.0, LOST), (150.0, {**LOST, "reason": "other"})]
    seen = stream(*((seconds, "Node", "pi01", state) for seconds, state in rows), until=300.0, silent="pi01", silence=(0.0, 100.0))
    assert [row[:2] for row in found(seen)] == [("pi01", 182)]


def test_an_api_that_nobody_reaches_is_no_stall():
    seen = [one for one in stream(until=200.0) if one.kind != "Lease" or not at(0) < one.at < at(190)]
    assert found(seen) == []


def test_a_deleted_node_is_none_that_stays_ready():
    seen = stream((60.0, "Node", "pi01", None), until=200.0, silent="pi01", silence=(0.0, 999.0))
    assert found(seen) == []


@given(st.sampled_from(NODES), st.floats(0, 60), st.floats(85, 300))
@settings(max_examples=60, deadline=None)
def test_each_silence_beyond_grace_and_slack_of_a_ready_node_is_found(name, begin, seconds):
    seen = stream(until=420.0, silent=name, silence=(begin, begin + seconds))
    rows = found(seen)
    renewals = [one.at for one in seen if one.kind == "Lease" and one.name == name]
    longest = max(later - one for one, later in zip(renewals, renewals[1:], strict=False)) / 1e6
    # Its end may come before another node was seen to renew.
    assert [row[0] for row in rows] == ([name] if longest > 80 else [])


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        pytest.param([], [], id="one primary"),
        pytest.param([(5, "main-2", pod(2, "primary"))], [5.0], id="two until the end"),
        pytest.param([(5, "main-2", pod(2, "primary")), (7.5, "main-1", pod(1))], [2.5], id="two for a while"),
        pytest.param([(5, "main-1", pod(1)), (7, "main-2", pod(2, "primary"))], [], id="one after the other"),
        pytest.param([(5, "main-1", pod(1, "primary", ready=False)), (7, "main-2", pod(2, "primary"))], [], id="the label of a lost one"),
        pytest.param([(5, "main-1", pod(1, "primary", deleting="soon")), (7, "main-2", pod(2, "primary"))], [], id="one on its way out"),
        pytest.param([(5, "main-1", None), (7, "main-2", pod(2, "primary"))], [], id="one that is gone"),
        pytest.param(
            [(5, "main-2", pod(2, "primary")), (6, "main-2", pod(2)), (8, "main-3", pod(3, "primary")), (9, "main-1", pod(1))],
            [1.0, 1.0],
            id="two times",
        ),
    ],
)
def test_two_primaries(rows, seconds):
    seen = stream(*((when, "Pod", name, state) for when, name, state in rows), before=WHOLE, until=9.0)
    both = two_primaries(seen, at(10))
    assert [row["seconds"] for row in both] == pytest.approx(seconds, abs=0.001)
    assert all(len(row["pods"]) == 2 and row["from"] < row["to"] for row in both)


@pytest.mark.parametrize("observations", [POWER_OFF, FENCED, DRAIN, KILLED, NOTHING])
def test_no_run_has_two_primaries(observations):
    assert two_primaries(observations, at(200)) == []
