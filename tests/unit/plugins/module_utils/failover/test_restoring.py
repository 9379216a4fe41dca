# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import draining, taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import NAME, UNDO, stamp_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.restoring import notes, restore
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal, Undo
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo_kinds import KINDS
from ansible_collections.pikube.stateful.tests.unit.failover_hands import UID, World, node

RUN, NOW = "20261130T210533Z-drain", 1_800_000_000.0
CORDON = Undo("uncordon-1", "uncordon", "pi02", {"run": RUN})


def lease(entries, age=900):
    metadata = {"name": NAME, "namespace": "database", "annotations": {UNDO: json.dumps([entry.row() for entry in entries])}}
    spec = {"holderIdentity": RUN, "acquireTime": stamp_of(NOW - age), "renewTime": stamp_of(NOW - age)}
    return {"kind": "Lease", "metadata": metadata, "spec": spec}


def restored(world, reports=None, **more):
    more = {"wall": lambda: NOW, "sleep": lambda seconds: None, **more}
    return restore(world.api, lambda: world.api, lambda name: world.hands, KINDS, reports, **more)


def cordoned(run=RUN):
    return node(unschedulable=True, **{draining.NOTE: run})


def file(folder, run=RUN, uid=UID):
    (folder / run).mkdir()
    journal = Journal(run, uid, folder / run / "undo.json")
    journal.register("uncordon", "pi02")
    return journal


def whole(world):
    return not world.api.get("Node", "pi02")["spec"].get("unschedulable") and not world.api.list("Lease")


@pytest.mark.parametrize("tells", ["lease", "file", "note", "all"])
def test_whoever_tells_of_it_it_is_undone(tmp_path, tells):
    world = World(cordoned())
    if tells in ("lease", "all"):
        world.api.add(lease([CORDON]))
    if tells in ("file", "all"):
        file(tmp_path)
    done = restored(world, tmp_path)
    assert [[row.done for row in rows] for rows in done.values()] == [[True]]
    assert whole(world)
    assert restored(world, tmp_path) == {}


def test_nothing_was_left():
    assert restored(World(node())) == {}


def test_a_run_that_was_killed_with_nothing_to_undo_leaves_a_lease_alone():
    world = World(node(), lease([]))
    assert restored(world) == {}
    assert whole(world)


@pytest.mark.parametrize("renewal", [1, 3], ids=lambda number: f"seen at look {number}")
def test_a_run_that_lives_is_not_undone_under_its_feet(renewal):
    world, slept = World(cordoned(), lease([CORDON], age=5)), []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == renewal:
            world.api.patch("Lease", NAME, {"spec": {"renewTime": stamp_of(NOW + 5)}}, "database")

    with pytest.raises(FailoverError, match="is verifying this cluster"):
        restored(world, sleep=sleep)
    assert len(slept) == renewal
    assert not whole(world)


@pytest.mark.parametrize(("age", "seconds"), [(5, 55), (59, 20), (-30, 60), (900, 20)])
def test_a_run_that_was_killed_a_moment_ago_is_waited_for(age, seconds):
    world, slept, said = World(cordoned(), lease([CORDON], age=age)), [], []
    assert restored(world, sleep=slept.append, says=said.append)[RUN][0].done
    assert (sum(slept), len(said)) == (seconds, len(slept))
    assert max(slept) <= 10
    assert whole(world)


def test_a_parent_that_knows_its_child_is_dead_need_not_wait():
    world = World(cordoned(), lease([CORDON], age=5))
    assert restored(world, sure=RUN)[RUN][0].done
    assert whole(world)


def test_what_fails_stays_open_and_the_lease_stays():
    partition = Undo("partition-2", "partition", "pi02", {"run": RUN})
    world = World(cordoned(), lease([CORDON, partition]))
    world.answers["pikube_undo\n"] = FailoverError("pi02 does not answer")
    rows = restored(world)[RUN]
    assert [(row.kind, row.done) for row in rows] == [("partition", False), ("uncordon", True)]
    (left,) = world.api.list("Lease")
    assert [row["kind"] for row in json.loads(left["metadata"]["annotations"][UNDO])] == ["partition"]
    world.answers["pikube_undo\n"] = "clean"
    assert [row.done for row in restored(world, sure=RUN)[RUN]] == [True]
    assert whole(world)


def test_a_journal_of_another_cluster_is_not_touched(tmp_path):
    world = World(node())
    file(tmp_path, uid="another")
    assert restored(world, tmp_path) == {}
    assert Journal.read(tmp_path / RUN / "undo.json").open


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        pytest.param(cordoned(), ["uncordon"], id="a cordon of a run"),
        pytest.param(cordoned("upgrade"), [], id="a cordon of another job"),
        pytest.param(node(taints=[taints.TAINT], **{taints.NOTE: RUN}), ["untaint"], id="a taint of a run"),
        pytest.param(node(taints=[taints.TAINT]), [], id="a taint of somebody else"),
    ],
)
def test_notes(item, kinds):
    assert [entry.kind for entry in notes([item])] == kinds
