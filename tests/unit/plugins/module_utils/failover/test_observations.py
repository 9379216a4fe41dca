# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    ADDED,
    BACK,
    DELETED,
    MODIFIED,
    TROUBLE,
    Gap,
    Observation,
    Sights,
    Story,
    line,
    read,
)
from ansible_collections.pikube.stateful.tests.unit.failover_watches import DRAIN, POWER_OFF, at, node, pod
from hypothesis import given
from hypothesis import strategies as st


def test_what_is_written_is_read():
    assert read(line(one) for one in POWER_OFF) == POWER_OFF


def test_a_line_that_was_cut_off_is_left_out():
    lines = [line(one) for one in POWER_OFF[:3]]
    assert read([*lines[:2], lines[2][:-5]]) == POWER_OFF[:2]


@pytest.mark.parametrize("text", ["what\n", "[1]\n", '{"at": 1}\n', "\n"])
def test_a_line_that_is_none_is_refused(text):
    with pytest.raises(FailoverError, match="line 2 is no observation") as problem:
        read([line(POWER_OFF[0]), text, line(POWER_OFF[1])])
    assert problem.value.facts == {"line": 2}


READY, LOST = {"ready": "True"}, {"ready": "Unknown"}


@pytest.mark.parametrize(
    ("tellings", "noted"),
    [
        pytest.param([("u", "5", ADDED, READY)], [(ADDED, READY)], id="what is there"),
        pytest.param([("u", "5", ADDED, READY), ("u", "6", MODIFIED, READY)], [(ADDED, READY)], id="a change that means nothing"),
        pytest.param([("u", "5", ADDED, READY), ("u", "6", MODIFIED, LOST)], [(ADDED, READY), (MODIFIED, LOST)], id="a change"),
        pytest.param([("u", "5", ADDED, READY), ("u", "5", ADDED, READY)], [(ADDED, READY)], id="told again by a watch that began anew"),
        pytest.param(
            [("u", "5", ADDED, READY), ("u", "9", ADDED, LOST)], [(ADDED, READY), (MODIFIED, LOST)], id="changed while no watch ran"
        ),
        pytest.param(
            [("u", "5", ADDED, READY), ("u", "9", MODIFIED, LOST), ("u", "7", MODIFIED, READY)],
            [(ADDED, READY), (MODIFIED, LOST)],
            id="the past, of a server that lags behind",
        ),
        pytest.param(
            [("u", "5", ADDED, READY), ("u", "9", DELETED, READY), ("u", "5", ADDED, READY)],
            [(ADDED, READY), (DELETED, READY)],
            id="what is gone does not come back",
        ),
        pytest.param(
            [("u", "5", ADDED, READY), ("u", "5", DELETED, READY), ("u", "5", ADDED, READY)],
            [(ADDED, READY), (DELETED, READY), (ADDED, READY)],
            id="unless it never was gone, but not in a list",
        ),
        pytest.param(
            [("u", "5", ADDED, READY), ("v", "9", ADDED, READY)],
            [(ADDED, READY), (DELETED, READY), (ADDED, READY)],
            id="another object of the same name",
        ),
        pytest.param(
            [("u", "5", ADDED, READY), ("v", "9", ADDED, LOST), ("u", "10", DELETED, READY)],
            [(ADDED, READY), (DELETED, READY), (ADDED, LOST)],
            id="the end of the one before",
        ),
        pytest.param([("u", "5", DELETED, READY)], [], id="the end of what nobody knew"),
        pytest.param(
            [("u", "a", ADDED, READY), ("u", "b", MODIFIED, LOST)], [(ADDED, READY), (MODIFIED, LOST)], id="versions that are no numbers"
        ),
    ],
)
def test_only_news_is_noted(tellings, noted):
    sights = Sights()
    assert [row for telling in tellings for row in sights.told("pi01", *telling)] == noted


def test_a_list_tells_what_is_gone():
    sights = Sights()
    for name in ("a", "b"):
        sights.told(name, name, "1", ADDED, READY)
    assert sights.listed({"b", "c"}) == [("a", READY)]
    assert sights.listed({"b"}) == []


@given(st.lists(st.tuples(st.sampled_from("uv"), st.integers(1, 9), st.sampled_from((ADDED, MODIFIED, DELETED)), st.sampled_from("xy"))))
def test_deletions_and_additions_take_turns(tellings):
    sights, there, last = Sights(), False, None
    for uid, version, change, state in tellings:
        for kind, _what in sights.told("n", uid, str(version), change, {"s": state, "uid": uid}):
            assert (kind == ADDED) != there
            there = kind != DELETED
            assert kind != MODIFIED or _what != last
            last = _what


def test_how_things_were_at_a_time():
    story = Story(POWER_OFF)
    assert story.state("Node", "pi01", at(49))["ready"] == "True"
    assert story.state("Node", "pi01", at(51))["ready"] == "Unknown"
    assert story.state("Node", "pi01")["ready"] == "True"
    assert story.state("Node", "pi01", at(-31)) == {}
    assert story.state("Pod", "main-1", at(153.5)) == {}
    assert story.state("Node", "pi09") == {}
    assert story.names("Pod") == ["main-1", "main-2", "main-3"]


@pytest.mark.parametrize(
    ("seconds", "primary"),
    [
        pytest.param(0, ("main-1", "pi01"), id="before"),
        pytest.param(55, ("", ""), id="while there is none"),
        pytest.param(100, ("main-2", "pi02"), id="afterwards"),
        pytest.param(None, ("main-2", "pi02"), id="at the end"),
    ],
)
def test_the_primary(seconds, primary):
    assert Story(POWER_OFF).primary(None if seconds is None else at(seconds)) == primary


def test_first_is_a_change_and_no_state():
    story = Story(DRAIN)
    assert story.first("Node", "pi01", at(0), lambda state: state["cordoned"]).at == pytest.approx(at(0.1), abs=100)
    assert story.first("Node", "pi01", at(0.2), lambda state: state["cordoned"]) is None


@pytest.mark.parametrize(
    ("rows", "node"),
    [
        pytest.param([("Leader", "kube-scheduler", {"holder": "pi02_0a1b"})], "pi02", id="a part of Kubernetes is named by its node"),
        pytest.param(
            [("Operator", "op-1", {"node": "pi03"}), ("Leader", "kube-scheduler", {"holder": "op-1_0a1b"})],
            "pi03",
            id="an operator by its pod",
        ),
        pytest.param([("Pod", "main-2", pod(2)), ("Leader", "kube-scheduler", {"holder": "main-2"})], "pi02", id="a server by its pod"),
        pytest.param([("Leader", "kube-scheduler", {"holder": ""})], "", id="nobody"),
    ],
)
def test_where_a_leader_is(rows, node):
    story = Story(Observation(at(turn), kind, name, ADDED, state) for turn, (kind, name, state) in enumerate(rows))
    assert story.leaders() == {"kube-scheduler": node}


def watch(seconds, change, heard=None):
    return Observation(at(seconds), "Watch", "Node", change, {} if heard is None else {"heard": at(heard)})


@pytest.mark.parametrize(
    ("told", "gaps"),
    [
        pytest.param([], [], id="none"),
        pytest.param([watch(1, TROUBLE), watch(3, BACK)], [Gap(at(1), at(3))], id="one"),
        pytest.param([watch(1, TROUBLE), watch(2, TROUBLE), watch(3, BACK)], [Gap(at(1), at(3))], id="told twice"),
        pytest.param(
            [watch(1, TROUBLE), watch(3, BACK), watch(5, TROUBLE)], [Gap(at(1), at(3)), Gap(at(5), None)], id="one without an end"
        ),
        pytest.param([watch(3, BACK)], [], id="an end alone"),
        pytest.param([watch(21, TROUBLE, 4), watch(22, BACK)], [Gap(at(4), at(22))], id="from when it last heard"),
    ],
)
def test_gaps(told, gaps):
    assert Story(told).gaps("Node") == gaps


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from((ADDED, MODIFIED, DELETED)), st.sampled_from(("True", "Unknown")))))
def test_a_story_holds_changes_alone(rows):
    history = Story([Observation(when, "Node", "pi01", change, node(ready)) for when, change, ready in rows]).history("Node", "pi01")
    for one, other in zip(history, history[1:], strict=False):
        assert one.at <= other.at
        assert (one.change == DELETED, one.state) != (other.change == DELETED, other.state) or one.change != other.change
