# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import (
    ACKED,
    INTENT,
    KINDS,
    Event,
    Ledger,
    beginning,
    line,
    read,
)
from hypothesis import given
from hypothesis import strategies as st

EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(0, 2**50),
        st.sampled_from(sorted(KINDS)),
        st.integers(1, 9),
        st.integers(1, 10**7),
        st.sampled_from(["-", "abc", "57P01"]),
    ),
    min_size=1,
    max_size=30,
)


def lines(events, run="run"):
    chain, found = beginning(run), []
    for event in events:
        found.append(line(chain, event))
        chain = found[-1].split(" ")[0]
    return found


@given(EVENTS)
def test_what_is_written_is_read(events):
    assert read(lines(events), "run") == (events, False, lines(events)[-1][:32])


@given(EVENTS, st.data())
def test_a_line_that_was_changed_taken_out_or_put_elsewhere_is_found(events, data):
    written = lines(events)
    number = data.draw(st.integers(0, len(written) - 1))
    forged = events[number]._replace(at=events[number].at + 1)
    changed = [*written[:number], f"{written[number].split(' ')[0]} {line('', forged).partition(' ')[2]}", *written[number + 1 :]]
    with pytest.raises(FailoverError, match=f"line {number + 1} does not follow"):
        read(changed, "run")
    if number < len(written) - 1:
        with pytest.raises(FailoverError):
            read([*written[:number], *written[number + 1 :]], "run")


def test_a_ledger_of_another_run_is_none():
    with pytest.raises(FailoverError, match="line 1"):
        read(lines([Event(1, INTENT, 1, 1)]), "another")


@given(EVENTS, st.integers(0, 200))
def test_a_line_that_was_cut_off_says_nothing(events, cut):
    written = lines(events)
    torn = written[-1][: cut % len(written[-1])]
    assert read([*written[:-1], torn], "run")[:2] == (events[:-1], True)


def test_it_is_in_the_file_when_it_was_noted(tmp_path):
    path = tmp_path / "ledger"
    events = [Event(1, INTENT, 1, 1, "sum"), Event(2, ACKED, 1, 1)]
    with path.open("w") as stream:
        ledger = Ledger(stream, "run")
        ledger.note(events[:1])
        ledger.note(events[1:])
        assert read(path.read_text().splitlines(keepends=True), "run") == (events, False, ledger.digest)
