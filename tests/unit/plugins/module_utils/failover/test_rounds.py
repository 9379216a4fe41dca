# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import rounds as subject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.rounds import Rounds
from ansible_collections.pikube.stateful.tests.unit.failover_bed import until

PODS = ("main-1", "main-2")


@pytest.fixture
def begun(monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    running = []

    def start(ask, cluster=lambda: contextlib.nullcontext("api")):
        running.append(Rounds(cluster, lambda api: ask, PODS))
        running[-1].start()
        return running[-1]

    yield start
    for one in running:
        one.stop()


def test_all_are_asked_again_and_again(begun):
    leads = ["main-1"]
    found = begun(lambda pod, statement: "t" if pod in leads else "f")
    until(lambda: len(found.seen) >= 2)
    leads[:] = ["main-2"]
    until(lambda: {"main-1": False, "main-2": True} in found.seen)
    assert found.seen[0] == {"main-1": True, "main-2": False}


def test_two_that_take_writes_are_seen(begun):
    found = begun(lambda pod, statement: "t")
    until(lambda: found.seen)
    assert found.seen[0] == {"main-1": True, "main-2": True}


def test_a_server_that_does_not_answer_is_not_known(begun):
    def ask(pod, statement):
        if pod == "main-1":
            raise ClusterError("it is silent")
        return "t"

    found = begun(ask)
    until(lambda: found.seen)
    assert found.seen[0] == {"main-1": None, "main-2": True}


@pytest.mark.parametrize("error", [ClusterError("nobody answers"), RuntimeError("unforeseen")], ids=lambda error: type(error).__name__)
def test_a_door_that_is_shut_is_tried_again(begun, error):
    opened = []

    def cluster():
        opened.append(1)
        if len(opened) < 3:
            raise error
        return contextlib.nullcontext("api")

    found = begun(lambda pod, statement: "f", cluster)
    until(lambda: found.seen)
    assert len(opened) == 3


def test_an_answer_that_nobody_foresaw_ends_nothing(begun):
    answers = iter([RuntimeError("unforeseen")])

    def ask(pod, statement):
        for error in answers:
            raise error
        return "f"

    found = begun(ask)
    until(lambda: found.seen)


def test_nothing_is_seen_after_the_end(begun):
    found = begun(lambda pod, statement: time.sleep(0.05) or "f")
    found.stop()
    count = len(found.seen)
    time.sleep(0.15)
    assert len(found.seen) == count


def test_what_never_began_may_be_ended():
    Rounds(pytest.fail, pytest.fail, PODS).stop()


def test_a_server_that_hangs_holds_up_the_end_for_its_time_alone(begun):
    found = begun(lambda pod, statement: time.sleep(1.0) or "f")
    time.sleep(0.1)
    before = time.monotonic()
    found.stop(0.1)
    assert time.monotonic() - before < 0.8
