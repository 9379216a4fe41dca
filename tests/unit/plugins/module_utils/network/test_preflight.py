"""Everything that is wrong with a wish, said at once."""

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.countries import COUNTRIES
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.preflight import (
    hashed,
    nearest_country,
    networks_from_options,
    wifi_problems,
)
from hypothesis import given
from hypothesis import strategies as st

HOME = {"ssid": "Home", "psk": "0" * 64}


@pytest.mark.parametrize(
    ("networks", "country"),
    [
        pytest.param(None, None, id="nothing is wanted"),
        pytest.param([], None, id="no networks need no country"),
        pytest.param([], "GB", id="a country alone"),
        pytest.param([HOME], "GB", id="a network and its country"),
        pytest.param(({**HOME},), "DE", id="a tuple is a list too"),
        pytest.param([HOME, {**HOME, "ssid": "home"}], "GB", id="upper and lower case make two networks"),
    ],
)
def test_nothing_is_wrong(networks, country):
    assert wifi_problems(networks, country) == []


@pytest.mark.parametrize(
    ("country", "message"),
    [
        pytest.param("UK", 'country "UK" on host pi02: not a country code of ISO 3166-1. Try "GB" (United Kingdom).', id="UK"),
        pytest.param("gb", 'country "gb" on host pi02: not a country code of ISO 3166-1. Try "GB" (United Kingdom).', id="lower case"),
        pytest.param("Germany", 'country "Germany" on host pi02: not a country code of ISO 3166-1. Try "DE" (Germany).', id="a name"),
        pytest.param("GBR", 'country "GBR" on host pi02: not a country code of ISO 3166-1. Try "GB" (United Kingdom).', id="three letters"),
        pytest.param(
            "00",
            'country "00" on host pi02: not a country code of ISO 3166-1. See the two-letter codes of ISO 3166-1, such as GB, US or DE.',
            id="the world",
        ),
        pytest.param(
            None,
            "country on host pi02: missing. Wi-Fi stays blocked without a country; give its ISO 3166 code, such as GB, US or DE.",
            id="none",
        ),
        pytest.param(
            "",
            "country on host pi02: missing. Wi-Fi stays blocked without a country; give its ISO 3166 code, such as GB, US or DE.",
            id="an empty one",
        ),
        pytest.param(
            False, 'country False on host pi02: not a text. YAML reads NO without quotes as false: write "NO".', id="Norway without quotes"
        ),
        pytest.param(44, "country 44 on host pi02: not a text. Put the code in quotes.", id="a number"),
    ],
)
def test_says_what_is_wrong_with_the_country(country, message):
    assert wifi_problems([HOME], country, host="pi02") == [message]


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        pytest.param("Home", "pi_wifi_networks on host pi02: not a list of networks", id="a text for the list"),
        pytest.param({"ssid": "Home"}, "pi_wifi_networks on host pi02: not a list of networks", id="one network without a list"),
        pytest.param(["Home"], "pi_wifi_networks[0] on host pi02: not a network", id="a text for a network"),
        pytest.param(
            [HOME, dict(HOME)], 'pi_wifi_networks[1] "Home" on host pi02: the same ssid as pi_wifi_networks[0]', id="a network twice"
        ),
        pytest.param(
            [{"ssid": "Home", "psk": "1234567"}], 'pi_wifi_networks[0] "Home" on host pi02: the psk has 7 characters', id="a short psk"
        ),
    ],
)
def test_names_variable_host_and_network(networks, message):
    problems = wifi_problems(networks, "GB", host="pi02", prefix="pi_wifi_")
    assert len(problems) == 1
    assert problems[0].startswith(message)


def test_all_problems_come_at_once():
    networks = [{"ssid": "a", "psk": "1"}, {"ssid": "a", "security": "wpa3"}, {}]
    problems = wifi_problems(networks, "UK")
    assert [problem.partition(":")[0] for problem in problems] == [
        'country "UK"',
        'networks[0] "a"',
        'networks[1] "a"',
        'networks[1] "a"',
        "networks[2]",
        "networks[2]",
    ]
    with pytest.raises(NetworkError) as raised:
        networks_from_options(networks, "UK")
    assert str(raised.value).splitlines() == problems


def test_the_first_network_is_preferred_and_another_at_the_end_changes_no_priority():
    networks = [{"ssid": name, "security": "open"} for name in ("a", "b", "c")]
    three = {network.ssid: network.priority for network in networks_from_options(networks, "GB")}
    two = {network.ssid: network.priority for network in networks_from_options(networks[:2], "GB")}
    assert three["a"] > three["b"] > three["c"] > 0
    assert two == {"a": three["a"], "b": three["b"]}


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_every_country_is_found_by_its_name_and_by_lower_case(code):
    assert nearest_country(code.lower()) == code
    if len(COUNTRIES[code]) > 3:
        assert nearest_country(COUNTRIES[code]) == code


@given(st.text())
def test_a_guess_is_always_a_country(text):
    assert nearest_country(text) in {None, *COUNTRIES}


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(),
            st.integers(),
            st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()))),
        ),
        max_size=3,
    ),
    st.text(),
)
def test_whatever_an_inventory_holds_is_answered_with_texts(networks, country):
    assert all(isinstance(problem, str) for problem in wifi_problems(networks, country, host="pi02"))


@pytest.mark.parametrize(
    ("options", "after"),
    [
        pytest.param(
            {"ssid": "IEEE", "passphrase": "password"},
            {"ssid": "IEEE", "psk": "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"},
            id="WPA2",
        ),
        pytest.param(
            {"ssid": "a", "passphrase": "password", "security": "wpa3"},
            {"ssid": "a", "passphrase": "password", "security": "wpa3"},
            id="WPA3",
        ),
        pytest.param({"ssid": "a", "psk": "0" * 64, "hidden": True}, {"ssid": "a", "psk": "0" * 64, "hidden": True}, id="already hashed"),
        pytest.param({"ssid": "a", "security": "open"}, {"ssid": "a", "security": "open"}, id="open"),
    ],
)
def test_hashes_where_a_hash_will_do(options, after):
    assert hashed(options) == after


def test_hashing_refuses_what_is_wrong():
    with pytest.raises(NetworkError, match="has 7 characters"):
        hashed({"ssid": "a", "passphrase": "1234567"})
