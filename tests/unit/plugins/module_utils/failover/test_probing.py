# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.probing import GAPS, Address, Prober, due, resolved

TICK = 20_000


@pytest.mark.parametrize(
    ("taken", "turns"),
    [
        pytest.param({"a": False, "b": False}, [["a", "b"], ["a", "b"]], id="all are asked while none takes a connection"),
        pytest.param({"a": True, "b": True}, [["b"], ["a"]], id="those that do take turns"),
        pytest.param({"a": True, "b": False}, [["b", "a"], ["b", "a"]], id="one that does keeps the other from nothing"),
        pytest.param({}, [[], []], id="nobody to ask"),
    ],
)
def test_due(taken, turns):
    assert [due(taken, turn) for turn in (1, 2)] == turns


def microseconds():
    return time.monotonic_ns() // 1000


def address(opened, host):
    return Address(host, socket.AF_INET, opened.getsockname())


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def closed():
    """Nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


def test_a_host_that_takes_connections_is_told_and_a_closed_one_is_not(listening, closed):
    found = []
    prober = Prober([address(closed, "shut"), address(listening, "open")], TICK, found.append)
    for _turn in range(3):
        prober.look(microseconds())
        prober.wait(microseconds() + TICK, microseconds)
    assert found == ["open"] * 3
    prober.rest()


def test_a_host_that_begins_to_take_connections_is_seen_at_the_next_look(closed):
    found = []
    prober = Prober([address(closed, "host")], TICK, found.append)
    prober.look(microseconds())
    prober.wait(microseconds() + TICK, microseconds)
    assert found == []
    closed.listen()
    prober.look(microseconds())
    prober.wait(microseconds() + TICK, microseconds)
    assert found == ["host"]
    prober.rest()


def test_silence_is_given_up(monkeypatch):
    opened = []

    class Silent(socket.socket):
        def connect_ex(self, _address):
            opened.append(self)
            self.bind(("127.0.0.1", 0))
            return 115  # EINPROGRESS

    monkeypatch.setattr(socket, "socket", Silent)
    prober = Prober([Address("host", socket.AF_INET, ("192.0.2.1", 5432))], 2 * TICK, pytest.fail)
    prober._poll = type("Nothing", (), {"register": lambda *_: None, "unregister": lambda *_: None})()
    for now in (0, TICK, 2 * TICK):
        prober.look(now)
    assert [one.fileno() >= 0 for one in opened] == [False, True, True]
    prober.rest()
    assert all(one.fileno() < 0 for one in opened)


@pytest.mark.parametrize(
    ("looks", "gap"),
    [
        pytest.param(range(0, TICK * GAPS + 1, TICK), TICK, id="at a steady pace"),
        pytest.param([*range(0, TICK * GAPS + 1, TICK), TICK * GAPS + 90_000], 90_000, id="the controller was late once"),
        pytest.param([0, 90_000, *range(100_000, 100_000 + TICK * GAPS + 1, TICK)], TICK, id="late long before the end says nothing of it"),
        pytest.param([0, 90_000], 0, id="too short for an outage"),
    ],
)
def test_how_finely_the_end_was_seen(looks, gap):
    prober = Prober([], TICK, pytest.fail)
    for now in looks:
        prober.look(now)
    assert prober.rest() == gap
    assert prober.rest() == 0


def test_names_are_resolved_once():
    assert resolved(["127.0.0.1", "::1"], 5432)[0] == Address("127.0.0.1", socket.AF_INET, ("127.0.0.1", 5432))
    assert resolved(["::1"], 5432)[0].family == socket.AF_INET6
    with pytest.raises(OSError, match=r"."):
        resolved(["no.such.host.invalid"], 5432)
