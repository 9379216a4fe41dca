# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import FAILED, UNKNOWN
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LEFT_BEHIND, QUIET
from ansible_collections.pikube.stateful.plugins.module_utils.failover.tally import Read, ReadOutage, Tally

ROW = Read("1", "sum")
SECOND = 1_000_000


def acked(tally, at, writer=1, server="10.1.2.3"):
    tally.began(writer, at - 1_000)
    tally.acked(writer, at, server, ROW)


def test_what_is_counted():
    tally = Tally()
    for turn in range(20):
        acked(tally, 5 * SECOND + turn * 100_000)
    tally.ended(1, FAILED, "why")
    tally.ended(1, UNKNOWN, "why not")
    state = tally.state(7 * SECOND)
    assert (state.acked, state.failed, state.unknown) == (20, 1, 1)
    assert (state.writes_per_second, state.last_ack_at, state.server) == (9, 6_900_000, "10.1.2.3")
    assert (state.said, state.trouble) == ("why not", "")
    assert tally.last_row == ROW


def test_what_failed_is_not_said_any_more_after_an_acknowledgement():
    tally = Tally()
    tally.ended(1, FAILED, "why")
    acked(tally, SECOND)
    assert tally.state(SECOND).said == ""


def began(tally):
    tally.began(2, SECOND)


def failed(tally):
    tally.began(2, SECOND)
    tally.ended(2, FAILED, "why")


@pytest.mark.parametrize(
    ("done", "after", "quiet"),
    [
        pytest.param(lambda _tally: None, 10 * QUIET, False, id="nobody asked for anything"),
        pytest.param(failed, QUIET - 1, False, id="one failed a moment after an acknowledgement"),
        pytest.param(failed, QUIET, True, id="one failed and nothing was acknowledged since"),
        pytest.param(began, QUIET - 1, False, id="one takes its time"),
        pytest.param(began, QUIET, True, id="one hangs"),
    ],
)
def test_when_it_looks_like_an_outage(done, after, quiet):
    tally = Tally()
    acked(tally, SECOND)
    done(tally)
    assert tally.quiet(SECOND + after) is quiet


def test_an_acknowledgement_of_anybody_ends_it_although_others_hang():
    tally = Tally()
    began(tally)
    acked(tally, 3 * SECOND)
    assert not tally.quiet(3 * SECOND + 1)


def test_a_server_is_left_with_so_many_sessions_and_not_with_more():
    tally = Tally()
    assert [tally.leaves(SECOND) for _turn in range(LEFT_BEHIND + 2)] == [True] * LEFT_BEHIND + [False] * 2
    acked(tally, 2 * SECOND)
    assert tally.leaves(SECOND)


def test_reads_have_outages_of_their_own():
    tally = Tally()
    for at, wrong in ((1, ""), (2, "refused"), (3, "missing"), (4, "refused"), (5, ""), (6, ""), (7, "hung")):
        tally.read(at, wrong)
    assert tally.read_outages() == [ReadOutage(2, 5, {"refused": 2, "missing": 1}), ReadOutage(7, None, {"hung": 1})]
    assert (tally.state(8).reads, tally.state(8).reads_failed, tally.state(8).failed) == (7, 4, 0)


def test_sessions():
    tally = Tally()
    for number in (1, 1, -1):
        tally.opened(number)
    assert tally.state(0).sessions == 1
