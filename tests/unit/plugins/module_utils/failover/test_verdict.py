# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import (
    FAIL,
    NOT_KNOWN,
    PASS,
    Row,
    judge,
    rpo_seconds,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, Writes
from ansible_collections.pikube.stateful.tests.unit.failover_histories import histories
from hypothesis import assume, given, settings
from hypothesis import strategies as st


@given(histories())
@settings(max_examples=200)
def test_a_server_that_loses_nothing(history):
    found = judge(Writes.of(history.events), history.rows)
    assert found.verdict == (PASS if found.acknowledged else NOT_KNOWN)
    assert (found.lost, found.phantom, found.duplicated, found.damaged, found.disordered) == ((), (), (), (), ())
    assert found.unknown_there == len(history.rows) - found.acknowledged


def one(data, history, kind=ACKED):
    writes = Writes.of(history.events)
    found = [writes.write(place) for place in writes.places(CODES[kind])]
    assume(found)
    return data.draw(st.sampled_from(found))


@given(histories(), st.data())
@settings(max_examples=200)
def test_a_row_that_was_deleted_is_lost(history, data):
    write = one(data, history)
    found = judge(Writes.of(history.events), [row for row in history.rows if row[:2] != write])
    assert (found.lost, found.verdict) == ((write,), FAIL)


@given(histories(), st.data())
@settings(max_examples=200)
def test_an_acknowledgement_that_was_forged_is_lost(history, data):
    write = one(data, history, FAILED)
    found = judge(Writes.of([*history.events, Event(10**9, ACKED, *write)]), history.rows)
    assert (found.lost, found.verdict) == ((write,), FAIL)


@given(histories(), st.data())
@settings(max_examples=200)
def test_a_row_that_is_there_twice(history, data):
    write = one(data, history)
    row = next(row for row in history.rows if row[:2] == write)
    found = judge(Writes.of(history.events), [*history.rows, row])
    assert (found.duplicated, found.verdict) == ((write,), FAIL)


@given(histories(), st.data())
@settings(max_examples=200)
def test_a_row_with_another_checksum(history, data):
    write = one(data, history)
    found = judge(Writes.of(history.events), [row._replace(checksum="other") if row[:2] == write else row for row in history.rows])
    assert (found.damaged, found.lost, found.verdict) == ((write,), (), FAIL)


@given(histories(), st.data())
@settings(max_examples=200)
def test_a_row_that_nobody_wrote_or_that_failed(history, data):
    write = one(data, history, FAILED)
    found = judge(Writes.of(history.events), [*history.rows, Row(*write, f"sum{write[0]}-{write[1]}"), Row(9, 1, "x")])
    assert (found.phantom, found.verdict) == (tuple(sorted([write, (9, 1)])), FAIL)


@given(histories(outcomes=(ACKED,), writers=1, least=2))
def test_rows_in_another_order(history):
    found = judge(Writes.of(history.events), [*history.rows[1:], history.rows[0]])
    assert (found.disordered, found.verdict) == (((1, 1),), FAIL)


@pytest.mark.parametrize(
    ("kind", "disordered"),
    [
        pytest.param(ACKED, ((1, 1),), id="it was acknowledged before the next began"),
        pytest.param(UNKNOWN, (), id="nobody knows when the server came to it"),
        pytest.param(None, (), id="nor whether it ever would"),
    ],
)
def test_a_row_that_comes_late(kind, disordered):
    ends = [Event(2, kind, 1, 1)] if kind else []
    writes = Writes.of([Event(1, INTENT, 1, 1, "s"), *ends, Event(3, INTENT, 1, 2, "s"), Event(4, ACKED, 1, 2)])
    assert judge(writes, [Row(1, 2, "s"), Row(1, 1, "s")]).disordered == disordered


def test_nothing_acknowledged_proves_nothing():
    assert judge(Writes.of([Event(1, INTENT, 1, 1, "s"), Event(2, UNKNOWN, 1, 1)]), []).verdict == NOT_KNOWN
    assert judge(Writes(), []).verdict == NOT_KNOWN


@pytest.mark.parametrize(
    ("lost", "seconds"),
    [
        pytest.param([], 0.0, id="nothing"),
        pytest.param([(1, 3)], 2.0, id="the last one"),
        pytest.param([(1, 2), (1, 3)], 3.0, id="two"),
        pytest.param([(1, 1), (1, 2), (1, 3)], 3.5, id="all since the beginning"),
    ],
)
def test_how_much_was_lost_in_seconds(lost, seconds):
    events = [Event(500_000, INTENT, 1, 1), *(Event(number * 1_000_000, ACKED, 1, number) for number in (1, 2, 3))]
    assert rpo_seconds(Writes.of(events), lost, 4_000_000) == seconds


ACKS = [Event(500_000, INTENT, 1, 1), *(Event(number * 1_000_000, ACKED, 1, number) for number in (1, 2, 3, 6, 7))]


@pytest.mark.parametrize(
    ("lost", "fault_at", "seconds"),
    [
        pytest.param([(1, 6)], 4_000_000, 3.0, id="a server that was cut off went on for two seconds after the fault"),
        pytest.param([(1, 3), (1, 6), (1, 7)], 4_000_000, 5.0, id="it went back to the old timeline at the end"),
        pytest.param([(1, 2)], None, 1.0, id="no fault, and yet one is gone"),
        pytest.param([], None, 0.0, id="no fault, and none is"),
    ],
)
def test_what_was_lost_after_the_fault_counts_as_well(lost, fault_at, seconds):
    assert rpo_seconds(Writes.of(ACKS), lost, fault_at) == seconds


@pytest.mark.parametrize(
    ("until", "found"),
    [
        pytest.param(None, (3, ((1, 2), (1, 3)), 1), id="at the end everything has to be there"),
        pytest.param(25, (2, ((1, 2),), 0), id="what was acknowledged later has not"),
        pytest.param(5, (0, (), 0), id="nor has anything before the first acknowledgement"),
    ],
)
def test_rows_that_were_read_while_writes_went_on(until, found):
    events = [Event(10 * number, INTENT, 1, number, "s") for number in (1, 2, 3, 4)]
    events += [Event(10 * number + 5, ACKED, 1, number) for number in (1, 2, 3)]
    judged = judge(Writes.of(events), iter([Row(1, 1, "s")]), until)
    assert (judged.acknowledged, judged.lost, judged.unknown_absent) == found


def test_a_row_that_is_there_before_its_acknowledgement_is_not_missed():
    judged = judge(Writes.of([Event(10, INTENT, 1, 1, "s")]), [Row(1, 1, "s")], 5)
    assert (judged.unknown_there, judged.unknown_absent, judged.phantom) == (1, 0, ())
