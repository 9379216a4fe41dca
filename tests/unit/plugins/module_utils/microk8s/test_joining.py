# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import joining, paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

TOKEN = "0123456789abcdef0123456789abcdef"
URL = f"10.0.0.11:25000/{TOKEN}/89ab89ab89ab"
# The fingerprints of these texts do not matter, only whether they are the same: certificates.sha256 of no certificate is None.
PROVIDER = 'tls:\nhttp:\n  services:\n    kube-apiserver:\n      loadBalancer:\n        servers:\n        - address: "10.9.0.1:16443"\n'


def join(node, role="worker", ca=None, check=False):
    return joining.run(node.machine, URL, role, ca, 300, check)


def becomes(node, worker=True):
    def change():
        if worker:
            node.write(f"{paths.LOCKS}/{paths.LOCK_WORKER}")
        node.write(f"{paths.LOCKS}/{paths.LOCK_CLUSTERED}")

    return change


def leaves_lock(node):
    return lambda: node.write(f"{paths.LOCKS}/{paths.LOCK_JOINING}")


def test_worker_joins(node):
    node.installed().says("join", out="Successfully joined the cluster.", does=becomes(node))
    result = join(node)
    assert (result["changed"], result["joined"], result["outcome"], result["node"]) == (True, True, "done", "pi03")
    assert node.ran == [f"join {URL} --worker"]


def test_control_plane_joins(node):
    node.installed().says("join", out="Successfully joined the cluster.", does=becomes(node, worker=False))
    assert join(node, "control_plane")["joined"]
    assert node.ran == [f"join {URL}"]


def test_a_refusal_leaves_nothing_behind(node):
    node.installed().says(
        "join", 6, f"Contacting cluster at 10.0.0.11\n{URL}\nConnection failed. Invalid token (500).\n", does=leaves_lock(node)
    )
    with pytest.raises(
        MicroK8sError, match=r"pi03 was not joined: the token is used or expired\. Nothing was changed on pi03\."
    ) as problem:
        join(node)
    facts = problem.value.facts
    assert (facts["outcome"], facts["retryable"], facts["half_joined"], facts["rc"]) == ("token", "token", False, 6)
    assert TOKEN not in str(facts)
    assert not (node.root / f"{paths.LOCKS}/{paths.LOCK_JOINING}".lstrip("/")).exists()


def test_half_joined(node):
    def change():
        node.write(f"{paths.LOCKS}/{paths.LOCK_CLUSTERED}")
        node.write(f"{paths.BACKEND}/init.yaml", "Cluster: []\n")

    node.installed().says("join", 1, "Traceback (most recent call last):\nKeyError: 'ca'\n", does=change)
    with pytest.raises(
        MicroK8sError, match="pi03 is half joined: it takes itself for a member of a cluster, its datastore was replaced"
    ) as problem:
        join(node, "control_plane")
    assert problem.value.facts["half_joined"] is True


def test_success_that_changed_nothing(node):
    node.installed().says("join", 0, "Successfully joined the cluster.")
    with pytest.raises(MicroK8sError, match="the command ended well, and by its files the node is a control plane alone") as problem:
        join(node)
    assert problem.value.facts["outcome"] == "nothing_done"


def test_what_a_failed_join_left_is_removed(node):
    node.installed().says("join", out="Successfully joined the cluster.", does=becomes(node))
    leaves_lock(node)()
    assert join(node)["actions"] == ["removed what a failed join left (join-in-progress)"]


def test_a_join_that_runs_is_waited_for(node, clock):
    node.installed().says("join", out="Successfully joined the cluster.", does=becomes(node))
    node.running = [True, True, True, False]
    assert "waited for a join that was running" in join(node)["actions"]
    assert clock.now == 4


def test_a_join_that_runs_for_ever(node):
    node.installed()
    node.running = [True] * 999
    with pytest.raises(MicroK8sError, match="another microk8s join has been running on it for 300 s"):
        join(node)


def test_check_mode_runs_nothing(node):
    leaves = node.installed()
    assert join(leaves, check=True)["changed"] is True
    assert node.ran == []


def member(node, monkeypatch, ca):
    facts = node.machine.facts()
    monkeypatch.setattr(type(node.machine), "facts", lambda self: {**facts, "cluster_ca_sha256": ca})


def test_a_member_is_left_alone(node, monkeypatch):
    node.installed(worker=True)
    member(node, monkeypatch, "ours")
    result = join(node, ca="ours")
    assert (result["changed"], result["joined"], result["outcome"]) == (False, False, "member")
    assert node.ran == []


@pytest.mark.parametrize(
    ("ca", "role", "text", "outcome"),
    [
        pytest.param("others", "worker", r"member of another cluster, that of 10\.9\.0\.1:16443", "other_cluster", id="another cluster"),
        pytest.param(None, "worker", "cluster_ca is not given", None, id="nobody says which"),
        pytest.param(
            "ours", "control_plane", "was not joined as control plane: it is a worker of this cluster", "other_role", id="another role"
        ),
    ],
)
def test_members_that_are_refused(node, monkeypatch, ca, role, text, outcome):
    node.installed(worker=True).write(paths.PROVIDER, PROVIDER)
    member(node, monkeypatch, "ours")
    with pytest.raises(MicroK8sError, match=text) as problem:
        join(node, role, ca=ca)
    assert problem.value.facts.get("outcome") == outcome
    assert node.ran == []


def test_a_control_plane_of_another_cluster_is_named_by_its_members(node, monkeypatch):
    node.installed(clustered=True).datastore("10.9.0.3:19001", ("10.9.0.1:19001", "voter"), ("10.9.0.3:19001", "spare"))
    member(node, monkeypatch, "theirs")
    with pytest.raises(MicroK8sError, match=r"another cluster, that of 10\.9\.0\.1:19001\."):
        join(node, "control_plane", ca="ours")


@pytest.mark.parametrize(
    ("prepare", "outcome"),
    [
        pytest.param(lambda node: node, "not_installed", id="not installed"),
        pytest.param(lambda node: node.installed().write(f"{paths.LOCKS}/{paths.LOCK_STOPPED}"), "stopped", id="stopped"),
        pytest.param(lambda node: node.installed().write(f"{paths.LOCKS}/{paths.LOCK_LOW_MEMORY}"), "low_memory", id="little memory"),
        pytest.param(lambda node: node.installed().write(f"{paths.LAUNCHER}/install.yaml"), "launch", id="launch configuration pending"),
    ],
)
def test_not_before(node, prepare, outcome):
    prepare(node)
    with pytest.raises(MicroK8sError) as problem:
        join(node, "control_plane")
    assert problem.value.facts["outcome"] == outcome
    assert node.ran == []


def test_it_waits_for_the_launch_configuration(node, clock):
    node.installed().says("join", out="Successfully joined the cluster.", does=becomes(node))
    node.write(f"{paths.LAUNCHER}/install.yaml")
    clock.then = {6: lambda: node.remove(f"{paths.LAUNCHER}/install.yaml")}
    assert join(node)["joined"]
