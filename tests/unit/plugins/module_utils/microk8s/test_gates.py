# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.gates import GATES
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.problems import ERROR, WARNING, problems
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import CLUSTER, MIB, NOW, OTHER, alone, bare, member, wanted, worker

OLD = "2026-11-01T00:00:00+00:00"
TWO_MEMBERS = ("pi01", "pi02")


def found(rows, wishes):
    hosts = Hosts({facts["node"]["hostname"]: facts for facts in rows}, wishes)
    return problems(hosts, plan(hosts), GATES)


@pytest.mark.parametrize(
    ("rows", "wishes"),
    [
        pytest.param([bare("pi01"), bare("pi02"), bare("pi03"), bare("pi04")], wanted(3, 1), id="bare hosts"),
        pytest.param([alone("pi01")], wanted(1), id="a node by itself"),
        pytest.param([alone("pi01"), alone("pi02"), alone("pi03")], wanted(3), id="a run that was interrupted after installing"),
        pytest.param([member("pi01"), member("pi02"), member("pi03"), worker("pi04")], wanted(3, 1), id="a cluster"),
        pytest.param([member("pi01", TWO_MEMBERS), member("pi02", TWO_MEMBERS), bare("pi03")], wanted(3), id="a third one joins"),
    ],
)
def test_nothing_speaks_against_good_hosts(rows, wishes):
    assert found(rows, wishes) == []


def three(**changes):
    """Three bare hosts, the second one with changes."""
    return [bare("pi01"), bare("pi02", **changes), bare("pi03")]


def cluster(**changes):
    """Three control planes of a cluster, the second one with changes."""
    return [member("pi01"), member("pi02", **changes), member("pi03")]


def said(*texts):
    """What hosts want, in their order: a channel, or a channel and the version of a file."""
    rows = [(text, None) if isinstance(text, str) else text for text in texts]
    return {f"pi0{number}": {"channel": channel, "version": version} for number, (channel, version) in enumerate(rows, 1)}


SMALL = {"node__memory__total_bytes": 921 * MIB, "node__board__model": "Raspberry Pi 3 Model B Plus Rev 1.3"}
MIDDLE = {"node__memory__total_bytes": 1600 * MIB}
NEAR = [{"name": "eth0", "addresses": ["10.1.7.12/24", "fe80::1/64"]}]
CASES = [
    pytest.param(
        [bare("pi01")], wanted(1, channel="1.34/stabel"), {"M01": (None, ['"1.34/stabel" is not a channel', "1.36/stable"])}, id="M01"
    ),
    pytest.param([bare("pi01")], wanted(1, channel="latest/stable"), {"M02": (None, ["by itself"])}, id="M02"),
    pytest.param([bare("pi01")], wanted(1, channel="stable"), {"M02": (None, ['"stable"'])}, id="M02 by a short name"),
    pytest.param([bare("pi01")], wanted(1, channel="1.34-strict/stable"), {"M03": (None, ["Use 1.34/stable"])}, id="M03"),
    pytest.param([bare("pi01")], wanted(1, channel="1.29/stable"), {"M04": (None, ["MicroK8s 1.29", "1.30, 1.31"])}, id="M04"),
    pytest.param([bare("pi01")], wanted(1, channel=None, version="v1.99.0"), {"M04": (None, ["MicroK8s 1.99"])}, id="M04 of a file"),
    pytest.param([bare("pi01")], wanted(1, version="v1.33.2"), {"M05": (None, ["1.34/stable", "v1.33.2"])}, id="M05"),
    pytest.param(
        three(node__cgroup__version=1), wanted(3, channel="1.35/stable"), {"M06": ("pi02", ["version 1", "kubelet of 1.35"])}, id="M06"
    ),
    pytest.param(three(node__cgroup__version=1), wanted(3), {}, id="M06 not before 1.35"),
    pytest.param(
        cluster(microk8s__snap={"version": "v1.33.9", "minor": "1.33"}),
        wanted(3),
        {"M07": ("pi02", ["v1.33.9 is installed and 1.34 is wanted", "playbooks/upgrade.yml"])},
        id="M07",
    ),
    pytest.param(cluster(microk8s__snap={"version": "v1.33.9", "minor": "1.33"}), wanted(3, upgrade=True), {}, id="M07 not in an upgrade"),
    pytest.param(
        cluster(microk8s__snap={"version": "v1.32.9", "minor": "1.32"}),
        wanted(3, upgrade=True),
        {"M50": ("pi02", ["v1.32.9 cannot be upgraded to 1.34 at once: the next one is 1.33", "1.33/stable"])},
        id="M50 skips a release",
    ),
    pytest.param(
        cluster(microk8s__snap={"version": "v1.35.1", "minor": "1.35"}),
        wanted(3, upgrade=True),
        {"M50": ("pi02", ["there is no way back from 1.35", "1.35/stable"])},
        id="M50 goes back",
    ),
    pytest.param(
        cluster(microk8s__snap={"version": "v1.33.9", "minor": "1.33"}),
        wanted(3, channel=None),
        {"M08": (None, ["pi01 1.34, pi02 1.33, pi03 1.34"])},
        id="M08",
    ),
    pytest.param(
        three(),
        wanted(3, releases=said("1.34/stable", "1.35/stable", "1.34/stable")),
        {"M51": (None, ["(pi01 1.34/stable, pi02 1.35/stable, pi03 1.34/stable)", "same release for all hosts (group_vars/all.yml)"])},
        id="M51",
    ),
    pytest.param(
        three(),
        wanted(3, releases=said("1.34/stable", ("1.34/stable", "v1.33.4"), "1.34/stable")),
        {"M51": (None, ["pi02 v1.33.4"])},
        id="M51 by a snap file",
    ),
    pytest.param(
        three(),
        wanted(3, releases=said("1.34/stable", "latest/stable")),
        {"M51": (None, ["pi02 latest/stable"])},
        id="M51 without a release",
    ),
    pytest.param(
        cluster(),
        wanted(3, upgrade=True, releases=said("1.34/stable", "1.35/stable")),
        {"M51": (None, ["pi02 1.35/stable"])},
        id="M51 in an upgrade too",
    ),
    pytest.param(three(), wanted(3, releases=said("1.34/stable", "1.34/candidate", "1.34")), {}, id="M51 not for another risk"),
    pytest.param(three(), wanted(3, releases=said(("1.34/stable", "v1.34.1"), "1.34/stable")), {}, id="M51 not for a file of the release"),
    pytest.param(
        three(),
        wanted(3, releases={"pi01": {"channel": "1.34/stable"}, "pi02": {}, "pi09": {"channel": "1.30"}}),
        {},
        id="M51 not for hosts that said nothing or are none of the cluster",
    ),
    pytest.param([bare(f"pi0{n}") for n in range(1, 5)], wanted(4), {"M09": (None, ["4 control planes survive the loss of 1"])}, id="M09"),
    pytest.param([bare("pi01"), bare("pi02")], wanted(2), {"M10": (None, ["pi01 and pi02", "loses the datastore"])}, id="M10"),
    pytest.param([bare("pi01")], wanted(0, 1), {"M11": (None, ["no host is a control plane"])}, id="M11"),
    pytest.param([bare("pi01")], wanted(1, cluster_cidr="10.1.0.1/16"), {"M12": (None, ['cluster_cidr "10.1.0.1/16"'])}, id="M12"),
    pytest.param(
        [bare("pi01")],
        wanted(1, service_cidr="10.1.128.0/24"),
        {"M13": (None, ["cluster_cidr 10.1.0.0/16 overlaps with service_cidr 10.1.128.0/24"])},
        id="M13 with each other",
    ),
    pytest.param(
        three(node__interfaces=NEAR),
        wanted(3),
        {"M13": ("pi02", ["overlaps with its own network 10.1.7.0/24"])},
        id="M13 with a node's network",
    ),
    pytest.param(
        cluster(),
        wanted(3, cluster_cidr="10.7.0.0/16"),
        {"M14": (None, ["made with cluster_cidr 10.1.0.0/16 and 10.7.0.0/16 is wanted"])},
        id="M14",
    ),
    pytest.param(
        [alone("pi01"), bare("pi02")],
        wanted(1, 1, service_cidr="10.8.0.0/16"),
        {"M14": (None, ["made with service_cidr 10.152.183.0/24 and 10.8.0.0/16 is wanted"])},
        id="M14 of a node by itself",
    ),
    pytest.param(
        [alone("pi01", microk8s__datastore__address=None)],
        wanted(1, cluster_cidr="10.7.0.0/16"),
        {},
        id="M14 not while its install hook may still be at work",
    ),
    pytest.param(
        [alone("pi01", microk8s__cidrs__cluster="10.7.0.0/16")],
        wanted(1, cluster_cidr="10.7.0.0/16"),
        {},
        id="M14 not of an interrupted run",
    ),
    pytest.param(three(), wanted(3, architecture="amd64"), {"M15": ("pi01", ["built for amd64, and the node is arm64"])}, id="M15"),
    pytest.param(three(), wanted(3, architecture=["amd64", "arm64"]), {}, id="M15 not for several"),
    pytest.param(
        three(microk8s__snapd__architecture="amd64"),
        wanted(3, releases={"pi01": {"architecture": "arm64"}, "pi02": {"architecture": "amd64"}, "pi03": {"architecture": None}}),
        {},
        id="M15 not where each host has a file of its own",
    ),
    pytest.param(
        three(),
        wanted(3, releases={"pi02": {"architecture": "amd64"}}),
        {"M15": ("pi02", ["built for amd64, and the node is arm64"])},
        id="M15 of a host's own file",
    ),
    pytest.param(three(**SMALL), wanted(3), {"M16": ("pi02", ["Pi 3 Model B Plus", "921 MiB", "group workers"])}, id="M16"),
    pytest.param([bare("pi01"), bare("pi02", **SMALL)], wanted(1, 1), {}, id="M16 not for a worker"),
    pytest.param([bare("pi01", **SMALL)], wanted(1), {"M17": ("pi01", ["921 MiB"])}, id="M17 for one by itself"),
    pytest.param(three(**MIDDLE), wanted(3), {"M17": ("pi02", ["1600 MiB"])}, id="M17"),
    pytest.param(three(microk8s__disk={"free_mib": 3000}), wanted(3), {"M18": ("pi02", ["3000 MiB free", "needs 4096"])}, id="M18"),
    pytest.param(cluster(microk8s__disk={"free_mib": 3000}), wanted(3), {}, id="M18 not where it is installed"),
    pytest.param(three(microk8s__disk={"free_mib": 9000}), wanted(3), {"M19": ("pi02", ["9000 MiB free"])}, id="M19"),
    pytest.param(three(microk8s__hostname="PI01"), wanted(3), {"M20": ("pi02", ['"pi01" is that of pi01'])}, id="M20"),
    pytest.param(three(node__identity__machine_id=f"{1:032x}"), wanted(3), {"M21": ("pi02", ["copies of one card"])}, id="M21"),
    pytest.param(three(microk8s__clock__ahead_seconds=-3600.0), wanted(3), {"M22": ("pi02", ["s behind that of", "3600"])}, id="M22"),
    pytest.param(cluster(microk8s__clock__ahead_seconds=90.5), wanted(3), {"M23": ("pi02", ["90 s ahead of"])}, id="M23"),
    pytest.param(three(microk8s__clock__ahead_seconds=20), wanted(3), {}, id="M22 not for some seconds"),
    pytest.param(three(node__time__synchronized=False), wanted(3), {"M24": ("pi02", ["UDP port 123"])}, id="M24"),
    pytest.param(cluster(node__time__synchronized=False), wanted(3), {"M25": ("pi02", ["not synchronised"])}, id="M25"),
    pytest.param(
        three(), wanted(3, addresses={"pi02": "pi02.local"}), {"M26": ("pi02", ["not an IPv4"]), "M27": ("pi02", ["pi02.local"])}, id="M26"
    ),
    pytest.param(
        three(), wanted(3, addresses={"pi02": "10.0.0.99"}), {"M27": ("pi02", ["10.0.0.99, and the node has 10.0.0.12"])}, id="M27"
    ),
    pytest.param(three(microk8s__default_addresses=[]), wanted(3), {"M28": ("pi02", ["no IPv4 address"])}, id="M28"),
    pytest.param(three(microk8s__default_addresses=["10.0.0.11"]), wanted(3), {"M29": ("pi02", ["10.0.0.11 is that of pi01"])}, id="M29"),
    pytest.param(
        cluster(microk8s__default_addresses=["10.0.0.77"]), wanted(3), {"M30": ("pi02", ["10.0.0.12, and has 10.0.0.77 now"])}, id="M30"
    ),
    pytest.param(three(node__network={"default_interface": None}), wanted(3), {"M31": ("pi02", ["no default route"])}, id="M31"),
    pytest.param(
        cluster(node__network={"default_interface": None}, microk8s__arguments={"kube-apiserver": {"--advertise-address": "10.0.0.12"}}),
        wanted(3),
        {},
        id="M31 not with an address of its own",
    ),
    pytest.param(
        [member("pi01"), member("pi02"), member("pi03"), worker("pi04", OTHER, microk8s__api_servers=["10.9.9.9:16443"])],
        wanted(3, 1),
        {"M32": ("pi04", ["it is in a cluster of 10.9.9.9:16443, which is not a cluster of 10.0.0.11:19001", "reset_even_if_clustered"])},
        id="M32 a worker of another cluster",
    ),
    pytest.param(
        [member("pi01"), member("pi02", ("pi02", "pi09"), OTHER), member("pi03")],
        wanted(3),
        {
            "M32": ("pi02", ["a cluster of 10.0.0.12:19001, 10.0.0.19:19001"]),
            "M33": (None, ["pi01, pi03 in a cluster", "cannot be merged"]),
        },
        id="M33 two clusters",
    ),
    pytest.param(
        [member("pi01"), member("pi02"), member("pi03"), member("pi04")],
        wanted(3, 1),
        {"M34": ("pi04", ["a control plane of the cluster and is wanted as a worker", "group control_plane"])},
        id="M34 a control plane is to be a worker",
    ),
    pytest.param(
        [member("pi01"), worker("pi02"), member("pi03")],
        wanted(3, addresses={}),
        {"M34": ("pi02", ["a worker of the cluster and is wanted as a control plane", "group workers"])},
        id="M34 and the reverse",
    ),
    pytest.param(
        [member("pi01"), member("pi02"), alone("pi03", microk8s__ca_not_before=OLD)],
        wanted(3),
        {"M35": ("pi03", ["since 2026-11-01", "deletes everything"]), "M45": ("pi03", ["10.0.0.13"])},
        id="M35",
    ),
    pytest.param(
        [member("pi01", TWO_MEMBERS), member("pi02", TWO_MEMBERS), alone("pi03", microk8s__ca_not_before=OLD)],
        wanted(3, discard=["pi03"]),
        {},
        id="M35 not where it may be discarded",
    ),
    pytest.param(
        [member("pi01", TWO_MEMBERS), member("pi02", TWO_MEMBERS), alone("pi03", microk8s__ca_not_before=OLD, microk8s__ca_sha256=CLUSTER)],
        wanted(3),
        {},
        id="M35 not for the age of an authority that a join, broken off, has brought",
    ),
    pytest.param(
        [member("pi01", TWO_MEMBERS), member("pi02", TWO_MEMBERS), alone("pi03", microk8s__snap__active=False)],
        wanted(3),
        {"M35": ("pi03", ["there for an unknown time", '"snap enable microk8s"'])},
        id="M35 of a snap that is disabled",
    ),
    pytest.param(
        [bare("pi01"), bare("pi02")],
        wanted(3),
        {"M36": (None, ["the control planes pi03 cannot be asked", "second one"]), "M38": ("pi03", ["does not answer"])},
        id="M36",
    ),
    pytest.param(
        [alone("pi01"), alone("pi02")],
        wanted(3),
        {"M36": (None, ["pi03"]), "M38": ("pi03", [])},
        id="M36 after an installation",
    ),
    pytest.param([bare("pi01"), bare("pi02"), bare("pi03")], wanted(3, 1), {"M38": ("pi04", [])}, id="M36 not for a missing worker"),
    pytest.param([member("pi01"), member("pi02")], wanted(3), {"M38": ("pi03", [])}, id="M36 not for a cluster that is there"),
    pytest.param([worker("pi02")], wanted(1, 1), {"M32": ("pi02", []), "M37": (None, ["(pi01)"]), "M38": ("pi01", [])}, id="M37"),
    pytest.param(
        [alone("pi01", microk8s__low_memory_guard=True, node__memory__total_bytes=416 * MIB)],
        wanted(1),
        {"M17": ("pi01", []), "M39": ("pi01", ["416 MiB", "low-memory guard"])},
        id="M39",
    ),
    pytest.param(cluster(microk8s__stopped=True), wanted(3, start=False), {"M40": ("pi02", ["microk8s_start is false"])}, id="M40"),
    pytest.param(cluster(microk8s__stopped=True), wanted(3), {"M41": ("pi02", ["is started again"])}, id="M41"),
    pytest.param(
        cluster(microk8s__failed_services=["kubelite"]),
        wanted(3),
        {"M42": ("pi02", ["kubelite", "snap.microk8s.daemon-kubelite"])},
        id="M42",
    ),
    pytest.param(cluster(microk8s__join_in_progress=True), wanted(3), {"M43": ("pi02", ["broken off"])}, id="M43"),
    pytest.param(
        [member("pi01", ("pi01", "pi09"))],
        wanted(1),
        {"M44": (None, ["10.0.0.19:19001"[:9], "remove-node 10.0.0.19 --force", "pi01"])},
        id="M44",
    ),
    pytest.param([bare("pi01"), member("pi02"), member("pi03")], wanted(3), {"M45": ("pi01", ["10.0.0.11", "removed on pi02"])}, id="M45"),
    pytest.param(cluster(microk8s__ha_lock=False), wanted(3), {"M46": ("pi02", ["not dqlite"])}, id="M46"),
    pytest.param(
        cluster(microk8s__server_certificate={"not_after": "2026-12-03T10:02:00+00:00"}),
        wanted(3),
        {"M47": ("pi02", ["ends in 10 days"])},
        id="M47",
    ),
    pytest.param(
        cluster(microk8s__server_certificate={"not_after": "2026-11-03T10:02:00+00:00"}),
        wanted(3),
        {"M47": ("pi02", ["has ended"])},
        id="M47 too late",
    ),
    pytest.param([member("pi01", ("pi01",)), worker("pi02", microk8s__api_servers=[])], wanted(1, 1), {"M48": ("pi02", [])}, id="M48"),
    pytest.param(
        three(microk8s__snapd__version="2.49-1+deb11u2"), wanted(3), {"M49": ("pi02", ["2.49-1+deb11u2 is older than 2.52"])}, id="M49"
    ),
]


@pytest.mark.parametrize(("rows", "wishes", "expected"), CASES)
def test_what_speaks_against_it(rows, wishes, expected):
    there = {problem["id"]: problem for problem in reversed(found(rows, wishes))}
    assert set(there) == set(expected)
    for gate, (host, words) in expected.items():
        assert there[gate]["host"] == host
        for word in words:
            assert word in there[gate]["message"]


def test_every_gate_is_shut_by_a_case():
    shut = {gate for case in CASES for gate in case.values[2]}
    assert shut == {gate.id for gate in GATES}


def test_the_table():
    assert [gate.id for gate in GATES] == [f"M{number:02}" for number in range(1, len(GATES) + 1)]
    for gate in GATES:
        assert gate.severity in (ERROR, WARNING)
        assert all((gate.message, gate.cure, gate.source))
        assert not gate.message.endswith(".")
        assert not gate.cure.endswith(".")


def test_messages_name_the_host_and_leave_no_template_behind():
    for case in CASES:
        for problem in found(*case.values[:2]):
            assert problem["message"].startswith(f"{problem['host'] or 'cluster'}: ")
            assert problem["message"].endswith(problem["cure"])
            assert not re.search(r"\{\w*\}|None|\.\.$", problem["message"])


def test_facts_that_nobody_knows_speak_against_nothing():
    facts = {"node": {}, "microk8s": {"installed": False}}
    hosts = Hosts({"pi01": facts}, wanted(1))
    assert [problem["id"] for problem in problems(hosts, plan(hosts), GATES)] == ["M28"]
    assert NOW
