# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.judge import Judge, Wanted

READY = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
NOT_READY = {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "cni plugin not initialized"}
LABELS = {"control_plane": "node.kubernetes.io/microk8s-controlplane", "worker": "node.kubernetes.io/microk8s-worker"}
WANTED = Wanted("pi03", "control_plane", "10.0.0.13")
WHAT = "joined as control plane"


def node(condition=None, role="control_plane", address="10.0.0.13"):
    return {
        "kind": "Node",
        "metadata": {"name": "pi03", "labels": {LABELS[role]: "x"}},
        "status": {
            "conditions": [condition or READY],
            "addresses": [{"type": "InternalIP", "address": address}],
            "nodeInfo": {"kubeletVersion": "v1.34.4"},
        },
    }


def lease(time):
    return {"kind": "Lease", "metadata": {"name": "pi03", "namespace": "kube-node-lease"}, "spec": {"renewTime": time}}


@pytest.fixture
def said():
    return []


@pytest.fixture
def judge(look, clock, said):
    return Judge(look, said.append, clock, clock.sleep)


def test_it_waits_for_its_own_node(judge, look, clock, said):
    clock.then = {10: lambda: look.put(node(NOT_READY)), 20: lambda: look.put(node())}
    assert judge.working(WANTED, 300, WHAT).ready
    assert clock.now == 20
    assert set(said) == {"joined as control plane, waiting for its own node to be Ready"}


def test_it_says_what_the_node_says_when_time_is_over(judge, look):
    look.put(node(NOT_READY))
    with pytest.raises(
        MicroK8sError, match=r"pi03 joined as control plane, and does not work after 60 s: not Ready .KubeletNotReady: cni plugin"
    ) as problem:
        judge.working(WANTED, 60, WHAT)
    assert problem.value.facts == {"outcome": "not_ready", "retryable": None, "half_joined": True}


def test_another_address_is_final_after_a_while(judge, look, clock):
    look.put(node(address="10.0.0.99"))
    with pytest.raises(MicroK8sError, match=r"its InternalIP is 10.0.0.99 and not 10.0.0.13. .*join it again") as problem:
        judge.working(WANTED, 300, WHAT)
    assert problem.value.facts["outcome"] == "address"
    assert clock.now == 30


def test_a_node_of_an_earlier_life_gets_its_new_address_late(judge, look, clock):
    look.put(node(address="10.0.0.99"))
    clock.then = {20: lambda: look.put(node())}
    assert judge.working(WANTED, 300, WHAT).address == "10.0.0.13"


def test_what_the_cluster_knew_before_is_no_evidence(judge, look, clock, said):
    look.put(node())
    look.put(lease("1"))
    clock.then = {14: lambda: look.put(lease("2"))}
    assert judge.working(Wanted("pi03", fresh=True), 300, WHAT)
    assert clock.now == 14
    assert said[0] == "joined as control plane, waiting for its kubelet to report"


def test_a_dead_kubelet_behind_a_ready_node(judge, look):
    look.put(node())
    look.put(lease("1"))
    with pytest.raises(MicroK8sError, match="has not heard of its kubelet since"):
        judge.working(Wanted("pi03", fresh=True), 30, WHAT)


def test_the_datastore_has_to_know_it(judge, look, clock, said):
    look.put(node())
    rows = [{"address": "10.0.0.11:19001"}]
    clock.then = {10: lambda: rows.append({"address": "10.0.0.13:19001"})}
    assert judge.working(WANTED, 300, WHAT, lambda: rows)
    assert said[-1] == "joined as control plane, waiting for it to be a member of the datastore"


def test_success_of_the_command_was_no_evidence(judge, look):
    """The trap of a join whose datastore never answered: it prints success and ends with status 0."""
    look.put(node())
    with pytest.raises(MicroK8sError, match=r"members as it knows them are nobody, without 10\.0\.0\.13:19001") as problem:
        judge.working(WANTED, 61, WHAT, lambda: None)
    assert problem.value.facts["outcome"] == "datastore_not_joined"
    assert problem.value.facts["retryable"] is None


def test_it_waits_for_the_api(judge, look, clock, passing_error, said):
    look.put(node())
    look.fails = [passing_error(), passing_error()]
    assert judge.working(WANTED, 300, WHAT)
    assert said == ["joined as control plane, waiting for the API to answer"] * 2


def test_a_refusal_is_not_waited_for(judge, look):
    look.fails = [ClusterError("no", reason="Unauthorized", status=401)]
    with pytest.raises(ClusterError):
        judge.working(WANTED, 300, WHAT)


# Effects of add-ons
