# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, NOWHERE, OPEN, Writes
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("kinds", "code", "ended"),
    [
        pytest.param((INTENT,), OPEN, 0, id="begun, and nobody saw the end"),
        pytest.param((INTENT, ACKED), CODES[ACKED], 1, id="acknowledged"),
        pytest.param((INTENT, FAILED), CODES[FAILED], 1, id="failed"),
        pytest.param((INTENT, ACKED, FAILED), CODES[ACKED], 1, id="what was acknowledged stays so"),
        pytest.param((INTENT, FAILED, ACKED), CODES[ACKED], 2, id="an acknowledgement counts whenever it comes"),
        pytest.param((INTENT, UNKNOWN, FAILED), CODES[FAILED], 2, id="the last that was said"),
        pytest.param((ACKED,), CODES[ACKED], 0, id="acknowledged and never begun"),
    ],
)
def test_what_became_of_a_write(kinds, code, ended):
    writes = Writes.of(Event(at, kind, 7, 3, "sum") for at, kind in enumerate(kinds))
    place = writes.place(7, 3)
    assert (len(writes), writes.kinds[place], writes.ended[place], writes.write(place)) == (1, code, ended, (7, 3))


INTEGERS = st.integers(-(2**31), 2**31 - 1)


@given(st.sets(st.tuples(INTEGERS, INTEGERS), max_size=30))
def test_writes_are_told_apart_whatever_a_table_of_integers_holds(known):
    writes = Writes.of(Event(0, INTENT, writer, number, f"{writer}/{number}") for writer, number in known)
    assert len(writes) == len(known)
    for writer, number in known:
        place = writes.place(writer, number)
        assert writes.write(place) == (writer, number)
        assert not writes.differs(place, f"{writer}/{number}")
        assert writes.differs(place, f"{writer}/{number} ")
    for writer, number in ((0, 1), (-1, 1), (1, -1)):
        assert (writes.place(writer, number) == NOWHERE) == ((writer, number) not in known)


def test_what_an_outcome_said():
    writes = Writes.of([Event(1, INTENT, 1, 1, "sum"), Event(2, FAILED, 1, 1, "refused:57P03"), Event(3, ACKED, 2, 1, "10.1.2.3")])
    assert [writes.vocabulary()[word] for word in writes.words] == ["refused:57P03", "10.1.2.3"]
    assert list(writes.places(CODES[FAILED], CODES[ACKED])) == [0, 1]
