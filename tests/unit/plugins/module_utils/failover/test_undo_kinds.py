# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import draining, node_commands, taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal, undo_all
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo_kinds import KINDS
from ansible_collections.pikube.stateful.tests.unit.failover_hands import World, node

RUN = "20261130T210533Z-drain"
OURS = {draining.NOTE: RUN, taints.NOTE: RUN}


def undone(world, kind):
    journal = Journal(RUN, "uid")
    journal.register(kind, "pi02")
    (row,) = undo_all(journal, world.hands, KINDS)
    return row


def test_all_that_a_fault_registers_is_known():
    assert {kind for fault in FAULTS.values() for kind in fault.undo} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_undone_and_nothing_left(kind):
    world = World(node(unschedulable=True, taints=[taints.TAINT], **OURS))
    world.codes["is_off"] = [1]
    row = undone(world, kind)
    assert (row.done, row.manual, row.problem) == (True, "", "")
    assert "pi02" in row.what


@pytest.mark.parametrize("kind", KINDS)
def test_undone_where_nothing_was_done(kind):
    world = World(node())
    world.codes["is_off"] = [1]
    before = world.api.get("Node", "pi02")
    assert undone(world, kind).done
    assert world.api.get("Node", "pi02") == before


@pytest.mark.parametrize("kind", ["partition", "kubelite"])
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(FailoverError("pi02 does not answer"), "pi02 does not answer", id="nobody answers"),
        pytest.param("", "did not say that it is clean, but: nothing", id="the connection broke"),
        pytest.param("uncleaned", "did not say that it is clean, but: uncleaned", id="it said something else"),
    ],
)
def test_a_node_that_did_not_say_so_is_not_clean(kind, answer, problem):
    world = World()
    world.answers["pikube_undo\n"] = answer
    row = undone(world, kind)
    assert not row.done
    assert problem in row.problem
    assert row.manual.startswith("on pi02: sudo ")
    assert node_commands.FOLDER in row.manual


@pytest.mark.parametrize(
    ("on", "is_off", "done"),
    [
        pytest.param([0], [1], True, id="it says that it is on"),
        pytest.param([0], [0, 0, 1], True, id="after a while"),
        pytest.param([7, 0], [1], True, id="at the second try"),
        pytest.param([0], [0], False, id="it says that it is off"),
        pytest.param([0], [255], False, id="it does not say"),
        pytest.param([7], [1], False, id="it could not be switched"),
    ],
)
def test_power_is_on_when_it_says_so(on, is_off, done):
    world = World()
    world.codes.update(on=on, is_off=is_off)
    row = undone(world, "power_on")
    assert row.done is done
    assert done or row.manual == "switch pi02 on"


def test_the_taint_goes_when_the_node_is_back():
    world = World(node(ready=False, taints=[taints.TAINT], **OURS))
    turns = []

    def sleep(seconds):
        world.at += int(seconds * 1e6)
        turns.append(1)
        if len(turns) == 20:
            world.api.objects["Node", None, "pi02"]["status"]["conditions"][0]["status"] = "True"

    world.hands = type(world.hands)(**{**vars(world.hands), "sleep": sleep})
    assert undone(world, "untaint").done
    assert len(turns) == 20


def test_the_taint_stays_on_a_node_that_does_not_come_back():
    world = World(node(ready=False, taints=[taints.TAINT], **OURS))
    row = undone(world, "untaint")
    assert not row.done
    assert world.at > 590 * 1_000_000
    assert row.manual.startswith("when pi02 is Ready: microk8s kubectl taint nodes pi02 node.kubernetes.io/out-of-service")
    assert taints.has(world.api.get("Node", "pi02"), RUN)
