# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens on the controller, with a script in the place of the node and a dictionary in the place of the cluster."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.action import (
    microk8s_addon,
    microk8s_args,
    microk8s_dns,
    microk8s_join,
    microk8s_leave,
    microk8s_member,
    microk8s_nodes,
    microk8s_snap,
    node_drain,
)
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import effect, judge
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

LABELS = {"control_plane": "node.kubernetes.io/microk8s-controlplane", "worker": "node.kubernetes.io/microk8s-worker"}
SECRET = {"users": [{"user": {"client-key-data": "SECRET"}}]}


def node(name="pi03", ready=True, role="worker", address="10.0.0.13"):
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": {LABELS[role]: "x"}},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "addresses": [{"type": "InternalIP", "address": address}],
            "nodeInfo": {"kubeletVersion": "v1.34.4"},
        },
    }


class Look(dict):
    server = "https://10.0.0.11:16443"
    servers = (server,)
    dead: tuple[str, ...] = ()

    def get(self, kind, name, namespace=None, api_version="v1"):
        return super().get((kind, name))

    def list(self, kind, *_, **__):
        return [item for (one, _name), item in self.items() if one == kind]

    def put(self, item):
        self[item["kind"], item["metadata"]["name"]] = item

    def answering(self, path, among):
        return [address for address in among if address not in self.dead]


@pytest.fixture
def act(monkeypatch):
    """Runs an action: (plugin, options, answers of modules by name) -> result, with what was sent and said."""
    monkeypatch.setattr(judge, "PAUSE", 0)
    monkeypatch.setattr(effect, "PAUSE", 0)
    look, sent, said = Look(), [], []

    def run(plugin, answers=None, check=False, **options):
        action = plugin.ActionModule.__new__(plugin.ActionModule)
        defaults = {key: spec.get("default") for key, spec in plugin.ActionModule.ARGUMENTS.items()}
        action._task = SimpleNamespace(args=options, check_mode=check, delegate_to=None)
        action.variables, action.host = {}, "pi03"
        action.progress = SimpleNamespace(
            waits=lambda subject, name, what, usual=None, goes_on=False: said.append(f"{subject}: {name} {what}")
        )

        def execute(module_name, module_args, task_vars):
            sent.append((module_name.rpartition(".")[2], module_args))
            answer = (answers or {})[module_name.rpartition(".")[2]]
            return answer() if callable(answer) else answer

        @contextmanager
        def cluster(wanted):
            yield look

        action._execute_module, action.cluster = execute, cluster
        return action.carry_out({**defaults, **options})

    run.look, run.sent, run.said = look, sent, said
    return run


JOINED = {"changed": True, "joined": True, "node": "pi03", "outcome": "done"}
JOIN = {"url": "10.0.0.11:25000/t/c", "role": "worker", "address": "10.0.0.13", "kubeconfig": SECRET, "servers": ["10.0.0.12"]}


def members(*addresses):
    return {"ansible_facts": {"pikube_microk8s": {"datastore": {"members": [{"address": address} for address in addresses]}}}}


def test_join_is_judged_by_the_cluster(act):
    result = act(microk8s_join, {"microk8s_join": lambda: act.look.put(node()) or JOINED}, **JOIN)
    assert result["seen"]["ready"] is True
    assert result["changed"] is True
    assert act.said[0] == "microk8s: pi03 joins as worker through 10.0.0.11"


def test_the_kubeconfig_stays_on_the_controller(act):
    act(microk8s_join, {"microk8s_join": lambda: act.look.put(node()) or JOINED}, **JOIN)
    assert "SECRET" not in str(act.sent)
    assert set(act.sent[0][1]) == {"url", "role", "address"}


def test_a_control_plane_has_to_be_a_member(act):
    answers = {"microk8s_join": lambda: act.look.put(node(role="control_plane")) or JOINED, "microk8s_info": members("10.0.0.13:19001")}
    assert act(microk8s_join, answers, **{**JOIN, "role": "control_plane"})["seen"]["role"] == "control_plane"
    assert [name for name, _options in act.sent] == ["microk8s_join", "microk8s_info"]


def test_a_failed_join_is_not_judged(act):
    failed = {"failed": True, "msg": "no", "outcome": "token", "retryable": "token"}
    assert act(microk8s_join, {"microk8s_join": failed}, **JOIN) == failed


def test_join_in_check_mode_and_without_a_kubeconfig(act):
    assert act(microk8s_join, {"microk8s_join": JOINED}, check=True, **JOIN) == JOINED
    assert act(microk8s_join, {"microk8s_join": JOINED}, **{**JOIN, "kubeconfig": None}) == JOINED


def test_a_member_is_judged_too(act, monkeypatch):
    monkeypatch.setattr(microk8s_join, "USUAL_READY", {"worker": (0, 0)})
    act.look.put(node(ready=False))
    member = {"changed": False, "joined": False, "node": "pi03", "outcome": "member"}
    with pytest.raises(MicroK8sError, match="pi03 is a member as worker, and does not work"):
        act(microk8s_join, {"microk8s_join": member}, **{**JOIN, "timeout": 1})


def test_leave_and_member(act):
    assert act(microk8s_leave, {"microk8s_leave": {"changed": True}}) == {"changed": True}
    assert act(microk8s_member, {"microk8s_member": {"changed": True}}, name="pi02", kubeconfig=SECRET) == {"changed": True}
    assert act.said == ["microk8s: pi03 leaves the cluster", "microk8s: pi03 removes pi02 from the cluster"]
    act.look.put(node("pi02"))
    with pytest.raises(MicroK8sError, match="still has its Node"):
        act(microk8s_member, {"microk8s_member": {"changed": True}}, name="pi02", kubeconfig=SECRET)
    assert "SECRET" not in str(act.sent)


def test_args_wait_for_the_node_after_a_restart(act):
    act.look.put(node())
    leases = iter([{"spec": {"renewTime": "1"}}, {"spec": {"renewTime": "2"}}])
    act.look.get = lambda kind, name, *_: next(leases) if kind == "Lease" else node()
    answer = {"microk8s_args": {"changed": True, "restarted": ["kubelite"]}}
    assert act(microk8s_args, answer, kubeconfig=SECRET, arguments={})["seen"]["ready"]
    assert act.sent == [("microk8s_args", {"arguments": {}})]
    assert "seen" not in act(microk8s_args, {"microk8s_args": {"changed": True, "restarted": []}}, kubeconfig=SECRET)


def test_args_are_refused_while_another_control_plane_does_not_answer(act, monkeypatch):
    monkeypatch.setattr(microk8s_args, "TURN_SECONDS", 0)
    act.look.put(node(role="control_plane"))
    act.look.put(node("pi01", role="control_plane", address="10.0.0.11"))
    answer = {"microk8s_args": {"changed": True, "restarted": []}}
    act.look.dead = ("10.0.0.11",)
    with pytest.raises(MicroK8sError, match="pi03 did not get its arguments, and nothing on it was changed: the API server of pi01"):
        act(microk8s_args, answer, kubeconfig=SECRET, arguments={})
    assert act.sent == []
    assert act(microk8s_args, answer, check=True, kubeconfig=SECRET, arguments={})["changed"]
    act.look.dead = ()
    assert act(microk8s_args, answer, kubeconfig=SECRET, arguments={})["changed"]


def test_args_may_bring_an_api_back_that_nobody_answers_for(act):
    def silent(*_, **__):
        raise ClusterError("nobody answers", passing=True)

    act.look.list = silent
    assert act(microk8s_args, {"microk8s_args": {"changed": True, "restarted": []}}, kubeconfig=SECRET, arguments={})["changed"]


def test_snap(act):
    act(microk8s_snap, {"microk8s_snap": {"changed": True}}, state="present", channel="1.34/stable")
    assert act.said == ["microk8s: pi03 installs the snap 1.34/stable"]


def test_nodes(act):
    act.look.put(node("pi02"))
    act.look.put(node("pi01", role="control_plane"))
    result = act(microk8s_nodes, kubeconfig=SECRET, servers=[], members=[{"address": "a", "role": "voter"}])
    assert [row["name"] for row in result["nodes"]] == ["pi01", "pi02"]
    assert (result["changed"], result["control_planes"], result["ha"]["formed"]) == (False, ["pi01"], False)


def test_dns_comes_to_several_nodes_and_is_waited_for(act, monkeypatch):
    assert act(microk8s_dns, kubeconfig=SECRET) == {"changed": False, "pods": 0}
    monkeypatch.setattr(microk8s_dns, "PAUSE", 0)
    found = {
        "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system", "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": {"spec": {}}},
        "status": {"observedGeneration": 1, "availableReplicas": 1, "updatedReplicas": 1},
    }
    act.look.put(found)
    act.look.put(node("pi01"))
    assert act(microk8s_dns, kubeconfig=SECRET) == {"changed": False, "pods": 1}
    act.look.put(node("pi02"))
    foretold = act(microk8s_dns, kubeconfig=SECRET, check=True)
    assert (foretold["changed"], foretold["pods"], found["spec"]["replicas"]) == (True, 2, 1)
    assert "replicas: 1" in foretold["diff"]["before"]
    assert "DoNotSchedule" in foretold["diff"]["after"]

    def patch(kind, name, body, namespace, api_version):
        found["spec"]["replicas"] = body["spec"]["replicas"]
        found["spec"]["template"]["spec"] |= body["spec"]["template"]["spec"]

    act.look.patch = patch
    with pytest.raises(MicroK8sError, match="Deployment kube-system/coredns: 1 of 2 pods work"):
        act(microk8s_dns, kubeconfig=SECRET, timeout=0)
    found["spec"]["replicas"] = 1
    found["status"] |= {"availableReplicas": 2, "updatedReplicas": 2}
    assert act(microk8s_dns, kubeconfig=SECRET)["changed"]
    assert not act(microk8s_dns, kubeconfig=SECRET)["changed"]


def test_nodes_with_the_volumes_that_are_lost_with_them(act):
    act.look.put(node("pi02"))
    act.look.put({"kind": "PersistentVolume", "metadata": {"name": "pvc-1"}, "spec": {"hostPath": {"path": "/data"}}})
    result = act(microk8s_nodes, kubeconfig=SECRET, volumes=True)
    assert [(row["name"], row["lost_with"]) for row in result["volumes"]] == [("pvc-1", ["pi02"])]
    assert "volumes" not in act(microk8s_nodes, kubeconfig=SECRET)


def test_nodes_are_waited_for(act, monkeypatch):
    monkeypatch.setattr(microk8s_nodes, "PAUSE", 0)
    act.look.put(node("pi02", ready=False))
    goal = {**microk8s_nodes.NO_GOAL, "nodes": {"pi02": {"role": "worker"}, "pi09": None}}
    with pytest.raises(MicroK8sError, match=r"pi02: not Ready .*; pi09: the cluster has no Node pi09") as problem:
        act(microk8s_nodes, kubeconfig=SECRET, servers=[], members=None, wait_for=goal)
    assert set(problem.value.facts["missing"]) == {"pi02", "pi09"}
    assert act(microk8s_nodes, kubeconfig=SECRET, servers=[], members=None, wait_for=goal, check=True)["changed"] is False


@pytest.mark.parametrize(("others", "missing"), [(False, set()), (True, {"pi03"})])
def test_nodes_that_nobody_named_may_be_waited_for(act, others, missing):
    act.look.put(node("pi02"))
    act.look.put(node("pi03", ready=False))
    goal = {**microk8s_nodes.NO_GOAL, "nodes": {"pi02": {"role": "worker"}}, "others": others}
    try:
        act(microk8s_nodes, kubeconfig=SECRET, servers=[], members=None, wait_for=goal)
        found = set()
    except MicroK8sError as error:
        found = set(error.facts["missing"])
    assert found == missing


@pytest.mark.parametrize(("api", "passing", "error"), [(True, True, None), (True, False, ClusterError), (False, True, ClusterError)])
def test_an_api_that_is_silent_is_waited_for_if_asked(act, monkeypatch, api, passing, error):
    monkeypatch.setattr(microk8s_nodes, "PAUSE", 0)
    problem, answers = ClusterError("no route to host", passing=passing), [True]

    def silent_once(kind):
        if answers:
            answers.pop()
            raise problem
        return []

    act.look.list = silent_once
    goal = {**microk8s_nodes.NO_GOAL, "api": api, "seconds": 5}
    if error is None:
        assert act(microk8s_nodes, kubeconfig=SECRET, wait_for=goal)["nodes"] == []
        assert "the API does not answer (no route to host)" in act.said[0]
    else:
        with pytest.raises(error):
            act(microk8s_nodes, kubeconfig=SECRET, wait_for=goal)


def test_drain(act):
    act.look.put(node())
    act.look.patch = lambda *arguments: act.sent.append(arguments)
    result = act(node_drain, kubeconfig=SECRET, name="pi03", state="drained", timeout=5, force=False, delete_emptydir_data=True)
    assert (result["changed"], result["cordoned"]) == (True, True)
    assert act.sent == [("Node", "pi03", {"spec": {"unschedulable": True}})]


DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": "coredns", "namespace": "kube-system"},
    "spec": {"replicas": 1},
    "status": {"availableReplicas": 1, "updatedReplicas": 1},
}
SERVICE = {"kind": "Service", "metadata": {"name": "kube-dns", "namespace": "kube-system"}, "spec": {"clusterIP": "10.152.183.10"}}
DNS = {"name": "dns", "state": "present", "arguments": []}


def enables():
    return {"changed": True, "addons": [{"name": "core/dns", "state": "present", "changed": True, "outcome": "done"}]}


def test_addon_that_works_costs_nothing_on_the_node(act):
    act.look.put(DEPLOYMENT)
    act.look.put(SERVICE)
    result = act(microk8s_addon, addons=[DNS], kubeconfig=SECRET)
    assert (result["changed"], result["addons"][0]["outcome"], act.sent) == (False, "there", [])


def test_addon_is_enabled_and_waited_for(act):
    result = act(
        microk8s_addon,
        {"microk8s_addon": lambda: act.look.put(DEPLOYMENT) or act.look.put(SERVICE) or enables()},
        addons=[DNS],
        kubeconfig=SECRET,
        command_timeout=60,
    )
    assert (result["changed"], result["addons"][0]["outcome"]) == (True, "done")
    assert act.sent == [("microk8s_addon", {"addons": [DNS], "command_timeout": 60})]


def test_addon_that_fails(act):
    act.look.put(DEPLOYMENT)
    act.look.put(SERVICE)
    failed = {"failed": True, "msg": "pi01: no repository has an add-on special", "changed": False}
    result = act(microk8s_addon, {"microk8s_addon": failed}, addons=[DNS, {**DNS, "name": "special"}], kubeconfig=SECRET)
    assert result["failed"]
    assert [row["outcome"] for row in result["addons"]] == ["there", "failed"]


def test_addon_that_is_called_enabled_and_does_not_work(act):
    called = {"changed": False, "addons": [{"name": "core/dns", "state": "present", "changed": False, "outcome": "already"}]}
    result = act(microk8s_addon, {"microk8s_addon": called}, addons=[DNS], kubeconfig=SECRET, check=True)
    assert result["addons"][0]["outcome"] == "no_effect"
    assert result["addons"][0]["missing"][0] == "no Deployment kube-system/coredns"
    with pytest.raises(MicroK8sError, match="does not work after 0 s"):
        act(microk8s_addon, {"microk8s_addon": called}, addons=[DNS], kubeconfig=SECRET, timeout=0)
    assert act.sent[-1] == ("microk8s_addon", {"addons": [DNS]})


def test_addons_in_check_mode(act):
    result = act(microk8s_addon, {"microk8s_addon": enables}, addons=[DNS], kubeconfig=SECRET, check=True)
    assert result["changed"] is True
