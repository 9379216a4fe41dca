# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import (
    NodeView,
    few_voters,
    high_availability,
    lacks,
    same_version,
)

CONTROL_PLANE = {"microk8s.io/cluster": "true", "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane"}
WORKER = {"microk8s.io/cluster": "true", "node.kubernetes.io/microk8s-worker": "microk8s-worker"}
SINCE = "2026-11-23T12:00:00Z"


def node(name="pi03", ready="True", labels=None, address="10.0.0.13", version="v1.34.4", reason="KubeletReady", message="", **spec):
    conditions = [{"type": "MemoryPressure", "status": "False"}]
    if ready:
        conditions.append({"type": "Ready", "status": ready, "reason": reason, "message": message, "lastTransitionTime": SINCE})
    addresses = [
        {"type": "InternalIP", "address": address},
        {"type": "InternalIP", "address": "fd00::3"},
        {"type": "Hostname", "address": name},
    ]
    return {
        "metadata": {"name": name, "labels": CONTROL_PLANE if labels is None else labels, "uid": "u"},
        "spec": spec,
        "status": {"conditions": conditions, "addresses": addresses if address else [], "nodeInfo": {"kubeletVersion": version}},
    }


def test_view():
    view = NodeView.of(node(unschedulable=True))
    assert (view.ready, view.role, view.address, view.version, view.schedulable, view.reason) == (
        *(True, "control_plane", "10.0.0.13", "v1.34.4", False, ""),
    )
    assert view.facts()["since"] == SINCE


def test_view_of_an_empty_node():
    view = NodeView.of({"metadata": {"name": "x"}})
    assert (view.ready, view.role, view.address, view.reason) == (False, None, None, "its kubelet has not reported yet")


@pytest.mark.parametrize(
    ("found", "wanted", "ids", "final", "text"),
    [
        pytest.param(node(), {"role": "control_plane", "address": "10.0.0.13", "version": "1.34"}, [], False, "", id="as it has to be"),
        pytest.param(None, {}, ["no_node"], False, "the cluster has no Node pi03", id="not there"),
        pytest.param(
            node(ready="False", reason="KubeletNotReady", message="container runtime network not ready: cni plugin not initialized"),
            {},
            *(
                ["not_ready"],
                False,
                f"not Ready (KubeletNotReady: container runtime network not ready: cni plugin not initialized, since {SINCE})",
            ),
            id="the kubelet's own words",
        ),
        pytest.param(
            node(ready="Unknown", reason="NodeStatusUnknown", message="Kubelet stopped posting node status."),
            {},
            *(["not_ready"], False, f"not Ready (NodeStatusUnknown: Kubelet stopped posting node status, since {SINCE})"),
            id="nothing was heard of it",
        ),
        pytest.param(node(ready=None), {}, ["not_ready"], False, "not Ready (its kubelet has not reported yet)", id="new"),
        pytest.param(
            node(), {"address": "10.0.0.33"}, ["address"], True, "its InternalIP is 10.0.0.13 and not 10.0.0.33", id="another address"
        ),
        pytest.param(
            node(address=None), {"address": "10.0.0.33"}, ["address"], False, "its InternalIP is not there yet", id="no address yet"
        ),
        pytest.param(
            node(labels=WORKER),
            {"role": "control_plane"},
            *(["role"], True, "it carries the labels of a worker and not of a control plane"),
            id="another role",
        ),
        pytest.param(node(labels={}), {"role": "worker"}, ["role"], False, "the labels of no role", id="no labels yet"),
        pytest.param(node(), {"version": "1.35"}, ["version"], False, "its kubelet is v1.34.4 and not 1.35", id="another version"),
        pytest.param(
            node(ready="False", address="10.0.0.1"), {"address": "10.0.0.13"}, ["not_ready", "address"], False, "not Ready", id="two things"
        ),
    ],
)
def test_lacks(found, wanted, ids, final, text):
    rows = lacks(NodeView.of(found) if found else None, "pi03", **wanted)
    assert [row.id for row in rows] == ids
    if rows:
        assert text in rows[0].text
        assert all(row.cure for row in rows)
        assert all(row.final for row in rows) is final


def test_a_changed_address_is_cured_by_leaving_and_joining():
    (row,) = lacks(NodeView.of(node()), "pi03", address="10.0.0.99")
    assert "microk8s_leave" in row.cure
    assert "microk8s_member" in row.cure
    assert "join it again" in row.cure


@pytest.mark.parametrize(
    ("have", "wanted", "same"),
    [
        ("v1.34.4", "1.34", True),
        ("v1.34.4", "v1.34.4", True),
        ("v1.34.4+abc", "1.34.4", True),
        ("v1.34.4", "1.34.5", False),
        ("v1.34.4", "1.3", False),
        (None, "1.34", False),
    ],
)
def test_same_version(have, wanted, same):
    assert same_version(have, wanted) is same


@pytest.mark.parametrize(
    ("roles", "ready", "lost", "formed"),
    [
        pytest.param(["voter", "voter", "voter", "standby", "spare"], "11111", [], True, id="three voters"),
        pytest.param(["voter", "voter", "voter"], "101", ["10.0.0.1:19001"], False, id="one of three is off and keeps its role"),
        pytest.param(["voter", "voter", "voter", "standby"], "1110", [], True, id="a stand-by is off"),
        pytest.param(["voter", "spare", "spare"], "111", [], False, id="one voter"),
    ],
)
def test_high_availability(roles, ready, lost, formed):
    rows = [{"address": f"10.0.0.{number}:19001", "role": role} for number, role in enumerate(roles)]
    views = [
        NodeView.of(node(f"pi{number}", ready="True" if one == "1" else "Unknown", address=f"10.0.0.{number}"))
        for number, one in enumerate(ready)
    ]
    found = high_availability(rows, views)
    assert (found["voters"], found["voters_lost"], found["formed"]) == (
        [row["address"] for row in rows if row["role"] == "voter"],
        lost,
        formed,
    )


def test_high_availability_before_the_first_join():
    found = high_availability([{"address": "127.0.0.1:19001", "role": "voter"}], [NodeView.of(node(address="10.0.0.11"))])
    assert (found["voters_lost"], found["formed"]) == ([], False)


def test_high_availability_of_a_datastore_that_is_not_known():
    assert high_availability(None, []) is None


@pytest.mark.parametrize(
    ("roles", "wanted", "text"),
    [
        pytest.param(["voter"], 0, None, id="nobody asked"),
        pytest.param(["voter", "spare", "spare"], 3, "1 of 3 voters", id="three have joined and two do not vote yet"),
        pytest.param(["voter", "voter", "voter", "standby"], 3, None, id="three of four vote"),
        pytest.param(None, 3, "0 of 3 voters", id="nothing is known"),
    ],
)
def test_voters_that_are_waited_for(roles, wanted, text):
    members = None if roles is None else [{"address": f"10.0.0.{number}:19001", "role": role} for number, role in enumerate(roles)]
    found = few_voters(members, wanted)
    assert [lack.text for lack in found.get("datastore", [])] == ([text] if text else [])
