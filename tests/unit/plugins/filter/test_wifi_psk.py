"""The filter that hashes one passphrase."""

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter.wifi_psk import FilterModule

wifi_psk = FilterModule().filters()["wifi_psk"]


def test_makes_the_psk():
    assert wifi_psk("password", "IEEE") == "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"


@pytest.mark.parametrize(
    ("passphrase", "ssid", "words"),
    [
        pytest.param("sesame7", "Home", 'network "Home": the passphrase has 7 characters', id="a short passphrase"),
        pytest.param("sesame open", "", "the ssid is missing or empty", id="no ssid"),
        pytest.param(12345678, "Home", "the passphrase is not a text", id="a number"),
        pytest.param(None, "Home", "the passphrase is not a text", id="nothing"),
    ],
)
def test_says_what_is_wrong_without_the_passphrase(passphrase, ssid, words):
    with pytest.raises(AnsibleFilterError) as raised:
        wifi_psk(passphrase, ssid)
    assert words in str(raised.value)
    assert "sesame" not in str(raised.value)
    assert raised.value.__cause__ is None
