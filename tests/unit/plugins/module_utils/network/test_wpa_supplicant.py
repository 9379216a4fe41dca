"""wpa_supplicant.conf, as it is written and as wpa_supplicant reads it."""

import re
import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network import wpa_supplicant
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network
from hypothesis import given, settings
from hypothesis import strategies as st

PSK = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))
ssids = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=32).filter(lambda ssid: len(ssid.encode()) <= 32)


WPA_SUPPLICANT = shutil.which("wpa_supplicant")
needs_wpa_supplicant = pytest.mark.skipif(WPA_SUPPLICANT is None, reason="wpa_supplicant is not installed (Debian package wpasupplicant)")


def as_wpa_supplicant_reads(text, folder):
    """What wpa_supplicant says while it reads the file; then it finds no such interface and ends."""
    file = folder / "test.conf"
    file.write_text(text, encoding="utf-8")
    # -K shows the keys, which are made up here. The wired driver needs no radio.
    command = [WPA_SUPPLICANT, "-i", "pikube-none", "-D", "wired", "-c", str(file), "-dd", "-K"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
    assert "Line " not in said, said
    assert "Failed to read or parse configuration" not in said
    return said


def octets(said, name):
    """The values that wpa_supplicant shows as a hexadecimal dump under a name."""
    dumps = re.findall(rf"^{name} - hexdump_ascii\(len=\d+\):\n((?:     .*\n)+)", said, re.MULTILINE)
    return [bytes.fromhex("".join(line[5:53] for line in dump.splitlines())) for dump in dumps]


def test_a_whole_file():
    networks = [Network("Home", psk=PSK, hidden=True, priority=100), Network("w3", "wpa3", passphrase="pass phrase", priority=99)]
    assert wpa_supplicant.render(networks, "GB") == (
        "# Written by pikube.stateful; changes made here are lost.\n"
        "ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev\nupdate_config=1\ncountry=GB\n"
        f'\nnetwork={{\n\tssid="Home"\n\tscan_ssid=1\n\tkey_mgmt=WPA-PSK\n\tpsk={PSK}\n\tpriority=100\n}}\n'
        '\nnetwork={\n\tssid="w3"\n\tkey_mgmt=SAE\n\tieee80211w=2\n\tsae_password="pass phrase"\n\tpriority=99\n}\n'
    )


def test_a_file_that_others_may_not_save_into():
    assert "update_config" not in wpa_supplicant.render([], "GB", editable=False)


@pytest.mark.parametrize(
    ("network", "lines"),
    [
        pytest.param(Network("a", "open"), ["key_mgmt=NONE"], id="open"),
        pytest.param(
            Network("a", "wpa2-wpa3", psk=PSK, passphrase="pass phrase"),
            ["key_mgmt=WPA-PSK SAE", "ieee80211w=1", f"psk={PSK}", 'sae_password="pass phrase"'],
            id="transition mode: the PSK for the one, the passphrase for the other",
        ),
    ],
)
def test_keys(network, lines):
    block = wpa_supplicant.render([network], None).split("network={\n")[1]
    assert [line.strip() for line in block.splitlines()[1:-1]] == lines


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("Home", '"Home"', id="plain"),
        pytest.param(" a;b='c' ", "\" a;b='c' \"", id="blanks, semicolons and apostrophes need nothing"),
        pytest.param('a"b', "612262", id="a quotation mark"),
        pytest.param("a\\b", "615c62", id="a backslash"),
        pytest.param("a#b", "612362", id="what could begin a comment"),
        pytest.param("é", "c3a9", id="beyond ASCII"),
    ],
)
def test_quoting(text, written):
    assert wpa_supplicant.quoted(text) == written


@needs_wpa_supplicant
@settings(max_examples=15)
@given(
    names=st.lists(ssids, min_size=1, max_size=20, unique=True),
    passphrases=st.lists(st.text(PRINTABLE, min_size=8, max_size=63), min_size=20, max_size=20),
)
def test_wpa_supplicant_reads_what_was_meant(names, passphrases, tmp_path_factory):
    networks = [Network(name, "wpa2-wpa3", psk=PSK, passphrase=passphrase) for name, passphrase in zip(names, passphrases, strict=False)]
    said = as_wpa_supplicant_reads(wpa_supplicant.render(networks, "GB"), tmp_path_factory.mktemp("wpa"))
    assert octets(said, "ssid") == [network.ssid.encode() for network in networks]
    assert octets(said, "sae_password") == [network.passphrase.encode() for network in networks]
    assert said.count(f"PSK - hexdump(len=32): {bytes.fromhex(PSK).hex(' ')}") == len(networks)
    assert "country='GB'" in said


@given(st.lists(ssids, max_size=5))
def test_ssids_are_read_back(names):
    assert wpa_supplicant.ssids(wpa_supplicant.render([Network(name, "open") for name in names], "GB")) == names


def test_reads_the_ssids_of_others():
    assert wpa_supplicant.ssids('country=GB\nnetwork={\n  ssid="Home"\n  #ssid="not"\n  bssid=1\n}\nnetwork={\nssid=c3a9\n}\n') == [
        "Home",
        "é",
    ]
