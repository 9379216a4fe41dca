"""Networks as values: PSKs, SSIDs, and what may go together."""

import shutil
import string
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import (
    Network,
    derive_psk,
    network_problems,
    passphrase_problems,
    psk_problems,
    ssid_problems,
)
from hypothesis import given, settings
from hypothesis import strategies as st

PSK = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
WPA_PASSPHRASE = shutil.which("wpa_passphrase")
needs_wpa_passphrase = pytest.mark.skipif(WPA_PASSPHRASE is None, reason="wpa_passphrase is not installed (Debian package wpasupplicant)")
PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))
passphrases = st.text(PRINTABLE, min_size=8, max_size=63)
ssids = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=32).filter(lambda ssid: len(ssid.encode()) <= 32)


@pytest.mark.parametrize(
    ("ssid", "passphrase", "psk"),
    [
        pytest.param("IEEE", "password", PSK, id="IEEE 802.11, first vector"),
        pytest.param(
            "ThisIsASSID",
            "ThisIsAPassword",
            "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
            id="IEEE 802.11, second vector",
        ),
        pytest.param(
            "Z" * 32, "a" * 32, "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62", id="IEEE 802.11, third vector"
        ),
        pytest.param("IEEE", "password\n", PSK, id="a line end from a file is no part of the passphrase"),
        pytest.param("IEEE", "password\r\n", PSK, id="nor is one from Windows"),
    ],
)
def test_derives_the_psk(ssid, passphrase, psk):
    assert derive_psk(ssid, passphrase) == psk


@settings(max_examples=20)
@given(ssids, passphrases)
def test_a_derived_psk_is_a_psk(ssid, passphrase):
    assert psk_problems(derive_psk(ssid, passphrase)) == []


@needs_wpa_passphrase
def test_the_salt_is_the_octets_of_the_ssid():
    printed = subprocess.run([WPA_PASSPHRASE, "Café ☕", "some pass phrase"], capture_output=True, check=True).stdout
    assert f"psk={derive_psk('Café ☕', 'some pass phrase')}\n".encode() in printed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"psk": PSK}, "the ssid is missing or empty", id="no ssid"),
        pytest.param({"ssid": "", "psk": PSK}, "the ssid is missing or empty", id="an empty ssid"),
        pytest.param({"ssid": "a" * 33, "psk": PSK}, "the ssid has 33 octets", id="an ssid of 33 letters"),
        pytest.param({"ssid": "é" * 17, "psk": PSK}, "the ssid has 34 octets", id="an ssid of 17 letters and 34 octets"),
        pytest.param({"ssid": "a\tb", "psk": PSK}, "control character at position 2", id="a tab in the ssid"),
        pytest.param({"ssid": "\ud800", "psk": PSK}, "not valid UTF-8", id="an ssid that is not UTF-8"),
        pytest.param({"ssid": 1234, "psk": PSK}, "not a text; put it in quotes", id="a number for an ssid"),
        pytest.param({"ssid": "a", "psk": "1234567"}, "the psk has 7 characters", id="a psk of 7 characters"),
        pytest.param({"ssid": "a", "psk": "z" * 64}, "not all hexadecimal digits", id="a psk of 64 characters that are not hexadecimal"),
        pytest.param({"ssid": "a", "psk": PSK + "0"}, "the psk has 65 characters", id="a psk of 65 digits"),
        pytest.param({"ssid": "a", "passphrase": "1234567"}, "the passphrase has 7 characters", id="a passphrase of 7 characters"),
        pytest.param({"ssid": "a", "passphrase": "x" * 64}, "the passphrase has 64 characters", id="a passphrase of 64 characters"),
        pytest.param({"ssid": "a", "passphrase": PSK}, "which is a PSK; give it as psk", id="a psk for a passphrase"),
        pytest.param({"ssid": "a", "passphrase": "passwörter"}, "character at position 6", id="a passphrase with an umlaut"),
        pytest.param({"ssid": "a", "passphrase": 12345678}, "a number loses its leading zeros", id="a number for a passphrase"),
        pytest.param({"ssid": "a", "psk": PSK, "passphrase": "password"}, "both psk and passphrase", id="both secrets"),
        pytest.param({"ssid": "a"}, "needs a psk or a passphrase", id="no secret"),
        pytest.param({"ssid": "a", "security": "wpa3"}, "security wpa3 needs a passphrase", id="WPA3 without a passphrase"),
        pytest.param({"ssid": "a", "security": "wpa3", "psk": PSK}, "SAE needs the passphrase itself", id="WPA3 with a hashed key"),
        pytest.param(
            {"ssid": "a", "security": "wpa2-wpa3", "psk": PSK}, "SAE needs the passphrase itself", id="transition mode with a hashed key"
        ),
        pytest.param({"ssid": "a", "security": "open", "psk": PSK}, "takes neither psk nor passphrase", id="an open network with a secret"),
        pytest.param({"ssid": "a", "security": "wep", "psk": PSK}, 'security "wep" is unknown', id="WEP"),
        pytest.param({"ssid": "a", "psk": PSK, "hidden": "perhaps"}, "neither true nor false", id="hidden in words"),
        pytest.param({"ssid": "a", "psk": PSK, "priority": 1000}, 'priority "1000"', id="a priority beyond the range"),
        pytest.param({"ssid": "a", "pks": PSK, "passphrase": "password"}, 'unknown option "pks"', id="a misspelt option"),
        pytest.param({"ssid": "a", "psk": PSK, "address": "10.0.0.1"}, "no prefix length", id="an address without prefix length"),
    ],
)
def test_says_what_is_wrong(options, words):
    problems = network_problems(options)
    assert len(problems) == 1
    assert words in problems[0]
    with pytest.raises(NetworkError) as raised:
        Network.from_options(options)
    assert words in str(raised.value)
    assert raised.value.facts["problems"] == problems


@given(st.text(min_size=1), st.text(min_size=1), st.sampled_from(["wpa2", "wpa3", "wpa2-wpa3", "open", "wep"]))
def test_no_secret_is_in_a_message(psk, passphrase, security):
    # A marker that no message has by itself, so that a short secret is not found in the words of the message.
    psk, passphrase = f"§{psk}§", f"¶{passphrase}¶"
    text = "\n".join(network_problems({"ssid": "a", "psk": psk, "passphrase": passphrase, "security": security}))
    text += "\n".join(network_problems({"ssid": "a", "psk": psk, "security": security}))
    text += "\n".join(network_problems({"ssid": "a", "passphrase": passphrase, "security": security}))
    assert "§" not in text
    assert "¶" not in text


@given(st.text(max_size=70))
def test_a_passphrase_is_right_if_and_only_if_it_is_8_to_63_printable_ascii(passphrase):
    right = 8 <= len(passphrase) <= 63 and all(letter in PRINTABLE for letter in passphrase)
    assert (passphrase_problems(passphrase) == []) == right


@given(st.text(string.hexdigits + "g", min_size=60, max_size=68))
def test_a_psk_is_right_if_and_only_if_it_is_64_hexadecimal_digits(psk):
    assert (psk_problems(psk) == []) == (len(psk) == 64 and "g" not in psk)


@given(ssids)
def test_every_ssid_of_at_most_32_octets_is_right(ssid):
    assert ssid_problems(ssid) == []


@pytest.mark.parametrize(
    ("options", "psk", "passphrase"),
    [
        pytest.param({"psk": PSK.upper()}, PSK, None, id="a PSK is kept in lower case"),
        pytest.param({"psk": PSK + "\n"}, PSK, None, id="a line end behind a PSK goes"),
        pytest.param({"passphrase": "password"}, PSK, None, id="WPA2 keeps the PSK and not the passphrase"),
        pytest.param({"passphrase": "password", "security": "wpa3"}, None, "password", id="WPA3 keeps the passphrase"),
        pytest.param({"passphrase": "password\n", "security": "wpa3"}, None, "password", id="but not its line end"),
        pytest.param({"passphrase": "password", "security": "wpa2-wpa3"}, PSK, "password", id="transition mode keeps both"),
        pytest.param({"security": "open"}, None, None, id="an open network has no secret"),
    ],
)
def test_keeps_of_the_secrets_what_is_needed(options, psk, passphrase):
    network = Network.from_options({"ssid": "IEEE", **options})
    assert (network.psk, network.passphrase) == (psk, passphrase)
    assert set(network.secrets) == {secret for secret in (psk, passphrase) if secret}


def test_secrets_do_not_show_in_a_traceback():
    network = Network.from_options({"ssid": "IEEE", "passphrase": "password", "security": "wpa2-wpa3"})
    assert "password" not in repr(network)
    assert PSK not in repr(network)


def test_the_priority_is_the_given_one_or_that_of_the_place_in_the_list():
    assert Network.from_options({"ssid": "a", "security": "open"}, 7).priority == 7
    assert Network.from_options({"ssid": "a", "security": "open", "priority": 0}, 7).priority == 0
    assert Network.from_options({"ssid": "a", "security": "open", "priority": "-5"}, 7).priority == -5
