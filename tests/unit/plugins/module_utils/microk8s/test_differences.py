# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster that is there differs from what is wanted of it."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.differences import (
    CHECKS,
    CLUSTER_CHECKS,
    NO_CLUSTER,
    SEEN,
    SILENT,
    WANTED,
    Cluster,
    Situation,
    cluster_differences,
    differences,
    node_differences,
)

INFO = {
    "installed": True,
    "clustered": True,
    "snap": {"channel": "1.34/stable"},
    "snapd": {"hold": "forever"},
    "sideload": {"waiting": [], "loaded": []},
}
NODE_WANTED = {"hold": True, "channel": "1.34/stable", "alone": False, "address": "10.0.0.11", "asked": True, "files": []}
NODE = {"name": "pi01", "ready": True, "reason": None, "address": "10.0.0.11", "schedulable": True}


def situation(info=None, wanted=None, seen=None):
    return Situation("pi01", {**INFO, **(info or {})}, {**NODE_WANTED, **(wanted or {})}, {**NODE, **(seen or {})})


def test_a_member_that_is_as_it_should_be_differs_in_nothing():
    assert node_differences(situation()) == []


@pytest.mark.parametrize(
    ("change", "found", "text"),
    [
        pytest.param({"info": {"installed": False}}, "C01", "pi01: MicroK8s is not installed. Run site.yml.", id="nothing there"),
        pytest.param({"info": {"clustered": False}}, "C02", "a cluster of its own", id="never joined"),
        pytest.param({"info": {"snapd": {"hold": None}}}, "C03", "at any time", id="not held"),
        pytest.param({"wanted": {"files": ["kubelet"]}}, "C04", "kubelet", id="arguments"),
        pytest.param({"seen": {"ready": False, "reason": "kubelet stopped posting"}}, "C06", "kubelet stopped posting", id="not ready"),
        pytest.param(
            {"seen": {"address": "10.0.0.99"}}, "C07", "reaches it at 10.0.0.99, and the inventory says 10.0.0.11", id="address changed"
        ),
        pytest.param({"seen": {"schedulable": False}}, "C08", "uncordon pi01", id="cordoned"),
        pytest.param({"wanted": {"hold": False}}, "C17", "microk8s_hold is false. Run", id="held, and not to be"),
        pytest.param(
            {"wanted": {"channel": "1.34/candidate"}},
            "C18",
            'follows 1.34/stable, and microk8s_channel is 1.34/candidate. Run "snap switch --channel=1.34/candidate microk8s',
            id="another risk",
        ),
        pytest.param({"info": {"sideload": {"waiting": ["a.tar"]}}}, "C09", "not loaded from a.tar", id="archive not loaded"),
    ],
)
def test_each_difference_is_said_alone_and_with_its_cure(change, found, text):
    (difference,) = node_differences(situation(**change))
    assert (difference["id"], difference["host"]) == (found, "pi01")
    assert text in difference["message"]


def test_a_member_that_the_cluster_does_not_know():
    (difference,) = node_differences(situation()._replace(seen=None))
    assert difference["id"] == "C05"


def test_a_snap_from_a_file_is_never_refreshed():
    assert node_differences(situation(info={"snap": {"channel": None}, "snapd": {"hold": None}})) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"wanted": {"channel": "1.35/candidate"}}, id="another release is said elsewhere"),
        pytest.param({"wanted": {"channel": "1.34"}}, id="the same, in short"),
        pytest.param({"info": {"snap": {"channel": None}}, "wanted": {"hold": False}}, id="from a file"),
        pytest.param({"info": {"snapd": {"hold": "2030-01-01T00:00:00+00:00"}}, "wanted": {"hold": False}}, id="held for a while"),
    ],
)
def test_what_is_no_difference_of_the_snap(change):
    assert node_differences(situation(**change)) == []


def test_a_node_that_is_meant_to_be_alone_is_no_stranger():
    assert node_differences(situation(info={"clustered": False}, wanted={"alone": True})) == []


@pytest.mark.parametrize(
    "change",
    [pytest.param({"wanted": {"address": None}}, id="nothing wanted"), pytest.param({"seen": {"address": None}}, id="not reported yet")],
)
def test_an_address_that_is_not_known_is_no_other_one(change):
    assert node_differences(situation(**change)) == []


def infos(*names):
    return {name: {**INFO, "hostname": name, "default_addresses": [address(name)]} for name in names}


def address(name):
    return f"10.0.0.1{name[-1]}"


def node(name, **changes):
    return {"name": name, "ready": True, "reason": "", "address": address(name), "schedulable": True, **changes}


def cluster(wanted=None, **seen):
    """Three control planes that vote."""
    names = ("pi01", "pi02", "pi03")
    voters = {"voters": [f"{address(name)}:19001" for name in names]}
    return Cluster(
        infos(*names),
        {**WANTED, "ha": True, **(wanted or {})},
        {**SEEN, "nodes": [node(name) for name in names], "ha": voters, **seen},
    )


def six(*hosts):
    return {
        "nodes": [node(f"pi0{n}", address=host) for n, host in enumerate(hosts, 1)],
        "ha": {"voters": [f"[{host}]:19001" for host in hosts]},
    }


ADDON = {"name": "core/dns", "state": "present", "changed": False}


def test_a_cluster_that_is_as_it_should_be_differs_in_nothing():
    assert cluster_differences(cluster(addons=[ADDON], repositories={"pi01": [ADDON]})) == []


@pytest.mark.parametrize(
    ("found", "id_", "host", "message"),
    [
        pytest.param(cluster(nodes=None), "C10", None, "There is no cluster that could be asked. Run site.yml.", id="no cluster"),
        pytest.param(
            cluster(nodes=[*cluster().nodes, node("pi09", ready=False, reason="NodeStatusUnknown: stopped posting")]),
            "C11",
            None,
            "The cluster says that pi09 is not Ready: NodeStatusUnknown: stopped posting."
            " See that it has power and network; if it is gone for good, take it out with remove_node.yml.",
            id="a node that does not answer",
        ),
        pytest.param(
            cluster(nodes=[node("pi01"), node("pi02"), node("pi03", ready=False)]),
            "C12",
            None,
            "The datastore has 2 of 3 voters: the loss of another one may stop it."
            " Bring back the control planes that are not Ready, or join another one with add_node.yml.",
            id="a voter that is off still has its role",
        ),
        pytest.param(cluster(ha={"voters": ["10.0.0.11:19001"]}), "C12", None, "The datastore has 1 of 3 voters", id="one votes"),
        pytest.param(cluster(ha=None), "C12", None, "The datastore has 0 of 3 voters", id="nobody knows who votes"),
        pytest.param(
            cluster(**{**six("fd00::1", "fd00::2", "fd00::3"), "ha": {"voters": ["[fd00::1]:19001", "[fd00::9]:19001"]}}),
            "C12",
            None,
            "The datastore has 1 of 3 voters",
            id="IPv6, one of two is a node that is Ready",
        ),
        pytest.param(
            cluster(addons=[{**ADDON, "changed": True}]), "C13", None, "The add-on core/dns is not present. Run site.yml.", id="an add-on"
        ),
        pytest.param(
            cluster(addons_failure="no repository has an add-on special."),
            "C19",
            None,
            "Not all add-ons could be looked at: no repository has an add-on special. Then",
            id="an add-on that nobody knows",
        ),
        pytest.param(
            cluster(repositories={"pi02": [{"name": "core/community", "state": "present", "changed": True}]}),
            "C14",
            "pi02",
            "pi02: the repository core/community is not present. Run site.yml.",
            id="a repository of one node",
        ),
        pytest.param(
            cluster(addons=[{**ADDON, "missing": ["no pod of coredns works", "kube-dns has no address"]}]),
            "C15",
            None,
            "MicroK8s calls the add-on core/dns present, and it is not: no pod of coredns works; kube-dns has no address."
            " If that lasts, disable it and run site.yml.",
            id="an add-on without effect",
        ),
    ],
)
def test_each_difference_of_the_cluster_is_said_alone_and_with_its_cure(found, id_, host, message):
    (difference,) = cluster_differences(found)
    assert (difference["id"], difference["host"]) == (id_, host)
    assert difference["message"].startswith(message)
    assert difference["message"].endswith(".")


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(cluster(wanted={"ha": False}, ha={"voters": []}), id="three voters are not wanted"),
        pytest.param(cluster(**six("fd00::1", "fd00::2", "fd00::3")), id="voters by IPv6"),
        pytest.param(
            cluster(nodes=[node("pi01"), node("pi02", ready=False), node("pi03"), node("pi04")], wanted={"ha": False}), id="it answers"
        ),
    ],
)
def test_what_is_no_difference_of_the_cluster(found):
    assert cluster_differences(found) == []


def test_without_a_cluster_nothing_else_is_said_of_it():
    assert [row["id"] for row in cluster_differences(cluster(nodes=None, addons=[{**ADDON, "changed": True}]))] == ["C10"]


def test_of_a_cluster_that_does_not_answer_everything_local_is_said():
    facts = {name: {"microk8s": info} for name, info in infos("pi01", "pi02").items()}
    found = differences(facts, {}, {"nodes": None, "silence": "listing Node failed.", "arguments": {"pi02": {"files": ["kubelet"]}}})
    assert [(row["host"], row["id"]) for row in found] == [("pi02", "C04"), (None, "C16")]
    assert "of its nodes and add-ons: listing Node failed. Bring back" in found[1]["message"]


def test_each_host_is_held_against_what_is_wanted_and_seen_of_it():
    facts = {name: {"microk8s": info} for name, info in infos("pi01", "pi02", "pi03").items()}
    seen = {
        "nodes": [node("pi01"), node("pi02", address="10.0.0.99"), node("pi03", address="10.0.0.30")],
        "arguments": {"pi01": {"files": ["kubelet"], "restarted": ["kube-proxy"]}, "pi02": {"skipped": True}},
    }
    found = differences(facts, {"addresses": {"pi03": "10.0.0.30"}}, seen)
    assert [(row["host"], row["id"]) for row in found] == [("pi01", "C04"), ("pi02", "C07")]
    assert "kubelet, kube-proxy" in found[0]["message"]


def test_ids_are_used_once():
    checks = (*CHECKS, NO_CLUSTER, SILENT, *CLUSTER_CHECKS)
    assert len({check.id for check in checks}) == len(checks)
