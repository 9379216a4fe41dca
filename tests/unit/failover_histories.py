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
