# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.interfaces import (
    addresses,
    backend,
    carrying,
    default_interface,
    interfaces,
    ssh_server_address,
)
from ansible_collections.pikube.stateful.tests.unit.trees import ADDRESS, BOARDS, RELEASES, capture
from hypothesis import given
from hypothesis import strategies as st

HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
IPV6_DEFAULT = "0" * 32 + " 00 " + "0" * 32 + " 00 fe800000000000000000000000000001 00000064 00000001 00000000 00000003 "


def route(name: str, destination: str = "00000000", metric: int = 100, flags: str = "0003", mask: str = "00000000") -> str:
    return f"{name}\t{destination}\t010200C0\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0\n"


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "name"),
    [
        pytest.param(route("eth0"), "", "eth0", id="one route"),
        pytest.param(route("wlan0", metric=600) + route("eth0"), "", "eth0", id="the lower metric"),
        pytest.param(route("eth0", "000200C0", mask="00FFFFFF"), "", None, id="a route to one network"),
        pytest.param(route("eth0", flags="0000"), "", None, id="a route that is down"),
        pytest.param(route("wg0", "00000000", mask="00000080") + route("eth0"), "", "eth0", id="half of all addresses is no default route"),
        pytest.param("", IPV6_DEFAULT + "end0\n", "end0", id="IPv6 only"),
        pytest.param(route("eth0"), IPV6_DEFAULT + "end0\n", "eth0", id="IPv4 comes first"),
        pytest.param("", IPV6_DEFAULT + "lo\n", None, id="the kernel's own refusal"),
        pytest.param("eth0\tgarbage\n", "garbage\n", None, id="garbage"),
        pytest.param("", "", None, id="no route"),
    ],
)
def test_default_interface(ipv4, ipv6, name):
    assert default_interface(HEADER + ipv4, ipv6) == name


@given(st.text(), st.text())
def test_any_route_tables_have_an_answer(ipv4, ipv6):
    assert default_interface(ipv4, ipv6) is None or isinstance(default_interface(ipv4, ipv6), str)


@pytest.mark.parametrize("text", [None, "", "not json", "{}", "[1]", '[{"ifname": "eth0", "addr_info": [{"scope": "global"}]}]'])
def test_addresses_that_cannot_be_read_are_unknown(text):
    assert not addresses(text)


def test_addresses_are_the_global_ones():
    info = [
        {"local": "192.0.2.12", "prefixlen": 24, "scope": "global"},
        {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
        {"local": "2001:db8::12", "prefixlen": 64, "scope": "global"},
    ]
    assert addresses(json.dumps([{"ifname": "eth0", "addr_info": info}, {"ifname": "lo"}])) == {
        "eth0": ["192.0.2.12/24", "2001:db8::12/64"],
        "lo": [],
    }


@pytest.mark.parametrize(
    ("address", "name"),
    [
        pytest.param("192.0.2.12", "eth0", id="IPv4"),
        pytest.param("::ffff:192.0.2.12", "eth0", id="IPv4 as sshd may write it"),
        pytest.param("2001:db8:0::13", "wlan0", id="IPv6 written in another way"),
        pytest.param("192.0.2.99", None, id="an address of nobody"),
        pytest.param("pi02.local", None, id="no address"),
        pytest.param(None, None, id="unknown"),
    ],
)
def test_carrying(address, name):
    assert carrying(address, {"eth0": ["192.0.2.12/24"], "wlan0": ["2001:db8::13/64"]}) == name


def test_the_connection_is_found_through_sudo(tmp_path):
    assert ssh_server_address(capture(tmp_path).source()) == ADDRESS


def test_the_connection_is_found_in_the_own_environment(tmp_path):
    tree = capture(tmp_path)
    tree.write("/proc/self/environ", "SSH_CONNECTION=192.0.2.1 50000 192.0.2.77 22\0")
    assert ssh_server_address(tree.source()) == "192.0.2.77"


@pytest.mark.parametrize("parent", ["0", "1", "4200"])
def test_without_ssh_there_is_no_connection(tmp_path, parent):
    tree = capture(tmp_path)
    tree.write("/proc/self/status", f"PPid:\t{parent}\n")
    tree.write("/proc/4200/environ", "X_SSH_CONNECTION=192.0.2.1 5 192.0.2.9 22\0")
    tree.write("/proc/4200/status", "PPid:\t4200\n")
    assert ssh_server_address(tree.source()) is None


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("board", BOARDS)
def test_every_board_and_release(tmp_path, board, release):
    hardware, system = BOARDS[board], RELEASES[release]
    found = interfaces(capture(tmp_path, board, release).source())
    kinds = {link["name"]: (link["kind"], link["driver"]) for link in found["interfaces"]}
    wanted = {}
    if hardware.ethernet:
        wanted[system.ethernet] = ("ethernet", hardware.ethernet[1])
    if hardware.wifi:
        wanted[system.wifi] = ("wifi", "brcmfmac")
    assert kinds == wanted
    assert found["default_interface"] == next(iter(wanted))
    assert found["ssh_interface"] == next(iter(wanted))


def test_one_interface_whole(tmp_path):
    found = interfaces(capture(tmp_path).source())["interfaces"]
    assert found[0] == {
        "name": "eth0",
        "kind": "ethernet",
        "mac": "d8:3a:dd:00:00:02",
        "driver": "bcmgenet",
        "carrier": True,
        "speed_mbps": 1000,
        "addresses": ["192.0.2.12/24"],
    }


def test_an_interface_that_is_down(tmp_path):
    tree = capture(tmp_path)
    tree.write("/sys/class/net/eth0/carrier", "")
    tree.write("/sys/class/net/eth0/speed", "-1\n")
    found = interfaces(tree.source())["interfaces"][0]
    assert (found["carrier"], found["speed_mbps"]) == (None, None)


def test_a_bridge_counts_if_the_node_is_reached_over_it(tmp_path):
    tree = capture(tmp_path)
    tree.interface("br0", None, mac="d8:3a:dd:00:00:02")
    tree.write("/proc/net/route", HEADER + route("br0"))
    found = interfaces(tree.source())
    assert found["default_interface"] == "br0"
    assert [(link["name"], link["kind"]) for link in found["interfaces"]] == [("br0", "other"), ("eth0", "ethernet"), ("wlan0", "wifi")]


def test_without_ip_addresses_are_unknown(tmp_path):
    tree = capture(tmp_path)
    del tree.commands["ip"]
    found = interfaces(tree.source())
    assert [link["addresses"] for link in found["interfaces"]] == [None, None]
    assert found["ssh_interface"] is None


@pytest.mark.parametrize(
    ("files", "running", "name"),
    [
        pytest.param([], "nm", "networkmanager", id="Bookworm"),
        pytest.param(["network: {}"], "nm", "netplan-networkmanager", id="Trixie"),
        pytest.param(["network: {}"], "networkd", "netplan-networkd", id="Ubuntu"),
        pytest.param([], "dhcpcd", "dhcpcd", id="Bullseye"),
        pytest.param([], "networkd", None, id="networkd without netplan"),
        pytest.param(["network:\n  renderer: NetworkManager\n"], "nm networkd", "netplan-networkmanager", id="both run, a file names one"),
        pytest.param(['network:\n  renderer: "NetworkManager"\n'], "nm networkd", "netplan-networkmanager", id="in quotes"),
        pytest.param(["network:\n  # renderer: NetworkManager\n"], "nm networkd", "netplan-networkd", id="both run, a comment names one"),
        pytest.param([], "nm networkd", "networkmanager", id="both run, without netplan"),
        pytest.param(["network: {}"], "", None, id="nothing runs"),
    ],
)
def test_backend(files, running, name):
    words = running.split()
    assert backend(files, network_manager="nm" in words, networkd="networkd" in words, dhcpcd="dhcpcd" in words) == name
