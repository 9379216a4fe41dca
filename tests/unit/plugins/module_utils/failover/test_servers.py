# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.servers import Overlap, Server, servers, two_writers
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import Writes
from ansible_collections.pikube.stateful.tests.unit.failover_histories import concurrent
from hypothesis import given, settings


def acks(*names, took=5):
    """One write after the other, ten microseconds each."""
    events = []
    for number, name in enumerate(names, 1):
        events += [Event(number * 10, INTENT, 1, number, "sum"), Event(number * 10 + took, ACKED, 1, number, name)]
    return Writes.of(events)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param("AAA", [], id="one server"),
        pytest.param("AABB", [], id="a fail-over"),
        pytest.param("AABBCC", [], id="two of them"),
        pytest.param("AABA", [("A", "B")], id="the old one came back and took a write"),
        pytest.param("ABAB", [("A", "B")], id="by turns, which one pair says"),
        pytest.param("ABCA", [("A", "B"), ("A", "C")], id="two newer ones"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_two_that_take_writes_by_turns(names, found):
    assert [overlap[:2] for overlap in two_writers(servers(acks(*names)))] == found


def test_when_they_did():
    assert two_writers(servers(acks("A", "B", "A", "A"))) == [Overlap("A", "B", 25, 45)]


def test_an_answer_that_came_late_is_of_a_write_that_was_taken_before():
    late = [Event(1, INTENT, 2, 1, "sum"), Event(15, INTENT, 2, 2, "sum"), Event(12, ACKED, 2, 1, "A"), Event(99, ACKED, 2, 2, "A")]
    took = [Event(40, INTENT, 1, 1, "sum"), Event(45, ACKED, 1, 1, "B")]
    found = servers(Writes.of([*late, *took]))
    assert found == {"A": Server(12, 99, 15, 2), "B": Server(45, 45, 40, 1)}
    assert two_writers(found) == []


def test_who_is_not_named_is_not_counted():
    assert servers(acks("-", "A", "-")) == {"A": Server(25, 25, 20, 1)}


def test_what_was_not_acknowledged_is_not_counted():
    assert servers(Writes.of([Event(1, FAILED, 1, 1, "refused"), Event(2, UNKNOWN, 1, 2, "A")])) == {}


def simply(events):
    """Whether there are three acknowledgements of two servers in this order, the third of an attempt that began after the second."""
    began = {event[2:4]: event.at for event in events if event.kind == INTENT}
    taken = [(event.at, began[event[2:4]], event.detail) for event in events if event.kind == ACKED and event.detail != "-"]
    return {
        (first[2], second[2])
        for first in taken
        for second in taken
        for third in taken
        if first[2] == third[2] != second[2] and first[0] < second[0] < third[1]
    }


@given(concurrent())
@settings(max_examples=300, deadline=None)
def test_no_turn_is_missed_and_none_is_made_up(history):
    found, there = {overlap[:2] for overlap in two_writers(servers(Writes.of(history.events)))}, simply(history.events)
    assert found <= there
    # What overlaps only by an answer that came late may be left out; a pair that took turns for certain may not.
    first = {}
    for event in history.events:
        if event.kind == ACKED:
            first.setdefault(event.detail, event.at)
    assert found == {
        (older, newer) for older, newer in there if first[older] < first[newer] and _again(history.events, older, first[newer])
    }


def _again(events, name, after):
    began = {event[2:4]: event.at for event in events if event.kind == INTENT}
    return any(event.kind == ACKED and event.detail == name and began[event[2:4]] > after for event in events)
