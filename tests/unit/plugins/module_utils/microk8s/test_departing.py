# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import departing, paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

THREE = [("10.0.0.11:19001", "voter"), ("10.0.0.12:19001", "voter"), ("10.0.0.13:19001", "voter")]


def status(*rows):
    nodes = "".join(f"    - address: {address}\n      role: {role}\n" for address, role in rows)
    return f"microk8s:\n  running: True\nhigh-availability:\n  enabled: True\n  nodes:\n{nodes}addons:\n"


def leave(node, accept_even=False, check=False):
    return departing.leave(node.machine, accept_even, 300, check)


def remove(node, name="pi02", address=None, force=False, accept_even=False, check=False):
    return departing.remove(node.machine, name, address, force, accept_even, 120, check)


def control_plane(node, rows, up=None):
    """pi03 at 10.0.0.13."""
    node.up = set(up if up is not None else [address for address, _role in rows])
    return node.installed(clustered=True).datastore("10.0.0.13:19001", *rows)


# Leaving


@pytest.mark.parametrize("worker", [True, False])
def test_a_node_in_no_cluster(node, worker):
    assert leave(node)["outcome"] == "not_clustered"
    node.installed()
    result = leave(node)
    assert (result["changed"], result["outcome"]) == (False, "not_clustered")
    assert node.ran == []


def test_a_worker_leaves(node):
    node.installed(worker=True)
    node.says("leave", 0, "Configuring services.", does=lambda: node.remove(f"{paths.LOCKS}/{paths.LOCK_WORKER}"))
    result = leave(node)
    assert (result["changed"], result["outcome"], result["role"]) == (True, "left", "worker")
    assert "run microk8s_args" in result["warnings"][0]


def test_a_control_plane_leaves(node):
    control_plane(node, THREE).says("status", out=status(*THREE))
    node.says("leave", 0, "Waiting for node to start.", does=lambda: node.remove(f"{paths.LOCKS}/{paths.LOCK_CLUSTERED}"))
    result = leave(node)
    assert (result["outcome"], result["address"]) == ("left", "10.0.0.13:19001")
    assert "survives the loss of no member" in result["warnings"][0]


def test_a_command_that_ended_well_without_leaving(node):
    node.installed(worker=True).says("leave", 0, "")
    with pytest.raises(MicroK8sError, match="pi03 did not leave: the command ended well, and it is still clustered by its files"):
        leave(node)


@pytest.mark.parametrize(
    ("rows", "up", "outcome"),
    [
        pytest.param([("10.0.0.13:19001", "voter"), ("10.0.0.12:19001", "spare")], None, "only_voter", id="the only voter of two"),
        pytest.param(THREE, ["10.0.0.12:19001"], "loses_quorum", id="another one is down"),
        pytest.param(THREE, [], "no_quorum", id="both others are down"),
    ],
)
def test_the_datastore_forbids_it(node, rows, up, outcome):
    control_plane(node, rows, up).says("status", 1, "")
    with pytest.raises(MicroK8sError, match="Nothing was changed") as problem:
        leave(node)
    assert problem.value.facts["outcome"] == outcome
    assert not any(words.startswith("leave") for words in node.ran)


def test_the_last_member_keeps_the_cluster(node):
    rows = [("10.0.0.13:19001", "voter")]
    control_plane(node, rows).says("status", out=status(*rows))
    result = leave(node)
    assert (result["changed"], result["outcome"]) == (False, "alone")


def test_leaving_in_check_mode(node):
    node.installed(worker=True)
    assert leave(node, check=True)["changed"]
    assert node.ran == []


# Removing

NODE = json.dumps({"metadata": {"name": "pi02"}, "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.12"}]}})
REGISTERED = "Removal failed. Node pi02 is registered with dqlite."


def test_nothing_of_it_is_there(node):
    control_plane(node, THREE[2:]).says("status", out=status(*THREE[2:])).says("kubectl get node", 0, "")
    result = remove(node)
    assert (result["changed"], result["outcome"]) == (False, "absent")
    assert not any(words.startswith("remove-node") for words in node.ran)


def test_a_worker_is_removed(node):
    control_plane(node, THREE[2:]).says("status", out=status(*THREE[2:]))
    node.says("kubectl get node", 0, NODE).says("kubectl get node", 0, "").says("remove-node pi02", 0, "")
    result = remove(node)
    assert result["removed"] == {"node": True, "member": False}
    assert "remove-node pi02" in node.ran


def test_a_member_that_has_not_left(node):
    control_plane(node, THREE).says("status", out=status(*THREE)).says("kubectl get node", 0, NODE)
    with pytest.raises(
        MicroK8sError, match=r"pi02 was not removed: it is a voter of the datastore \(10\.0\.0\.12:19001\)\. Nothing was changed"
    ) as problem:
        remove(node)
    assert problem.value.facts["outcome"] == "registered"
    assert remove(node, check=True)["outcome"] == "check_mode"


def test_a_lost_member_is_removed_by_force(node):
    rest = [THREE[0], THREE[2]]
    control_plane(node, THREE, ["10.0.0.11:19001"]).says("status", out=status(*THREE)).says("status", out=status(*rest))
    node.says("kubectl get node", 0, NODE).says("kubectl get node", 0, "").says("remove-node pi02 --force", 0, "")
    result = remove(node, force=True)
    assert result["removed"] == {"node": True, "member": True}
    assert [row["address"] for row in result["members"]] == ["10.0.0.11:19001", "10.0.0.13:19001"]
    assert "survives the loss of no member" in result["warnings"][0]


def test_a_stale_member_without_a_node(node):
    """remove-node --force takes it out of the datastore and then ends with status 1, because there is no such node."""
    rest = [THREE[0], THREE[2]]
    control_plane(node, THREE, ["10.0.0.11:19001"])
    node.says("status", out=status(*THREE)).says("status", out=status(*THREE)).says("status", out=status(*rest))
    node.says("remove-node 10.0.0.12 --force", 1, "Removal failed. Node 10.0.0.12 does not exist in Kubernetes.")
    result = remove(node, name=None, address="10.0.0.12", force=True)
    assert (result["changed"], result["removed"]) == (True, {"node": False, "member": True})


def test_a_member_that_is_known_by_another_address(node):
    rest = [THREE[0], THREE[2]]
    control_plane(node, THREE, ["10.0.0.11:19001"]).says("status", out=status(*THREE)).says("status", out=status(*rest))
    node.says("kubectl get node", 0, NODE).says("kubectl get node", 0, "").says("remove-node pi02 --force", 0, "")
    assert remove(node, address="192.168.1.12", force=True)["removed"] == {"node": True, "member": True}


def test_success_of_the_command_is_no_evidence(node):
    control_plane(node, THREE, ["10.0.0.11:19001"]).says("status", out=status(*THREE))
    node.says("kubectl get node", 0, NODE).says("remove-node", 0, "")
    with pytest.raises(MicroK8sError, match=r"Node pi02 and member 10\.0\.0\.12:19001 of the datastore still there") as problem:
        remove(node, force=True)
    assert problem.value.facts["outcome"] == "still_there"


def test_not_itself(node):
    control_plane(node, THREE).says("status", out=status(*THREE)).says("kubectl get node", 0, "")
    with pytest.raises(MicroK8sError, match="it is the node that the module runs on"):
        remove(node, name="pi03")


def test_not_on_a_worker(node):
    node.installed(worker=True)
    with pytest.raises(MicroK8sError, match=r"it is a worker\. Do it on a control plane"):
        remove(node)


def test_the_api_does_not_tell(node):
    control_plane(node, THREE).says("kubectl get node", 1, "", "The connection to the server 127.0.0.1:16443 was refused")
    with pytest.raises(MicroK8sError, match="the API did not tell about node pi02"):
        remove(node)
