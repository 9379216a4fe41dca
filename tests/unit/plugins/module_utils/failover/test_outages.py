# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outages import outages, rto_seconds
from ansible_collections.pikube.stateful.tests.unit.failover_histories import STEP, histories
from hypothesis import given, settings


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
    assert rto_seconds(tries(*kinds), lost) == seconds


def test_an_answer_to_an_earlier_attempt_ends_nothing():
    slow = [Event(0, INTENT, 2, 1, "sum"), Event(1_600_000, ACKED, 2, 1)]
    events = sorted([*slow, *tries(FAILED, FAILED, ACKED, start=1)], key=lambda event: event.at)
    assert rto_seconds(events) == 2.5


def test_how_the_attempts_ended():
    found = outages(tries(ACKED, FAILED, UNKNOWN, FAILED, ACKED))
    assert [dict(outage.classes) for outage in found] == [{"refused": 2, "-": 1}]


@given(histories())
@settings(max_examples=200)
def test_every_attempt_that_was_not_acknowledged_is_in_an_outage(history):
    found, now = outages(history.events), history.events[-1].at
    bad = [event.at for event in history.events if event.kind == FAILED]
    assert all(any(outage.begin <= at <= (now if outage.end is None else outage.end) for outage in found) for at in bad)
    assert all(outage.seconds(now) >= STEP / 1e6 or outage.end is None for outage in found)


@given(histories(outcomes=(ACKED,)))
def test_a_run_without_a_fault_has_none(history):
    assert rto_seconds(history.events) == 0.0
