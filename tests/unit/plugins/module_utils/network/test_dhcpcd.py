"""Our block in dhcpcd.conf."""

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network import dhcpcd
from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network
from hypothesis import given
from hypothesis import strategies as st

FIXED = Network("My Home", "open", addressing=Addressing("10.0.0.11/24", "10.0.0.1", ("10.0.0.1", "1.1.1.1"), 700))
BLOCK = (
    "\n# BEGIN pikube.stateful wifi\nssid My Home\nstatic ip_address=10.0.0.11/24\nstatic routers=10.0.0.1\n"
    "static domain_name_servers=10.0.0.1 1.1.1.1\nmetric 700\n# END pikube.stateful wifi\n"
)
texts = st.lists(st.sampled_from(["hostname", "persistent", "", "interface eth0", "static ip_address=10.0.0.2/24"]), max_size=6).map(
    "\n".join
)


@pytest.mark.parametrize(
    ("text", "networks", "after"),
    [
        pytest.param("hostname\n", [FIXED], "hostname\n" + BLOCK, id="at the end"),
        pytest.param("hostname", [FIXED], "hostname\n" + BLOCK, id="behind a last line without its end"),
        pytest.param("hostname\n" + BLOCK, [FIXED], "hostname\n" + BLOCK, id="in place of itself"),
        pytest.param(
            "hostname\n" + BLOCK.replace("10.0.0.11", "10.0.0.12"), [FIXED], "hostname\n" + BLOCK, id="in place of another address"
        ),
        pytest.param("hostname\n" + BLOCK, [], "hostname\n", id="gone without networks"),
        pytest.param("hostname\n" + BLOCK, [Network("a", "open")], "hostname\n", id="gone without addresses"),
        pytest.param("hostname\n", [], "hostname\n", id="nothing to do"),
        pytest.param("a\n" + BLOCK + "b\n", [], "a\nb\n", id="others' lines behind the block stay"),
    ],
)
def test_with_networks(text, networks, after):
    assert dhcpcd.with_networks(text, networks) == after


@given(texts)
def test_taking_out_what_was_put_in_leaves_the_file(text):
    text = text + "\n" if text else ""
    inside = dhcpcd.with_networks(text, [FIXED])
    assert dhcpcd.with_networks(inside, [FIXED]) == inside
    assert dhcpcd.with_networks(inside, []) == text


@pytest.mark.parametrize("ssid", ["Café", " lead", "trail ", "a\\b", "#a", '"a"', "a  b"])
def test_refuses_an_ssid_that_cannot_be_named(ssid):
    with pytest.raises(NetworkError, match="Reserve the address on the DHCP server"):
        dhcpcd.with_networks("", [Network(ssid, "open", addressing=Addressing("10.0.0.11/24"))])


def test_an_ssid_that_cannot_be_named_is_no_matter_with_dhcp():
    assert dhcpcd.with_networks("", [Network("Café", "open")]) == ""
