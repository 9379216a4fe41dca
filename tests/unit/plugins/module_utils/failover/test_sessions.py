# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import Entries
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, INTENT, UNKNOWN
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LEFT_BEHIND, LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.sessions import Reader, Work, Writer
from ansible_collections.pikube.stateful.plugins.module_utils.failover.tally import Read, Tally
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Answer, SessionError
from ansible_collections.pikube.stateful.tests.unit.failover_server import HANGS, Server

STEP = 1_000_000


class Kept:
    def __init__(self):
        self.events = []

    def note(self, events, *, waits=True):
        self.events += events


class Bed:
    def __init__(self, hosts=("a", "b")):
        self.server, self.ledger, self.tally, self.now, self.goes = Server(), Kept(), Tally(), 0, True
        work = Work(self.server, Entries(None), self.ledger, self.tally, LoadPlan(), "run", self.clock, lambda: self.goes)
        self.work, self.writer, self.reader = work, Writer(work, 1, hosts), Reader(work, hosts)

    def clock(self):
        self.now += STEP
        return self.now

    def said(self):
        return [(event.kind, event.detail) for event in self.ledger.events if event.kind != INTENT]


@pytest.fixture
def bed():
    return Bed()


def error(state="", timed_out=False):
    return SessionError("why", state, timed_out)


def test_a_write_is_in_the_ledger_before_and_after_and_keeps_its_session(bed):
    assert bed.writer.attempt()
    assert bed.writer.attempt()
    first = bed.ledger.events[0]
    assert [(event.kind, event.writer, event.number) for event in bed.ledger.events] == [
        (INTENT, 1, 1),
        (ACKED, 1, 1),
        (INTENT, 1, 2),
        (ACKED, 1, 2),
    ]
    assert (first.detail, bed.said()[0]) == (bed.server.rows["1"][2], (ACKED, "10.1.2.3"))
    assert bed.server.hosts == ["a"]
    assert bed.tally.last_row == Read("2", bed.server.rows["2"][2])


READ_ONLY = error("25006")


@pytest.mark.parametrize(
    ("opening", "inserting", "committing", "said"),
    [
        pytest.param(error(), (), (), (FAILED, "refused"), id="nobody lets it in"),
        pytest.param(error(timed_out=True), (), (), (FAILED, "hung"), id="nobody answers"),
        pytest.param(READ_ONLY, (), (), (FAILED, "read-only:25006"), id="a standby lets it in"),
        pytest.param(None, [error("57P01")], (), (FAILED, "refused:57P01"), id="the server goes before COMMIT"),
        pytest.param(None, [HANGS], (), (FAILED, "hung"), id="it hangs before COMMIT, which is never sent"),
        pytest.param(None, [READ_ONLY], (), (FAILED, "read-only:25006"), id="the server takes no writes any longer"),
        pytest.param(None, (), [error()], (UNKNOWN, "refused"), id="it breaks at COMMIT"),
        pytest.param(None, (), [error("57P01")], (UNKNOWN, "refused:57P01"), id="the server goes at COMMIT"),
        pytest.param(None, (), [HANGS], (UNKNOWN, "hung"), id="it hangs at COMMIT"),
        pytest.param(None, (), [error("40001")], (FAILED, "refused:40001"), id="COMMIT is refused"),
        pytest.param(None, (), [Answer([], "ROLLBACK", False)], (FAILED, "refused:25P02"), id="COMMIT is answered with ROLLBACK"),
        pytest.param(None, (), [Answer([], "COMMIT", True)], (UNKNOWN, "hung:01000"), id="the wait for a standby was cancelled"),
    ],
)
def test_what_is_known_of_a_write_that_was_not_acknowledged(bed, opening, inserting, committing, said):
    bed.server.opening = dict.fromkeys("ab", opening) if opening else {}
    bed.server.inserting, bed.server.committing = list(inserting), list(committing)
    assert not bed.writer.attempt()
    assert bed.said() == [said]
    assert bed.tally.state(0).said
    bed.server.opening = {}
    assert bed.writer.attempt()
    assert bed.said()[1][0] == ACKED


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        pytest.param([error(timed_out=True), error()], "refused", id="an answer says more than silence"),
        pytest.param([error(), error(timed_out=True)], "refused", id="in whichever order"),
        pytest.param([error(), READ_ONLY], "read-only:25006", id="a server says more than a host"),
    ],
)
def test_all_hosts_are_asked_and_the_one_that_says_most_is_believed(bed, answers, said):
    bed.server.opening = dict(zip("ab", answers))
    assert not bed.writer.attempt()
    assert (bed.server.hosts, bed.said()) == (["a", "b"], [(FAILED, said)])


def test_the_next_host_is_taken_if_one_is_silent(bed):
    bed.server.opening = {"a": error(timed_out=True)}
    assert bed.writer.attempt()
    assert bed.server.hosts == ["a", "b"]


def test_a_session_that_broke_is_closed_and_one_that_does_not_stay_as_well(bed):
    bed.server.committing = [error()]
    bed.writer.attempt()
    assert (bed.server.opened, bed.tally.sessions) == (0, 0)
    Writer(bed.work, 2, ("a",), stays=False).attempt()
    assert (bed.server.opened, bed.tally.sessions) == (0, 0)
    bed.writer.attempt()
    assert (bed.server.opened, bed.tally.sessions) == (1, 1)


def test_a_session_that_became_read_only_is_kept_for_a_while_as_pools_do(bed):
    bed.server.inserting = [READ_ONLY] * 9
    tried = 0
    while bed.server.opened or not tried:
        bed.writer.attempt()
        tried += 1
    assert 1 < tried < 9
    assert len(bed.server.hosts) == 1


def test_a_write_hangs_as_long_as_the_plan_says_and_longer_where_too_many_were_left(bed):
    bed.server.committing = [HANGS]
    bed.writer.attempt()
    assert 10 * STEP <= bed.ledger.events[-1].at - bed.ledger.events[0].at <= 13 * STEP
    while bed.tally.leaves(bed.now):
        pass
    assert bed.tally._left == LEFT_BEHIND
    bed.server.committing, begun = [HANGS], bed.now
    clock = bed.clock
    bed.goes = True

    def stops():
        bed.goes = bed.now < begun + 60 * STEP
        return clock()

    bed.writer._work = Work(**{**bed.work.__dict__, "clock": stops})
    bed.writer.attempt()
    assert bed.ledger.events[-1].at - begun >= 60 * STEP
    assert bed.said()[-1] == (UNKNOWN, "hung")


def test_a_spare_goes_to_the_host_it_is_told(bed):
    spare = Writer(bed.work, 2_001, ("a", "b"), stays=False)
    spare.attempt(["b"])
    assert bed.server.hosts == ["b"]


def test_reads(bed):
    assert bed.reader.attempt()  # nothing was written yet
    bed.writer.attempt()
    assert bed.reader.attempt()
    kept = dict(bed.server.rows)
    bed.server.rows["1"] = (1, 1, "another")
    assert not bed.reader.attempt()
    bed.server.rows.clear()
    assert not bed.reader.attempt()
    bed.reader.close()
    bed.server.opening = dict.fromkeys("ab", error())
    assert not bed.reader.attempt()
    bed.server.opening, bed.server.rows = {}, kept
    assert bed.reader.attempt()
    (outage,) = bed.tally.read_outages()
    assert outage.classes == {"changed": 1, "missing": 1, "refused": 1}
    assert outage.begin < outage.end
    assert [kind for kind, _detail in bed.said()] == [ACKED]
