# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.controls import CONTROLS, STRANGER, forged, prove, prove_forged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, Event, Reader, beginning, line, read
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import PASS, Row, judge
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, Writes
from ansible_collections.pikube.stateful.tests.unit.failover_histories import concurrent
from hypothesis import assume, given, settings
from hypothesis import strategies as st


def lines(events):
    chain, found = beginning("run"), []
    for event in events:
        found.append(line(chain, event))
        chain = found[-1].partition(" ")[0]
    return found


def one(data, history):
    """A row of an acknowledged write that is not the last of its writer."""
    writes, last = Writes.of(history.events), {row.writer: row for row in history.rows}
    found = [row for row in history.rows if writes.kinds[writes.place(*row[:2])] == CODES[ACKED] and last[row.writer] != row]
    assume(found)
    return data.draw(st.sampled_from(found))


@given(concurrent(), st.data())
@settings(max_examples=200, deadline=None)
def test_every_control_is_found(history, data):
    writes = Writes.of(history.events)
    row = one(data, history)
    assert judge(writes, history.rows).verdict == PASS
    proved = prove(lambda rows: judge(writes, rows), lambda: iter(history.rows), row)
    assert proved == {control.id: True for control in CONTROLS}


@given(concurrent(), st.data())
@settings(max_examples=200, deadline=None)
def test_each_is_found_for_what_it_is_and_for_nothing_else(history, data):
    writes = Writes.of(history.events)
    row = one(data, history)
    for control in CONTROLS:
        found = judge(writes, control.tamper(iter(history.rows), row))
        wrong = [name for name in ("lost", "phantom", "duplicated", "damaged", "disordered") if getattr(found, name)]
        # A second copy at the end also comes after later ones.
        assert wrong == ([control.finds, "disordered"] if control.id == "duplicated-row" else [control.finds])


@given(concurrent())
@settings(max_examples=200, deadline=None)
def test_an_acknowledgement_that_was_forged_is_found_though_its_chain_is_right(history):
    changed = list(forged(lines(history.events), "run"))
    assert changed[:-2] == lines(history.events)
    assert read(changed, "run").events[-1][2:4] == STRANGER
    assert prove_forged(Reader(changed, "run"), history.rows)
    assert not prove_forged(Reader(lines(history.events), "run"), history.rows)


def test_a_judge_that_sees_nothing_is_found_out():
    writes = Writes.of([Event(1, FAILED, 1, 1)])
    blind = judge(writes, [])
    proved = prove(lambda rows: blind, lambda: iter([Row(1, 1, "s")]), Row(1, 1, "s"))
    assert not any(proved.values())


@pytest.mark.parametrize("control", [pytest.param(control, id=control.id) for control in CONTROLS])
def test_what_it_does_is_said_in_a_sentence(control):
    assert len(control.what.split()) > 3
