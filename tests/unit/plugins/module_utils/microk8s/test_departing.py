# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import departing, enabling, paths, tokens
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

THREE = [("10.0.0.11:19001", "voter"), ("10.0.0.12:19001", "voter"), ("10.0.0.13:19001", "voter")]


def status(*rows, addons=()):
    nodes = "".join(f"    - address: {address}\n      role: {role}\n" for address, role in rows)
    listed = "".join(f"  - name: {name}\n    repository: core\n    version: \n    status: {state}\n" for name, state in addons)
    return f"microk8s:\n  running: True\nhigh-availability:\n  enabled: True\n  nodes:\n{nodes}addons:\n{listed}"


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


# Tokens


def test_a_token(node):
    node.installed().says("add-node --format json", 0, json.dumps({"urls": ["10.0.0.13:25000/t/c", "10.1.0.1:25000/t/c"]}))
    assert tokens.make(node.machine, "10.0.0.13", 0, False) == "10.0.0.13:25000/t/c"
    assert tokens.make(node.machine, "10.0.0.13", 60, False) == "10.0.0.13:25000/t/c"
    assert node.ran[1] == "add-node --format json --token-ttl 60"
    assert tokens.make(node.machine, "10.0.0.13", 0, True) is None


def test_no_token(node):
    node.installed().says("add-node", 0, "something")
    with pytest.raises(MicroK8sError, match="pi03 made no token: it ended with status 0 and said: something"):
        tokens.make(node.machine, "10.0.0.13", 0, False)


# Add-ons

REPOSITORY = 'microk8s-addons:\n  addons:\n    - name: "dns"\n    - name: "community"\n    - name: "helm3"\n'


def change(node, *items, check=False):
    warnings = []
    wanted = [{"name": name, "state": state, "arguments": arguments} for name, state, *arguments in items]
    return enabling.run(node.machine, wanted, 600, check, warnings.append), warnings


@pytest.fixture
def seed(node):
    node.installed().write(f"{paths.SNAP_COMMON}/addons/core/addons.yaml", REPOSITORY)
    return node


def test_an_addon_is_enabled_once(seed):
    seed.says("status", out=status(addons=[("dns", "disabled")])).says("status", out=status(addons=[("dns", "enabled")]))
    seed.says("enable core/dns:8.8.8.8", 0, "DNS is enabled")
    first, _warnings = change(seed, ("dns", "present", "8.8.8.8"))
    assert first["addons"][0]["outcome"] == "done"
    again, _warnings = change(seed, ("dns", "present", "8.8.8.8"))
    assert (again["changed"], again["addons"][0]["outcome"]) == (False, "already")
    assert sum(words.startswith("enable") for words in seed.ran) == 1


def test_an_addon_of_files(seed):
    seed.says("enable core/community", 0, "done", does=lambda: seed.write(f"{paths.SNAP_COMMON}/addons/community/addons.yaml", REPOSITORY))
    assert change(seed, ("community", "present"))[0]["changed"]
    assert not change(seed, ("community", "present"))[0]["changed"]


def test_exit_code_0_that_is_no_success(seed):
    seed.write(f"{paths.SNAP_COMMON}/addons/community/addons.yaml", 'microk8s-addons:\n  addons:\n    - name: "openebs"\n')
    seed.says("status", out=status(addons=[("openebs", "disabled")]).replace("repository: core", "repository: community"))
    seed.says("enable community/openebs", 0, "iscsid is not available or enabled.")
    with pytest.raises(MicroK8sError, match="pi03: add-on community/openebs was not enabled: the service iscsid is not enabled") as problem:
        change(seed, ("openebs", "present"))
    assert problem.value.facts["outcome"] == "iscsid"


def test_an_unknown_addon_is_not_tried(seed):
    with pytest.raises(MicroK8sError, match="There is core: community, dns, helm3"):
        change(seed, ("dsn", "present"))
    assert seed.ran == []


def test_what_was_done_before_a_failure_is_told(seed):
    seed.says("enable core/community", 0, "", does=lambda: seed.write(f"{paths.SNAP_COMMON}/addons/community/addons.yaml", REPOSITORY))
    with pytest.raises(MicroK8sError) as problem:
        change(seed, ("community", "present"), ("nothing", "present"))
    assert problem.value.facts["changed"] is True
    assert [row["name"] for row in problem.value.facts["addons"]] == ["core/community"]


def test_addons_in_check_mode(seed):
    seed.says("status", out=status(addons=[("dns", "disabled")]))
    result, _warnings = change(seed, ("dns", "present"), ("community", "present"), ("openebs", "present"), check=True)
    assert [row["changed"] for row in result["addons"]] == [True, True, True]
    assert not any(words.startswith("enable") for words in seed.ran)
