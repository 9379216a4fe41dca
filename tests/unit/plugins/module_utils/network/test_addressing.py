"""Fixed addresses: what is refused, with which words."""

import ipaddress

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing, addressing_problems
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="DHCP"),
        pytest.param({"address": None, "gateway": None, "nameservers": None, "metric": None}, id="options that a module leaves empty"),
        pytest.param({"address": "10.0.0.11/24"}, id="an address without a gateway"),
        pytest.param({"address": "10.0.0.11/24", "gateway": "10.0.0.1"}, id="an address with its gateway"),
        pytest.param({"address": "10.0.0.0/31", "gateway": "10.0.0.1"}, id="a link of two addresses has no network address"),
        pytest.param({"nameservers": ["1.1.1.1", "2606:4700:4700::1111"]}, id="nameservers of both IP versions beside DHCP"),
        pytest.param({"metric": 0}, id="the lowest metric"),
        pytest.param({"metric": "600"}, id="a metric from an INI inventory"),
    ],
)
def test_nothing_is_wrong(options):
    assert addressing_problems(options) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"address": "10.0.0.11"}, '"10.0.0.11" has no prefix length; write it like "10.0.0.11/24"', id="no prefix length"),
        pytest.param({"address": "10.0.0.11/33"}, "is not an address with a prefix length", id="a prefix length that is too long"),
        pytest.param({"address": "10.0.0.256/24"}, "is not an address with a prefix length", id="an octet that is too large"),
        pytest.param({"address": "10.0.0.11/255.255.255.0"}, 'write the prefix length: "10.0.0.11/24"', id="a netmask"),
        pytest.param({"address": "2001:db8::1/64"}, "is IPv6", id="an IPv6 address"),
        pytest.param({"address": "10.0.0.0/24"}, "is the network address of 10.0.0.0/24", id="the network address"),
        pytest.param({"address": "10.0.0.255/24"}, "is the broadcast address of 10.0.0.0/24", id="the broadcast address"),
        pytest.param(
            {"address": "10.0.0.11/24", "gateway": "10.0.1.1"}, "is not in the subnet 10.0.0.0/24", id="a gateway in another subnet"
        ),
        pytest.param(
            {"address": "10.0.0.11/24", "gateway": "10.0.0.11"}, "is the address of the node itself", id="the node as its own gateway"
        ),
        pytest.param({"address": "10.0.0.11/24", "gateway": "10.0.0.1/24"}, "is not an IPv4 address", id="a gateway with prefix length"),
        pytest.param({"gateway": "10.0.0.1"}, "without an address", id="a gateway with DHCP"),
        pytest.param({"nameservers": "1.1.1.1"}, 'write nameservers: ["1.1.1.1"]', id="one nameserver as a text"),
        pytest.param({"nameservers": ["dns.example.com"]}, "is not an IP address", id="the name of a nameserver"),
        pytest.param({"metric": -1}, 'metric "-1"', id="a negative metric"),
        pytest.param({"metric": "high"}, 'metric "high"', id="a metric in words"),
        pytest.param({"metric": True}, 'metric "True"', id="a truth as a metric"),
    ],
)
def test_says_what_is_wrong(options, words):
    problems = addressing_problems(options)
    assert len(problems) == 1
    assert words in problems[0]


def test_a_bad_address_says_nothing_about_the_gateway():
    assert len(addressing_problems({"address": "10.0.0.11", "gateway": "10.0.0.1"})) == 1


def test_nameservers_are_told_apart_by_ip_version():
    addressing = Addressing.from_options({"nameservers": ["1.1.1.1", "2606:4700:4700::1111", "9.9.9.9"]})
    assert addressing.nameservers_of(4) == ["1.1.1.1", "9.9.9.9"]
    assert addressing.nameservers_of(6) == ["2606:4700:4700::1111"]
    assert addressing.dhcp


@given(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4))
def test_a_gateway_is_right_if_and_only_if_it_is_another_address_of_the_subnet(address, prefix, gateway):
    interface = ipaddress.ip_interface(f"{address}/{prefix}")
    problems = addressing_problems({"address": str(interface), "gateway": str(gateway)})
    usable = prefix >= 31 or address not in (interface.network.network_address, interface.network.broadcast_address)
    assert (problems == []) == (usable and gateway in interface.network and gateway != address)
