# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.anomalies import Stall
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lanes import lanes
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import BACK, TROUBLE, Observation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outages import Outage, Span
from ansible_collections.pikube.stateful.tests.unit.failover_watches import DRAIN, NOTHING, POWER_OFF, SINGLE, at
from hypothesis import given, settings
from hypothesis import strategies as st


def outage(*spans):
    """spans: (what, begin, end) in seconds."""
    made = tuple(Span(at(begin), None if end is None else at(end), what) for what, begin, end in spans)
    return Outage(made[0].begin, made[-1].end, {}, made)


def drawn(observations, outages=(), began=-25.0, ended=190.0, **options):
    """{(group, name): [(seconds of begin and end, state, label)]}"""

    def seconds(moment):
        return round((moment - at(0)) / 1e6, 1)

    return {
        (lane["group"], lane["name"]): [(seconds(one["from"]), seconds(one["to"]), one["state"], one["label"]) for one in lane["spans"]]
        for lane in lanes(observations, outages, at(began), at(ended), **options)
    }


def test_a_lost_host():
    found = drawn(POWER_OFF, [outage(("hung", 0.1, 20.0), ("refused", 20.0, 73.1))])
    assert found["client", "writes"] == [
        (-25.0, 0.1, "ok", ""),
        (0.1, 20.0, "hung", ""),
        (20.0, 73.1, "refused", ""),
        (73.1, 190.0, "ok", ""),
    ]
    assert found["node", "pi01"] == [
        (-25.0, 50.0, "ready", ""),
        (50.0, 152.0, "unreachable", "NodeStatusUnknown"),
        (152.0, 190.0, "ready", ""),
    ]
    assert found["pod", "main-1"] == [
        (-25.0, 50.1, "primary", "pi01"),
        (50.1, 60.2, "not ready", "pi01"),
        (60.2, 153.0, "terminating", "pi01"),
        (154.0, 158.0, "starting", "pi01"),
        (158.0, 170.0, "not ready", "pi01"),
        (170.0, 190.0, "replica", "pi01"),
    ]
    assert found["volume", "main-1"] == [(-25.0, 190.0, "bound", "pi01")]
    assert found["postgres", "main"] == [
        (-25.0, 56.0, "primary", "main-1, timeline 1"),
        (56.0, 73.0, "electing", "Failing over"),
        (73.0, 190.0, "primary", "main-2, timeline 2"),
    ]
    assert found["postgres", "service main-outside"] == [
        (-25.0, 50.3, "serves", "main-1"),
        (50.3, 72.8, "no server", ""),
        (72.8, 190.0, "serves", "main-2"),
    ]


def test_a_drain_shows_the_cordon():
    assert [row[2] for row in drawn(DRAIN, ended=60.0)["node", "pi01"]] == ["ready", "cordoned", "ready"]


def test_a_server_alone():
    found = drawn(SINGLE, ended=100.0)
    assert found["postgres", "main-0"] == [(-25.0, 50.1, "primary", "pi01"), (88.0, 100.0, "primary", "pi02")]
    assert found["volume", "csi-1"] == [(-25.0, 71.0, "attached", "pi01")]
    assert found["volume", "csi-2"] == [(72.0, 75.0, "attaching", "pi02"), (75.0, 100.0, "attached", "pi02")]


def test_groups_come_in_the_order_of_the_picture():
    groups = [lane["group"] for lane in lanes(POWER_OFF, (), at(-25), at(190))]
    assert list(dict.fromkeys(groups)) == ["client", "node", "pod", "volume", "postgres"]


def test_an_outage_that_did_not_end():
    found = drawn(NOTHING, [outage(("refused", 2.0, 3.0)), outage(("hung", 5.0, None))], ended=9.0)
    assert [row[:3] for row in found["client", "writes"]] == [
        (-25.0, 2.0, "ok"),
        (2.0, 3.0, "refused"),
        (3.0, 5.0, "ok"),
        (5.0, 9.0, "hung"),
    ]


def test_what_must_not_be_has_lanes_of_its_own():
    stall = Stall("pi01", at(72), at(120), "pi01 was Ready too long")
    both = [{"pods": ["main-1", "main-2"], "from": at(80), "to": at(300), "seconds": 220.0}]
    found = drawn(POWER_OFF, stalls=[stall], both=both)
    assert found["node", "control plane"] == [(72.0, 120.0, "stalled", "pi01 was Ready too long")]
    assert found["postgres", "two primaries"] == [(80.0, 190.0, "two primaries", "main-1, main-2")]
    groups = [group for group, _name in found]
    assert groups == sorted(groups, key=["client", "node", "pod", "volume", "postgres"].index)


def test_blind_times_are_shown():
    rows = [(5, "Node", TROUBLE), (8, "Pod", TROUBLE), (9, "Node", BACK), (12, "Pod", BACK), (15, "Pod", TROUBLE)]
    told = [Observation(at(seconds), "Watch", kind, change, {}) for seconds, kind, change in rows]
    assert drawn([*NOTHING, *told], ended=18.0)["node", "not watched"] == [
        (5.0, 8.0, "unseen", "Node"),
        (8.0, 9.0, "unseen", "Node, Pod"),
        (9.0, 12.0, "unseen", "Pod"),
        (15.0, 18.0, "unseen", "Pod"),
    ]


def test_without_observations_the_client_is_left():
    assert list(drawn([])) == [("client", "writes")]


@pytest.mark.parametrize("observations", [POWER_OFF, DRAIN, SINGLE])
@given(data=st.data())
@settings(max_examples=70, deadline=None)
def test_spans_follow_each_other_within_the_time(observations, data):
    began = data.draw(st.floats(-40, 150))
    ended = began + data.draw(st.floats(0.1, 100))
    cuts = sorted(data.draw(st.lists(st.floats(-40, 250), max_size=6)))
    outages = [outage(("refused", begin, end)) for begin, end in zip(cuts, cuts[1:], strict=False)]
    for lane in lanes(observations, outages, at(began), at(ended)):
        spans = lane["spans"]
        assert all(at(began) <= one["from"] < one["to"] <= at(ended) for one in spans)
        assert all(one["to"] <= other["from"] for one, other in zip(spans, spans[1:], strict=False))
        assert all(
            (one["to"], one["state"], one["label"]) != (other["from"], other["state"], other["label"])
            for one, other in zip(spans, spans[1:], strict=False)
        )
    client = lanes(observations, outages, at(began), at(ended))[0]["spans"]
    assert sum(one["to"] - one["from"] for one in client) == at(ended) - at(began)
