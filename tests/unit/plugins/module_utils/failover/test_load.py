# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import load as subject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, INTENT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load import Load
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import SHORT, SPARE, SPARES, LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database, SessionError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn
from ansible_collections.pikube.stateful.tests.unit.failover_server import HANGS, Server


class Kept:
    def __init__(self, most=10**9):
        self.events, self.most = [], most

    def flush(self):
        self.flushed = True

    def note(self, events, *, waits=True):
        self.events += events
        if len(self.events) > self.most:
            raise OSError(28, "No space left on device")


@pytest.fixture
def listening():
    """A port that takes connections, as a server does that is about to answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield server


@pytest.fixture
def bed(monkeypatch, listening):
    def make(ledger=None, **plan):
        server = Server()
        monkeypatch.setattr(subject, "Sessions", lambda _door: server)
        way = WayIn(("127.0.0.1", "localhost"), listening.getsockname()[1], "db", "owner", "n/s", "n/a")
        ledger = ledger or Kept()
        return server, ledger, Load(Database(way, "secret", "PEM"), ledger, LoadPlan(**plan), run="run")

    return make


def until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_writes_come_at_a_steady_pace_from_sessions_that_stay_and_from_some_that_do_not(bed):
    server, ledger, load = bed(writers=4, rate=100, short_per_second=4)
    load.start()
    until(lambda: load.state().acked >= 60)
    state = load.state()
    assert load.stop(5)
    writers = {event.writer for event in ledger.events}
    assert {1, 2, 3, 4} <= writers
    assert any(SHORT <= writer < SPARE for writer in writers)
    begins = sorted(event.at for event in ledger.events if event.kind == INTENT and event.writer < SHORT)
    assert len(begins) >= 50
    assert (begins[-1] - begins[0]) / (len(begins) - 1) == pytest.approx(10_000, rel=0.5)
    assert (state.failed, state.unknown, state.server, state.trouble) == (0, 0, "10.1.2.3", "")
    assert sorted(server.rows.values()) == sorted((e.writer, e.number, e.detail) for e in ledger.events if e.kind == INTENT)
    assert load.cpu_seconds() > 0
    assert load.state().sessions == 0
    assert {"127.0.0.1", "localhost"} <= set(server.hosts)


def test_the_end_of_an_outage_is_found_by_others_while_the_writers_hang(bed):
    server, ledger, load = bed(writers=2, rate=50, short_per_second=0, readers=0, hang_seconds=60)
    load.start()
    until(lambda: load.state().acked >= 10)
    with server.lock:
        server.committing = [HANGS, HANGS]
    until(lambda: load.state().last_ack_at and any(event.writer >= SPARE for event in ledger.events))
    until(lambda: any(event.writer >= SPARE and event.kind == ACKED for event in ledger.events))
    assert not load.stop(0.1)
    assert load.resolution_ms >= 20


def test_nobody_writes_where_writes_wait_and_the_next_server_is_found(bed):
    server, ledger, load = bed(writers=2, rate=50, short_per_second=0, readers=0, hang_seconds=60)
    load.start()
    until(lambda: load.state().acked >= 10)
    with server.lock:
        server.committing, server.waiting = [HANGS, HANGS], 2
    looked = len(server.hosts)
    until(lambda: len(server.hosts) >= looked + 6)
    assert not any(event.writer >= SPARE for event in ledger.events)
    with server.lock:
        server.waiting = 0  # the hosts lead to another server now
    until(lambda: any(event.writer >= SPARE and event.kind == ACKED for event in ledger.events))
    until(lambda: not load.state().quiet)
    assert not load.stop(0.1)
    assert 20 <= load.resolution_ms <= 250  # 250 unless two found it at the same time


def test_no_more_than_its_share_is_attempted_through_a_host_that_hangs(bed):
    server, ledger, load = bed(writers=2, rate=50, short_per_second=0, readers=0, hang_seconds=60)
    load.start()
    until(lambda: load.state().acked >= 10)
    with server.lock:
        server.inserting = [HANGS] * 100
    until(lambda: sum(event.writer >= SPARE for event in ledger.events) >= SPARES)
    time.sleep(0.2)
    assert sum(event.writer >= SPARE for event in ledger.events) == SPARES
    assert load.state().quiet
    load.stop(0.1)
    assert sum(event.kind == INTENT for event in ledger.events) * 2 == len(ledger.events)


def test_a_server_that_refuses_is_not_flooded(bed):
    server, ledger, load = bed(writers=8, rate=100, short_per_second=0, readers=0)
    server.opening = dict.fromkeys(("127.0.0.1", "localhost"), SessionError("no"))
    load.start()
    time.sleep(1)
    load.stop(5)
    tries = sum(event.kind == INTENT and event.writer < SHORT for event in ledger.events)
    assert 8 <= tries <= 48


def test_a_ledger_that_cannot_be_written_ends_the_load_and_says_why(bed):
    _server, ledger, load = bed(ledger=Kept(most=20))
    load.start()
    until(lambda: load.state().trouble)
    assert "No space left on device" in load.state().trouble
    load.stop(5)
    written = len(ledger.events)
    time.sleep(0.2)
    assert len(ledger.events) == written


def test_a_host_without_an_address_is_refused_at_once():
    way = WayIn(("no.such.host.invalid",), 1, "db", "owner", "n/s", "n/a")
    with pytest.raises(FailoverError, match=r"no\.such\.host\.invalid.*Give addresses"):
        Load(Database(way, "secret", "PEM"), Kept(), LoadPlan(), run="run")
