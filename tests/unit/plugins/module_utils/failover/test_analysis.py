# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import tracemalloc
from collections import Counter

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.analysis import analyse, analysis, book
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event, beginning, line
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS, Row, judge
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import Writes
from ansible_collections.pikube.stateful.tests.unit.failover_histories import concurrent
from hypothesis import given, settings
from hypothesis import strategies as st

SECOND = 1_000_000


def lines(events):
    chain, found = beginning("run"), []
    for event in events:
        found.append(line(chain, event))
        chain = found[-1].partition(" ")[0]
    return found


def story(*parts, took=5000):
    """Writes of one writer every 10 ms. parts: how many, how they ended, what was said."""
    events, rows, number = [], [], 0
    for count, kind, word in parts:
        for _turn in range(count):
            number += 1
            events.append(Event(number * 10_000, INTENT, 1, number, f"sum{number}"))
            if kind is not None:
                events.append(Event(number * 10_000 + took, kind, 1, number, word))
            if kind == ACKED:
                rows.append(Row(1, number, f"sum{number}"))
    return events, rows


FAIL_OVER = (
    (200, ACKED, "10.0.0.1"),
    (1, UNKNOWN, "hung"),
    (99, FAILED, "refused:57P03"),
    (50, FAILED, "read-only:25006"),
    (150, ACKED, "10.0.0.2"),
)
FAULT = 2_008_000


def test_a_fail_over_that_lost_nothing():
    events, rows = story(*FAIL_OVER)
    found = analyse(iter(lines(events)), iter(rows), "run", FAULT, 5 * SECOND)
    assert (found.findings.verdict, found.rpo_rows, found.rpo_seconds, found.torn) == (PASS, 0, 0.0, False)
    assert (found.entries, found.acked, found.failed, found.unknown) == (1000, 350, 149, 1)
    assert found.digest == lines(events)[-1][:32]
    assert (found.rto_seconds, found.rto_begin, found.rto_end) == (1.505, 2_010_000, 3_515_000)
    assert found.class_seconds == {"hung": 0.01, "refused": 0.99, "read-only": 0.505}
    assert (found.last_ack, found.first_ack, found.silence_seconds) == (2_005_000, 3_515_000, 1.51)
    assert {when: each["n"] for when, each in found.latency.items()} == {"before": 200, "during": 1, "after": 149}
    assert found.latency["before"] == {"n": 200, "p50_ms": 5.0, "p99_ms": 5.0, "max_ms": 5.0}
    assert list(found.servers) == ["10.0.0.1", "10.0.0.2"]
    assert found.overlaps == ()
    assert found.acked_series == [[-2.0, 100.0], [-1.0, 100.0], [0.0, 0.0], [1.0, 50.0], [2.0, 100.0]]


def test_a_run_without_a_fault_gives_none():
    events, rows = story((300, ACKED, "10.0.0.1"))
    found = analyse(lines(events), rows, "run", None, 4 * SECOND)
    assert (found.findings.verdict, found.rto_seconds, found.rto_begin, found.rpo_rows, found.rpo_seconds) == (PASS, 0.0, None, 0, 0.0)
    assert (found.outages, dict(found.class_seconds), found.overlaps) == ((), {}, ())
    assert (found.latency["before"]["n"], found.latency["during"]["n"], found.latency["after"]["n"]) == (300, 0, 0)
    assert (found.last_ack, found.first_ack) == (3_005_000, None)
    assert found.latency_series[0] == [0.0, 5.0, 5.0]


def test_nothing_at_all_proves_nothing():
    found = analyse([], [], "run", None, SECOND)
    assert (found.findings.verdict, found.rto_seconds, found.entries, found.digest) == (NOT_KNOWN, 0.0, 0, beginning("run"))
    assert found.acked_series == [[0.0, 0.0]]


def test_a_database_that_came_back_empty_is_one_outage_without_an_end():
    events, _rows = story(*FAIL_OVER)
    found = analyse(lines(events), [], "run", FAULT, 5 * SECOND)
    assert (found.findings.verdict, found.rto_seconds, found.rpo_rows) == (FAIL, None, 350)
    assert found.class_seconds["lost"] == pytest.approx(3.495)
    assert found.rpo_seconds == pytest.approx(5.005 - 0.01)


def test_acknowledgements_of_the_old_primary_that_are_gone_make_the_outage_longer():
    parts = ((200, ACKED, "10.0.0.1"), (50, ACKED, "10.0.0.1"), (50, FAILED, "refused"), (100, ACKED, "10.0.0.2"))
    events, rows = story(*parts)
    found = analyse(lines(events), [row for row in rows if not 200 < row.number <= 250], "run", FAULT, 5 * SECOND)
    assert (found.rpo_rows, found.findings.lost[0], found.rto_seconds) == (50, (1, 201), 1.005)
    assert found.rpo_seconds == pytest.approx(2.505 - 2.005)
    assert (found.last_ack, found.first_ack) == (2_005_000, 3_015_000)
    assert found.class_seconds == {"lost": 0.5, "refused": 0.505}


def test_two_servers_by_turns_are_seen_though_nothing_is_lost():
    events, rows = story((10, ACKED, "10.0.0.1"), (10, ACKED, "10.0.0.2"), (10, ACKED, "10.0.0.1"))
    found = analyse(lines(events), rows, "run", 105_000, SECOND)
    assert (found.findings.verdict, [overlap[:2] for overlap in found.overlaps]) == (PASS, [("10.0.0.1", "10.0.0.2")])


def test_a_server_that_stood_still_and_then_answered_all_is_silence_and_no_outage():
    events = [Event(at * 1000, INTENT, at, 1, "sum") for at in range(1, 9)] + [
        Event(9 * SECOND + at, ACKED, at, 1, "a") for at in range(1, 9)
    ]
    events = [Event(0, INTENT, 99, 1, "sum"), Event(500, ACKED, 99, 1, "a"), *events]
    found = analyse(lines(events), [Row(99, 1, "sum"), *(Row(at, 1, "sum") for at in range(1, 9))], "run", 600, 10 * SECOND)
    assert (found.rto_seconds, round(found.silence_seconds, 3)) == (0.0, 9.0)


def test_rows_that_are_read_again_are_judged_by_the_same_ledger():
    events, rows = story(*FAIL_OVER)
    read = book(lines(events), "run")
    first, second = (analysis(read, iter(there), FAULT, 5 * SECOND) for there in (rows, rows[:200]))
    assert (first.findings.verdict, second.findings.verdict) == (PASS, FAIL)
    assert (first.digest, second.rpo_rows) == (second.digest, 150)


def test_a_ledger_that_was_changed_is_not_judged():
    written = lines(story(*FAIL_OVER)[0])
    with pytest.raises(FailoverError, match="line 8"):
        analyse([*written[:7], *written[8:]], [], "run", None, SECOND)


def test_what_was_cut_off_is_of_a_write_without_an_outcome():
    written = lines(story((3, ACKED, "a"))[0])
    found = analyse([*written[:-1], written[-1][:-5]], [Row(1, 1, "sum1"), Row(1, 2, "sum2")], "run", None, SECOND)
    assert (found.torn, found.acked, found.unknown, found.findings.verdict) == (True, 2, 1, PASS)


@given(concurrent(), st.data())
@settings(max_examples=200, deadline=None)
def test_it_says_the_same_as_its_parts(history, data):
    fault = data.draw(st.none() | st.integers(0, 300))
    rows = data.draw(st.lists(st.sampled_from(history.rows), unique=True)) if history.rows else []
    found = analyse(iter(lines(history.events)), iter(rows), "run", fault, history.events[-1].at)
    assert found.findings == judge(Writes.of(history.events), rows)
    kinds = Counter(event.kind for event in history.events)
    assert (found.acked, found.failed, found.entries) == (kinds[ACKED], kinds[FAILED], len(history.events))
    assert found.unknown == kinds[INTENT] - kinds[ACKED] - kinds[FAILED]
    assert sum(each["n"] for each in found.latency.values()) == kinds[ACKED]
    assert sum(server.acked for server in found.servers.values()) == sum(
        event.kind == ACKED and event.detail != "-" for event in history.events
    )
    assert (found.rto_seconds is None) == (found.rto_begin is not None and found.rto_end is None)
    assert found.rpo_rows == len(found.findings.lost)


def test_memory_stays_small():
    """A million lines may take 250 MB: 500 bytes a write, with what Python itself needs."""
    writes = 20_000

    def written():
        chain = beginning("run")
        for number in range(1, writes + 1):
            for event in (
                Event(number * 10_000, INTENT, number % 8, number, f"{number:016x}"),
                Event(number * 10_000 + 5000, ACKED, number % 8, number, "10.1.2.3"),
            ):
                text = line(chain, event)
                chain = text[:32]
                yield text

    rows = (Row(number % 8, number, f"{number:016x}") for number in range(1, writes + 1))
    tracemalloc.start()
    try:
        found = analyse(written(), rows, "run", None, (writes + 1) * 10_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.entries, found.findings.verdict) == (2 * writes, PASS)
    assert peak < writes * 350
