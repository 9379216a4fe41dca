# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outages import Span, class_seconds, outages, rto_seconds
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, Writes
from ansible_collections.pikube.stateful.tests.unit.failover_histories import STEP, concurrent, histories
from hypothesis import given, settings
from hypothesis import strategies as st


def tries(*kinds, writer=1, start=0):
    """Attempts one after the other, a second each, which end after half of it."""
    events = []
    for turn, kind in enumerate(kinds):
        begin = (start + turn) * 1_000_000
        events.append(Event(begin, INTENT, writer, turn + 1, "sum"))
        if kind:
            events.append(Event(begin + 500_000, kind, writer, turn + 1, "refused" if kind == FAILED else "-"))
    return events


@pytest.mark.parametrize(
    ("kinds", "lost", "seconds"),
    [
        pytest.param((ACKED, ACKED, ACKED), (), 0.0, id="no fault, no outage"),
        pytest.param((ACKED, FAILED, ACKED), (), 1.5, id="one attempt failed"),
        pytest.param((ACKED, FAILED, UNKNOWN, FAILED, ACKED, ACKED), (), 3.5, id="three in a row"),
        pytest.param((ACKED, FAILED, ACKED, FAILED, FAILED, ACKED), (), 2.5, id="the longer one of two"),
        pytest.param((ACKED, FAILED, ACKED, FAILED), (), None, id="it did not end"),
        pytest.param((ACKED, FAILED, ACKED, ACKED), {(1, 3)}, 2.5, id="an acknowledgement that was lost ends nothing"),
        pytest.param((ACKED, ACKED, ACKED), {(1, 2)}, 1.5, id="a lost one is an outage that nobody saw"),
        pytest.param((ACKED, None, ACKED), (), 1.5, id="an attempt that nobody saw the end of"),
        pytest.param((), (), 0.0, id="nothing at all"),
    ],
)
def test_the_longest_time_without_a_write_that_stays(kinds, lost, seconds):
    assert rto_seconds(outages(Writes.of(tries(*kinds)), lost)) == seconds


def test_an_answer_to_an_earlier_attempt_ends_nothing():
    slow = [Event(0, INTENT, 2, 1, "sum"), Event(1_600_000, ACKED, 2, 1)]
    events = sorted([*slow, *tries(FAILED, FAILED, ACKED, start=1)], key=lambda event: event.at)
    assert rto_seconds(outages(Writes.of(events))) == 2.5


def test_how_the_attempts_ended():
    found = outages(Writes.of(tries(ACKED, FAILED, UNKNOWN, FAILED, ACKED)))
    assert [dict(outage.classes) for outage in found] == [{"refused": 2, "unknown": 1}]


@given(histories())
@settings(max_examples=200)
def test_every_attempt_that_was_not_acknowledged_is_in_an_outage(history):
    found, now = outages(Writes.of(history.events)), history.events[-1].at
    bad = [event.at for event in history.events if event.kind == FAILED]
    assert all(any(outage.begin <= at <= (now if outage.end is None else outage.end) for outage in found) for at in bad)
    assert all(outage.seconds(now) >= STEP / 1e6 or outage.end is None for outage in found)


@given(histories(outcomes=(ACKED,)))
def test_a_run_without_a_fault_has_none(history):
    assert rto_seconds(outages(Writes.of(history.events))) == 0.0


def simply(events, lost):
    """The same by going through the events one after the other, acknowledgements first."""
    writes = Writes.of(events)
    good = {write: writes.kinds[writes.place(*write)] == CODES[ACKED] and write not in lost for write in {event[2:4] for event in events}}
    ends = {event[2:4]: event.at for event in events if event.kind == ACKED}
    begins = {event[2:4]: event.at for event in events if event.kind == INTENT}
    steps = [(at, 0, write) for write, at in ends.items() if good[write]]
    steps = sorted(steps + [(at, 1, write) for write, at in begins.items() if not good[write]])
    found, begin = [], None
    for at, beginning, write in steps:
        if beginning:
            begin = at if begin is None else begin
        elif begin is not None and begins[write] >= begin:
            found.append((begin, at))
            begin = None
    return found if begin is None else [*found, (begin, None)]


@given(concurrent(), st.data())
@settings(max_examples=300, deadline=None)
def test_many_writers_at_once(history, data):
    acked = sorted({(event.writer, event.number) for event in history.events if event.kind == ACKED})
    lost = data.draw(st.sets(st.sampled_from(acked))) if acked else set()
    found = outages(Writes.of(history.events), lost)
    assert [outage[:2] for outage in found] == simply(history.events, lost)
    now = history.events[-1].at
    assert sum(class_seconds(found, now).values()) == pytest.approx(sum(max(0, outage.seconds(now)) for outage in found))
    for outage in found:
        assert outage.spans[0].begin == outage.begin
        assert [span.end for span in outage.spans] == [*(span.begin for span in outage.spans[1:]), outage.end]
        assert all(one.what != other.what for one, other in zip(outage.spans, outage.spans[1:]))


def test_what_a_client_meets_changes():
    events = [
        *(Event(at, INTENT, at, 1, "sum") for at in (1, 2, 3, 4, 5, 6, 7)),
        Event(8, UNKNOWN, 1, 1, "hung"),
        Event(8, FAILED, 2, 1, "hung:57014"),
        Event(8, FAILED, 3, 1, "refused:57P03"),
        Event(8, FAILED, 4, 1, "read-only:25006"),
        Event(8, ACKED, 5, 1, "10.1.2.3"),
        Event(9, ACKED, 6, 1, "10.1.2.3"),
    ]
    [one] = outages(Writes.of(events), [(5, 1)])
    assert one.spans == (Span(1, 3, "hung"), Span(3, 4, "refused"), Span(4, 5, "read-only"), Span(5, 7, "lost"), Span(7, 9, "hung"))
    assert one.classes == {"hung": 3, "refused": 1, "read-only": 1, "lost": 1}


@pytest.mark.parametrize(
    ("fault_at", "seconds"),
    [
        pytest.param(None, 2.5, id="no fault: the longest of all"),
        pytest.param(5_000_000, 1.5, id="one that was over before the fault is none of it"),
        pytest.param(3_000_000, 2.5, id="one that was under way counts whole"),
        pytest.param(9_000_000, 0.0, id="all were over"),
    ],
)
def test_the_outage_of_the_fault(fault_at, seconds):
    found = outages(Writes.of(tries(ACKED, FAILED, FAILED, ACKED, ACKED, FAILED, ACKED)))
    assert rto_seconds(found, fault_at) == seconds
