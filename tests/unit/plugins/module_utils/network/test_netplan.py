"""Netplan's files, as they are written and as netplan reads them."""

import re
import shutil
import subprocess

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.network import netplan
from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network
from hypothesis import given, settings
from hypothesis import strategies as st

PSK = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
ssids = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\\"), min_size=1, max_size=32).filter(
    lambda ssid: len(ssid.encode()) <= 32
)
NETPLAN = shutil.which("netplan")
needs_netplan = pytest.mark.skipif(NETPLAN is None, reason="netplan is not installed (Debian package netplan.io)")
WIRED = {"eth0": {"dhcp4": True, "optional": True}}


def generated(text, folder):
    """Have netplan generate below a folder; what it wrote, by path. One call: netplan is slow to start."""
    file = folder / "etc/netplan/test.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    done = subprocess.run([NETPLAN, "generate", "--root-dir", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in (folder / "run").rglob("*") if path.is_file()}


def point(network):
    return netplan.definition([network])["access-points"][network.ssid]


@pytest.mark.parametrize(
    ("network", "tree"),
    [
        pytest.param(
            Network("a", psk=PSK), {"auth": {"key-management": "psk", "password": PSK}}, id="a hashed key in the long form, without SAE"
        ),
        pytest.param(
            Network("a", "wpa3", passphrase="pass phrase"), {"auth": {"key-management": "sae", "password": "pass phrase"}}, id="WPA3"
        ),
        pytest.param(
            Network("a", "wpa2-wpa3", psk=PSK, passphrase="pass phrase"),
            {"password": "pass phrase"},
            id="transition mode in the short form",
        ),
        pytest.param(Network("a", "open"), {}, id="open"),
        pytest.param(Network("a", psk=PSK, hidden=True), {"hidden": True, "auth": {"key-management": "psk", "password": PSK}}, id="hidden"),
    ],
)
def test_access_point(network, tree):
    assert point(network) == tree


@pytest.mark.parametrize(
    ("addressing", "tree"),
    [
        pytest.param(Addressing(), {"dhcp4": True}, id="DHCP"),
        pytest.param(Addressing(metric=50), {"dhcp4": True, "dhcp4-overrides": {"route-metric": 50}}, id="DHCP with a metric"),
        pytest.param(
            Addressing(nameservers=("1.1.1.1",)), {"dhcp4": True, "nameservers": {"addresses": ["1.1.1.1"]}}, id="DHCP with nameservers"
        ),
        pytest.param(Addressing("10.0.0.11/24"), {"dhcp4": False, "addresses": ["10.0.0.11/24"]}, id="an address alone"),
        pytest.param(
            Addressing("10.0.0.11/24", "10.0.0.1"),
            {"dhcp4": False, "addresses": ["10.0.0.11/24"], "routes": [{"to": "default", "via": "10.0.0.1", "metric": 600}]},
            id="a gateway has Wi-Fi's metric, so that Ethernet is preferred",
        ),
        pytest.param(
            Addressing("10.0.0.11/24", "10.0.0.1", metric=5),
            {"dhcp4": False, "addresses": ["10.0.0.11/24"], "routes": [{"to": "default", "via": "10.0.0.1", "metric": 5}]},
            id="a gateway with a metric",
        ),
    ],
)
def test_addressing(addressing, tree):
    assert netplan.definition([Network("a", "open", addressing=addressing)]) == {"optional": True, **tree, "access-points": {"a": {}}}


def test_the_file_of_a_booted_node():
    assert netplan.booted_file([Network("My Home", psk=PSK)], "wld0") == (
        "# Written by pikube.stateful; changes made here are lost.\n"
        "network:\n  version: 2\n  wifis:\n    wld0:\n      optional: true\n      dhcp4: true\n      access-points:\n"
        f'        "My Home":\n          auth:\n            key-management: "psk"\n            password: "{PSK}"\n'
    )


def test_the_file_of_a_card():
    text = netplan.network_config([Network("Home", psk=PSK)], "GB", regulatory_domain=True, wifis=("wlan0", "wld0"))
    wifi = {
        "optional": True,
        "regulatory-domain": "GB",
        "dhcp4": True,
        "access-points": {"Home": {"auth": {"key-management": "psk", "password": PSK}}},
    }
    assert yaml.safe_load(text) == {"version": 2, "ethernets": WIRED, "wifis": {"wlan0": wifi, "wld0": wifi}}


def test_a_card_for_an_old_netplan_has_no_regulatory_domain():
    assert "GB" not in netplan.network_config([Network("Home", psk=PSK)], "GB", regulatory_domain=False)


def test_a_card_without_networks_still_has_ethernet():
    assert yaml.safe_load(netplan.network_config([], None, regulatory_domain=True)) == {"version": 2, "ethernets": WIRED}


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        pytest.param([Network("a\\b", "open")], "backslash", id="a backslash in the ssid"),
        pytest.param([Network("a", "wpa3", passphrase='pass"phrase#1')], 'both " and #', id="a passphrase that would be cut"),
        pytest.param(
            [Network("a", "open", addressing=Addressing("10.0.0.11/24")), Network("b", "open")],
            "one setting for all networks",
            id="two networks with different addresses",
        ),
    ],
)
def test_refuses_what_netplan_cannot_express(networks, words):
    with pytest.raises(NetworkError, match=words) as raised:
        netplan.booted_file(networks, "wlan0")
    assert 'pass"phrase' not in str(raised.value)


def test_refuses_wpa3_for_an_image_whose_netplan_does_not_know_it():
    with pytest.raises(NetworkError, match="would then bring up no network at all"):
        netplan.network_config([Network("a", "wpa3", passphrase="pass phrase")], "GB", regulatory_domain=False, sae=False)


def test_what_cloud_init_makes_of_a_card_is_what_a_booted_node_wants():
    networks = [Network("My Home", psk=PSK, addressing=Addressing("10.0.0.11/24", "10.0.0.1", ("1.1.1.1",)))]
    card = yaml.safe_load(netplan.network_config(networks, "GB", regulatory_domain=True))
    by_cloud_init = "# This file is generated\n" + yaml.safe_dump({"network": card}, default_flow_style=False, indent=4)
    found = netplan.defined(by_cloud_init, "wlan0")
    assert netplan.is_same(found, netplan.definition(networks))
    assert not netplan.is_same(found, netplan.definition([Network("My Home", psk="0" * 64)]))
    assert netplan.ssids(by_cloud_init) == ["My Home"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("network:\n  wifis:\n    wlan0:\n      dhcp4: true\n", {"dhcp4": True}, id="the interface is there"),
        pytest.param("network:\n  wifis:\n    wlan1:\n      dhcp4: true\n", None, id="another interface"),
        pytest.param("network:\n  ethernets:\n    wlan0: {}\n", None, id="no Wi-Fi"),
        pytest.param("network: {wifis: {wlan0: {dhcp4: true}}}\n", None, id="beyond our reader"),
        pytest.param("", None, id="empty"),
        pytest.param("network:\n  wifis:\n    wlan0:\n", None, id="an interface without settings"),
    ],
)
def test_reads_what_others_say_about_an_interface(text, found):
    assert netplan.defined(text, "wlan0") == found


@pytest.mark.parametrize(
    ("found", "lists"),
    [
        pytest.param({"dhcp4": True}, [], id="no lists"),
        pytest.param({"addresses": ["10.0.0.11/24"]}, [], id="the same address"),
        pytest.param({"addresses": ["10.0.0.12/24"]}, ["addresses"], id="another address"),
        pytest.param(
            {"addresses": ["10.0.0.12/24"], "routes": [{"to": "default", "via": "10.0.0.2"}]},
            ["addresses", "routes"],
            id="address and route",
        ),
    ],
)
def test_names_the_lists_that_netplan_would_join(found, lists):
    wanted = netplan.definition([Network("a", "open", addressing=Addressing("10.0.0.11/24", "10.0.0.1"))])
    assert netplan.added_up(found, wanted) == lists


@needs_netplan
def test_a_hashed_key_is_plain_wpa2_after_netplan(tmp_path):
    files = generated(netplan.booted_file([Network("Home", psk=PSK, hidden=True)], "wlan0"), tmp_path)
    supplicant = files["run/netplan/wpa-wlan0.conf"]
    assert f"  key_mgmt=WPA-PSK\n  psk={PSK}\n" in supplicant
    assert "scan_ssid=1\n" in supplicant
    assert "SAE" not in supplicant
    assert (
        "RequiredForOnline=no" in files["run/systemd/network/10-netplan-wlan0.network"]
        or "DHCP=ipv4" in files["run/systemd/network/10-netplan-wlan0.network"]
    )


@needs_netplan
def test_a_fixed_address_is_in_force_after_netplan(tmp_path):
    network = Network("Home", psk=PSK, addressing=Addressing("10.0.0.11/24", "10.0.0.1", ("1.1.1.1",)))
    unit = generated(netplan.booted_file([network], "wlan0"), tmp_path)["run/systemd/network/10-netplan-wlan0.network"]
    assert "Address=10.0.0.11/24\n" in unit
    assert "Gateway=10.0.0.1\nMetric=600\n" in unit
    assert "DNS=1.1.1.1\n" in unit
    assert "DHCP=" not in unit


@needs_netplan
def test_a_card_is_understood_by_netplan(tmp_path):
    card = netplan.network_config([Network("Home", psk=PSK)], "GB", regulatory_domain=True, wifis=("wlan0", "wld0"))
    # cloud-init puts the file below the key "network"
    files = generated(yaml.safe_dump({"network": yaml.safe_load(card)}), tmp_path)
    assert {"run/netplan/wpa-wlan0.conf", "run/netplan/wpa-wld0.conf", "run/systemd/network/10-netplan-eth0.network"} <= set(files)


@needs_netplan
@settings(max_examples=8)
@given(names=st.lists(ssids, min_size=1, max_size=12, unique=True))
def test_netplan_reads_the_ssids_that_were_meant(names, tmp_path_factory):
    text = netplan.booted_file([Network(name, "open") for name in names], "wlan0")
    supplicant = generated(text, tmp_path_factory.mktemp("netplan"))["run/netplan/wpa-wlan0.conf"]
    # netplan before 1.0 writes the letters as they are, later ones as wpa_supplicant's escaped text
    written = re.findall(r'^  ssid=(P?)"(.*)"$', supplicant, re.MULTILINE)
    read = [re.sub(r"\\(.)", r"\1", text) if escaped else text for escaped, text in written]
    assert sorted(read) == sorted(names)
