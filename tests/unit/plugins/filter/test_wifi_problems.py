"""The filter that says what is wrong before anything is touched."""

from ansible_collections.pikube.stateful.plugins.filter.wifi_problems import FilterModule

wifi_problems = FilterModule().filters()["wifi_problems"]


def test_names_host_variable_value_and_cure():
    assert wifi_problems([{"ssid": "Home", "psk": "1234567"}], "UK", "pi02") == [
        'pi_wifi_country "UK" on host pi02: not a country code of ISO 3166-1. Try "GB" (United Kingdom).',
        'pi_wifi_networks[0] "Home" on host pi02: the psk has 7 characters, a PSK has 64 hexadecimal digits; '
        "if it is what people type, give it as passphrase.",
    ]


def test_nothing_is_wrong_with_nothing():
    assert wifi_problems([]) == []


def test_the_prefix_of_the_variables_can_be_another():
    assert wifi_problems([], "UK", "pi02", prefix="")[0].startswith('country "UK"')
