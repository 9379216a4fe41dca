# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.conflicts import KINDS, conflicts
from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError
from hypothesis import given
from hypothesis import strategies as st


def node(number: int, microk8s: bool = False, wanted: str | None = None, **changes):
    """A node whose every identity is its own; changes replace a part of its facts."""
    facts = {
        "hostname": f"pi{number:02d}",
        "board": {"serial": f"10000000a1b2c3{number:02d}"},
        "identity": {"machine_id": f"{number:032d}", "ssh_host_keys": [{"type": "ssh-rsa", "fingerprint": f"SHA256:r{number}"}]},
        "iscsi": {"initiator_name": f"iqn.2004-10.com.ubuntu:01:{number}"},
        "nvme": {"host_nqn": f"nqn.2014-08.org.nvmexpress:uuid:{number}"},
        "interfaces": [{"name": "eth0", "kind": "ethernet", "mac": f"d8:3a:dd:00:00:{number:02d}"}],
        "microk8s": {"installed": microk8s},
    }
    return {"facts": {**facts, **changes}, "hostname_wanted": wanted}


def clone(original, number: int, **changes):
    """A card copied into another board: all the same but the hardware."""
    hardware = node(number)["facts"]
    facts = {**original["facts"], "board": hardware["board"], "interfaces": hardware["interfaces"], **changes}
    return {"facts": facts, "hostname_wanted": None}


def test_nodes_of_their_own_have_no_conflict():
    assert conflicts({"a": node(1), "b": node(2), "c": node(3)}) == []
    assert conflicts({"a": node(1)}) == []
    assert conflicts({}) == []


def test_a_clone_shares_everything():
    original = node(1)
    found = conflicts({"a": original, "b": clone(original, 2), "c": node(3)})
    assert [conflict["kind"] for conflict in found] == [kind.name for kind in KINDS]
    assert {(tuple(conflict["hosts"]), conflict["keeper"], tuple(conflict["repair"])) for conflict in found} == {(("a", "b"), "a", ("b",))}


def test_one_conflict_whole():
    identity = {"machine_id": "0" * 31 + "1", "ssh_host_keys": []}
    assert conflicts({"pi01": node(1, identity=identity), "pi02": node(2, identity=identity), "pi03": node(3, identity=identity)}) == [
        {
            "kind": "machine_id",
            "value": "0" * 31 + "1",
            "hosts": ["pi01", "pi02", "pi03"],
            "keeper": "pi01",
            "repair": ["pi02", "pi03"],
            "blocked": [],
            "message": 'pi01, pi02 and pi03 have the same machine-id "00000000000000000000000000000001": DHCP gives them one address.'
            " It is to be made anew on pi02 and pi03, which takes a reboot.",
        }
    ]


def test_the_first_host_with_microk8s_stays_as_it_is():
    original = node(1)
    nodes = {"a": original, "b": clone(original, 2), "c": clone(original, 3, microk8s={"installed": True}), "d": clone(original, 4)}
    assert {conflict["keeper"] for conflict in conflicts(nodes)} == {"c"}
    assert {tuple(conflict["repair"]) for conflict in conflicts(nodes)} == {("a", "b", "d")}


def test_a_node_that_runs_microk8s_is_not_repaired_but_for_its_ssh_host_keys():
    original = node(1)
    nodes = {"a": clone(original, 4, microk8s={"installed": True}), "b": clone(original, 2), "c": clone(original, 3)}
    nodes["c"]["facts"]["microk8s"] = {"installed": True}
    found = {conflict["kind"]: conflict for conflict in conflicts(nodes)}
    assert {kind for kind, conflict in found.items() if conflict["blocked"] == ["c"]} == {"machine_id", "initiator_name", "host_nqn"}
    assert {kind for kind, conflict in found.items() if not conflict["blocked"]} == {"hostname", "ssh_host_key"}
    for part in ("c cannot be given another while MicroK8s is there. Drain it", "microk8s leave", "run again."):
        assert part in found["machine_id"]["message"]


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        pytest.param(("pi-01", "pi-01"), "pi-01", id="one name for two"),
        pytest.param(("pi-01", "PI-01"), "pi-01", id="names that differ in case only"),
        pytest.param(("pi02", None), "pi02", id="the name that another has and keeps"),
    ],
)
def test_names(wanted, value):
    found = conflicts({"a": node(1, wanted=wanted[0]), "b": node(2, wanted=wanted[1])})
    assert [(conflict["kind"], conflict["value"]) for conflict in found] == [("hostname", value)]
    assert "Give each host its own pi_hostname" in found[0]["message"]


def test_names_that_are_about_to_differ_are_no_conflict():
    assert conflicts({"a": node(1, wanted="pi-01", hostname="raspberrypi"), "b": node(2, wanted="pi-02", hostname="raspberrypi")}) == []


def test_several_keys_of_the_same_hosts_are_one_conflict():
    identity = {"machine_id": None, "ssh_host_keys": [{"fingerprint": "SHA256:r"}, {"fingerprint": "SHA256:e"}]}
    (found,) = conflicts({"a": node(1, identity=identity), "b": node(2, identity=identity)})
    assert (found["kind"], found["value"]) == ("ssh_host_key", "SHA256:r, SHA256:e")


def test_two_pairs_of_clones_are_two_conflicts():
    first, second = {"initiator_name": "iqn.a"}, {"initiator_name": "iqn.b"}
    found = conflicts({"a": node(1, iscsi=first), "b": node(2, iscsi=second), "c": node(3, iscsi=first), "d": node(4, iscsi=second)})
    assert [(conflict["value"], conflict["hosts"]) for conflict in found] == [("iqn.a", ["a", "c"]), ("iqn.b", ["b", "d"])]


@pytest.mark.parametrize(
    "hardware",
    [
        pytest.param({}, id="by the serial number of the board"),
        pytest.param({"board": {"serial": None}}, id="by the address of an interface, on a PC"),
        pytest.param({"board": {"serial": "0000000000000000"}}, id="a serial number of zeros is none"),
    ],
)
def test_two_names_of_one_machine_are_not_taken_for_clones(hardware):
    found = conflicts({"pi01": node(1, **hardware), "10.0.0.11": node(1, **hardware), "pi02": node(2)})
    assert [(conflict["kind"], conflict["hosts"], conflict["keeper"], conflict["repair"]) for conflict in found] == [
        ("same_machine", ["pi01", "10.0.0.11"], "pi01", [])
    ]
    assert found[0]["message"].startswith("pi01 and 10.0.0.11 are names of one machine (")


def test_addresses_of_virtual_interfaces_say_nothing():
    links = [{"name": "br0", "kind": "other", "mac": "02:00:00:00:00:01"}]
    assert conflicts({"a": node(1, board={}, interfaces=links), "b": node(2, board={}, interfaces=links)}) == []


def test_what_is_unknown_is_not_shared():
    nothing = {"board": None, "identity": None, "iscsi": None, "nvme": None, "interfaces": None, "microk8s": None, "hostname": None}
    assert conflicts({"a": {"facts": nothing}, "b": {"facts": nothing}, "c": {"facts": {}}}) == []


@pytest.mark.parametrize("broken", [None, {}, {"facts": None}, "facts"])
def test_nodes_without_facts_are_refused(broken):
    with pytest.raises(NodeError, match=r"^b: these are not the facts"):
        conflicts({"a": node(1), "b": broken})


@given(st.lists(st.integers(min_value=1, max_value=4), max_size=6))
def test_keeper_and_repair_are_the_hosts_and_each_host_has_its_part_once(machines):
    nodes = {f"host{place}": clone(node(machine), 10 + place) for place, machine in enumerate(machines)}
    for conflict in conflicts(nodes):
        assert set(conflict["blocked"]) <= set(conflict["repair"])
        assert sorted([conflict["keeper"], *conflict["repair"]]) == sorted(conflict["hosts"])
        assert len(conflict["hosts"]) == machines.count(machines[int(conflict["hosts"][0][4:])])
