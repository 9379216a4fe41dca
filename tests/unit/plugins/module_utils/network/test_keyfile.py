"""Profiles of NetworkManager, as they are written and as nmcli reads them."""

import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network import keyfile
from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network
from hypothesis import given, settings
from hypothesis import strategies as st

PSK = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
ssids = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=32).filter(lambda ssid: len(ssid.encode()) <= 32)


NMCLI = shutil.which("nmcli")
needs_nmcli = pytest.mark.skipif(NMCLI is None, reason="nmcli is not installed (Debian package network-manager)")


def lines(text, section):
    """The settings of one section."""
    part = text.split(f"[{section}]\n")[1].split("\n\n")[0]
    return part.splitlines()


def as_nmcli_reads(text):
    """Have nmcli read a profile and write it again. Offline: no NetworkManager is asked."""
    command = [NMCLI, "--offline", "connection", "modify", "connection.zone", ""]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def test_a_whole_profile():
    network = Network(
        "Home",
        psk=PSK,
        hidden=True,
        priority=100,
        addressing=Addressing("10.0.0.11/24", "10.0.0.1", ("10.0.0.1", "2001:db8::1"), 700),
    )
    assert keyfile.render(network, "wlan1") == (
        "# Written by pikube.stateful; changes made here are lost.\n"
        "[connection]\nid=pikube-home-3a786953\nuuid=a6d6e758-c118-52f5-8547-463b659334dc\ntype=wifi\n"
        "interface-name=wlan1\nautoconnect-priority=100\n"
        "\n[wifi]\nmode=infrastructure\nssid=Home\nhidden=true\n"
        f"\n[wifi-security]\nkey-mgmt=wpa-psk\npsk={PSK}\n"
        "\n[ipv4]\nmethod=manual\naddress1=10.0.0.11/24,10.0.0.1\ndns=10.0.0.1;\nroute-metric=700\n"
        "\n[ipv6]\nmethod=auto\ndns=2001:db8::1;\nroute-metric=700\n"
    )


@pytest.mark.parametrize(
    ("network", "security"),
    [
        pytest.param(Network("a", "wpa2", psk=PSK), ["key-mgmt=wpa-psk", f"psk={PSK}"], id="WPA2 with the PSK"),
        pytest.param(Network("a", "wpa3", passphrase="pass phrase"), ["key-mgmt=sae", "psk=pass phrase"], id="WPA3 with the passphrase"),
        pytest.param(
            Network("a", "wpa2-wpa3", psk=PSK, passphrase="pass phrase"),
            ["key-mgmt=wpa-psk", "psk=pass phrase"],
            id="transition mode with the passphrase",
        ),
        pytest.param(
            Network("a", "wpa3", passphrase=" a\\b "),
            ["key-mgmt=sae", "psk=\\sa\\\\b\\s"],
            id="a passphrase with blanks at its ends and a backslash",
        ),
        pytest.param(Network("a", "wpa3", passphrase=" " * 8), ["key-mgmt=sae", "psk=" + "\\s" * 8], id="a passphrase of blanks"),
    ],
)
def test_security(network, security):
    assert lines(keyfile.render(network), "wifi-security") == security


def test_an_open_network_has_no_security():
    assert "wifi-security" not in keyfile.render(Network("a", "open"))


@pytest.mark.parametrize(
    ("ssid", "line"),
    [
        pytest.param("Home", "ssid=Home", id="plain"),
        pytest.param("My Home_2.4-GHz", "ssid=My Home_2.4-GHz", id="blanks inside"),
        pytest.param(" lead", "ssid=32;108;101;97;100;", id="a blank in front"),
        pytest.param("trail ", "ssid=116;114;97;105;108;32;", id="a blank behind"),
        pytest.param("a;b", "ssid=97;59;98;", id="the separator of lists"),
        pytest.param("a=b", "ssid=97;61;98;", id="an equals sign"),
        pytest.param('"q"', "ssid=34;113;34;", id="quotation marks"),
        pytest.param("a\\b", "ssid=97;92;98;", id="a backslash"),
        pytest.param("1234", "ssid=49;50;51;52;", id="digits, which could be octets"),
        pytest.param("Café", "ssid=67;97;102;195;169;", id="beyond ASCII"),
    ],
)
def test_ssid(ssid, line):
    assert line in lines(keyfile.render(Network(ssid, "open")), "wifi")


@given(ssids)
def test_an_ssid_is_read_back(ssid):
    assert keyfile.ssids(keyfile.render(Network(ssid, "open"))) == [ssid]


@given(ssids, ssids)
def test_different_ssids_have_different_files_with_harmless_names(one, other):
    assert (keyfile.file_name(Network(one)) == keyfile.file_name(Network(other))) == (one == other)
    name = keyfile.file_name(Network(one))
    assert name.startswith("pikube-")
    assert name.endswith(".nmconnection")
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.")


@needs_nmcli
def test_nmcli_understands_a_profile():
    network = Network(
        "Café; #1", "wpa3", passphrase=' a"b#c\\d; ', priority=7, addressing=Addressing("10.0.0.11/24", "10.0.0.1", ("1.1.1.1",), 5)
    )
    read = as_nmcli_reads(keyfile.render(network))
    assert "address1=10.0.0.11/24,10.0.0.1\n" in read
    assert "dns=1.1.1.1;\n" in read
    assert "route-metric=5\n" in read
    assert "autoconnect-priority=7\n" in read
    assert 'psk=\\sa"b#c\\\\d; \n' in read
    assert keyfile.ssids(read) == ["Café; #1"]


@needs_nmcli
@settings(max_examples=25)
@given(ssid=ssids)
def test_nmcli_reads_the_ssid_that_was_meant(ssid):
    assert keyfile.ssids(as_nmcli_reads(keyfile.render(Network(ssid, "open")))) == [ssid]


@pytest.mark.parametrize(
    ("text", "ssids_found"),
    [
        pytest.param("[connection]\nid=x\n[wifi]\nssid=Home\n", ["Home"], id="as Imager writes it"),
        pytest.param("[802-11-wireless]\nssid = 72;105;\n", ["Hi"], id="the old name of the section, octets"),
        pytest.param("[wifi]\nssid=a\\;b\n", ["a;b"], id="an escaped separator"),
        pytest.param("[ethernet]\nssid=no\n", [], id="not a Wi-Fi profile"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_reads_the_ssids_of_others(text, ssids_found):
    assert keyfile.ssids(text) == ssids_found
