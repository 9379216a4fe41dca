"""The filter that hashes what can be hashed in a list."""

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter.wifi_hashed import FilterModule

wifi_hashed = FilterModule().filters()["wifi_hashed"]


def test_hashes_for_wpa2_and_leaves_the_rest():
    networks = [{"ssid": "IEEE", "passphrase": "password", "hidden": True}, {"ssid": "w3", "security": "wpa3", "passphrase": "password"}]
    assert wifi_hashed(networks) == [
        {"ssid": "IEEE", "hidden": True, "psk": "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"},
        networks[1],
    ]
    assert networks[0]["passphrase"] == "password"


def test_hashing_twice_is_hashing_once():
    once = wifi_hashed([{"ssid": "IEEE", "passphrase": "password"}])
    assert wifi_hashed(once) == once


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        pytest.param(
            [{"ssid": "Home", "passphrase": "sesame7"}], 'network "Home": the passphrase has 7 characters', id="a short passphrase"
        ),
        pytest.param("Home", "not a list of networks", id="a text"),
        pytest.param({"ssid": "Home"}, "not a list of networks", id="one network without a list"),
        pytest.param(["Home"], "not a network", id="a text for a network"),
    ],
)
def test_says_what_is_wrong_without_the_passphrase(networks, words):
    with pytest.raises(AnsibleFilterError) as raised:
        wifi_hashed(networks)
    assert words in str(raised.value)
    assert "sesame" not in str(raised.value)
