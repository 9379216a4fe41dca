# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, claims_used, title
from ansible_collections.pikube.stateful.tests.unit.volumes_world import NOW, Bed, at, managed, pod


def world(bed, ahead=0.0):
    return World(Snapshot(bed.objects, NOW + ahead))


def test_a_node_is_believed_while_its_kubelet_is_heard():
    bed = Bed().silent("n2", 300).silent("n3", 40, reason=None)
    found = world(bed).nodes
    assert (found["n1"].ready, found["n1"].heard) == (True, 0)
    assert found["n2"].why_not == "is not Ready (NodeStatusUnknown)"
    assert (found["n3"].ready, found["n3"].why_not) == (False, "is still called Ready, but its kubelet has been silent for 37 s")
    assert found["n3"].evidence.facts()["age_seconds"] == 37


def test_the_clock_is_that_of_the_cluster():
    # A node whose own clock is an hour behind: the API server wrote when its lease came.
    bed = Bed()
    for number, lease in enumerate(bed.objects["Lease"]):
        lease["spec"]["renewTime"] = at(3600)
        lease["metadata"]["managedFields"] = managed("spec", number)
    assert all(node.ready for node in world(bed).nodes.values())


@pytest.mark.parametrize(
    ("ahead", "warned"),
    [
        pytest.param(0, False, id="clocks agree"),
        pytest.param(50, False, id="a little"),
        pytest.param(600, True, id="the controller is ahead, or no kubelet reports"),
        pytest.param(-600, True, id="the controller is behind"),
    ],
)
def test_clocks_that_differ_change_no_answer_and_are_said(ahead, warned):
    found = world(Bed(), ahead)
    assert found.nodes["n1"].ready
    assert bool(found.warnings) is warned


def test_without_leases_ready_is_believed_and_that_is_said():
    bed = Bed()
    bed.objects["Lease"] = []
    found = world(bed)
    assert found.nodes["n1"].heard is None
    assert "leases of the nodes could not be read" in found.warnings[0]


def test_a_node_that_never_reported():
    bed = Bed()
    bed.one("Node", "n1")["status"] = {}
    assert world(bed).not_ready_text("n1") == "is not Ready (its kubelet has not reported)"
    assert world(bed).not_ready_text("n9") == "is no node of the cluster any more"
    assert world(bed).not_ready_text(None) == "has no node"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({}, "", id="it runs"),
        pytest.param({"phase": "Pending"}, "is Pending on n1", id="pending"),
        pytest.param({"node": None, "phase": "Pending"}, "is Pending and has no node", id="not scheduled"),
        pytest.param({"node": "n2"}, "is named Running on n2, which is not Ready (NodeStatusUnknown)", id="on a dead node"),
        pytest.param({"node": "n9"}, "is named Running on n9, which is no node of the cluster any more", id="on a node that is gone"),
    ],
)
def test_pods_that_run(change, why):
    found = world(Bed().silent("n2"))
    item = pod("x", change.get("node", "n1"), phase=change.get("phase", "Running"))
    assert found.why_not_running(item) == why
    assert found.runs(item) is (why == "")


def test_pods_that_are_deleted_or_not_ready():
    found = world(Bed())
    gone, unready = pod("x", "n1"), pod("y", "n1")
    gone["metadata"]["deletionTimestamp"] = at(1)
    unready["status"]["conditions"][0]["status"] = "False"
    assert found.why_not_running(gone) == "is being deleted on n1"
    assert found.why_not_running(unready) == "is Running on n1 and not Ready"


def test_claims_of_a_pod():
    volumes = [{"name": "a", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "b", "ephemeral": {}}, {"name": "c", "emptyDir": {}}]
    assert claims_used({"metadata": {"name": "x"}, "spec": {"volumes": volumes}}) == ["data", "x-b"]


def test_title():
    assert title(pod("x", "n1")) == "Pod/database/x"
