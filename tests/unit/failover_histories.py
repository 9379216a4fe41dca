# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories of writes as a server that loses nothing makes them."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Row
from hypothesis import strategies as st

STEP = 10_000  # microseconds


class History(NamedTuple):
    events: list
    rows: list


@st.composite
def histories(draw, outcomes=(ACKED, FAILED, UNKNOWN, None), writers=3, least=1):
    """Each attempt takes a step to its outcome, None for one that the client did not live to see."""
    events, rows, last = [], [], {}
    for turn, kind in enumerate(draw(st.lists(st.sampled_from(outcomes), min_size=least, max_size=40))):
        writer = draw(st.integers(1, writers))
        number = last[writer] = last.get(writer, 0) + 1
        begin = turn * 2 * STEP
        events.append(Event(begin, INTENT, writer, number, f"sum{writer}-{number}"))
        if kind is not None:
            events.append(Event(begin + STEP, kind, writer, number, "refused" if kind == FAILED else "-"))
        if kind == ACKED or (kind in (UNKNOWN, None) and draw(st.booleans())):
            rows.append(Row(writer, number, f"sum{writer}-{number}"))
    return History(events, rows)


@st.composite
def concurrent(draw, writers=4, servers=("10.1.2.3", "10.1.2.4", "-")):
    """Writers at the same time, each with one attempt after the other; a server that loses nothing. Rows in the order of their commits."""
    events, commits = [], []
    for writer in range(1, draw(st.integers(1, writers)) + 1):
        at = 0
        for number in range(1, draw(st.integers(0, 8)) + 1):
            begin = at = at + draw(st.integers(1, 30))
            events.append(Event(begin, INTENT, writer, number, f"sum{writer}-{number}"))
            kind = draw(st.sampled_from((ACKED, ACKED, FAILED, UNKNOWN, None)))
            at = begin + draw(st.integers(1, 40))  # no server answers in the microsecond in which it is asked
            if kind is not None:
                words = servers if kind == ACKED else ("refused:57P03", "hung", "read-only:25006", "-")
                events.append(Event(at, kind, writer, number, draw(st.sampled_from(words))))
            if kind == ACKED or (kind in (UNKNOWN, None) and draw(st.booleans())):
                commits.append((begin, Row(writer, number, f"sum{writer}-{number}")))
    events.sort(key=lambda event: (event.at, event.kind != INTENT))
    return History(events or [Event(0, INTENT, 1, 1, "sum1-1")], [row for _at, row in sorted(commits)])
