"""What keeps Wi-Fi off, and the country."""

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.radio import (
    country_in_force,
    country_steps,
    unblocking_steps,
    with_wireless_enabled,
)

GLOBAL_GB = "global\ncountry GB: DFS-ETSI\n\t(2402 - 2482 @ 40), (N/A, 20), (N/A)\n\nphy#0\ncountry 99: DFS-UNSET\n"


@pytest.mark.parametrize(
    ("text", "country"),
    [
        pytest.param(GLOBAL_GB, "GB", id="the global one and not the radio's own"),
        pytest.param("country 00: DFS-UNSET\n", "00", id="the world, as an old iw prints it"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_reads_the_country_in_force(text, country):
    assert country_in_force(text) == country


@pytest.mark.parametrize(
    ("state", "after"),
    [
        pytest.param(
            "[main]\nNetworkingEnabled=true\nWirelessEnabled=false\nWWANEnabled=true\n",
            "[main]\nNetworkingEnabled=true\nWirelessEnabled=true\nWWANEnabled=true\n",
            id="off",
        ),
        pytest.param("[main]\nWirelessEnabled=true\n", "[main]\nWirelessEnabled=true\n", id="on"),
        pytest.param("[main]\n", "[main]\n", id="not said, which is on"),
    ],
)
def test_switches_wifi_on(state, after):
    assert with_wireless_enabled(state) == after


def test_a_country_that_is_not_in_force_is_set(node):
    node.answers["iw"] = lambda words: (0, GLOBAL_GB if words == ["reg", "get"] else "", "")
    assert country_steps(node.host, "GB") == []
    steps = country_steps(node.host, "DE")
    assert [step.text for step in steps] == ["set the regulatory domain to DE"]
    assert not steps[0].counts
    steps[0].do()
    assert node.commands[-1] == ["iw", "reg", "set", "DE"]


def test_without_iw_the_country_waits_for_the_boot(node):
    node.programs.discard("iw")
    assert country_steps(node.host, "GB") == []


def test_without_the_kernels_wireless_part_the_country_waits_too(node):
    node.answers["iw"] = (161, "", "nl80211 not found.")
    assert country_steps(node.host, "GB") == []


@pytest.fixture
def blocked(node):
    """A node as the images of Raspberry Pi OS leave it: everything off until there is a country."""
    node.write("var/lib/NetworkManager/NetworkManager.state", "[main]\nWirelessEnabled=false\n", 0o644)
    node.write("sys/class/rfkill/rfkill0/type", "bluetooth\n")
    node.write("sys/class/rfkill/rfkill0/soft", "1\n")
    node.write("sys/class/rfkill/rfkill1/type", "wlan\n")
    node.write("sys/class/rfkill/rfkill1/soft", "1\n")
    node.write("var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan", "1\n")
    node.write("var/lib/systemd/rfkill/platform-soc:bluetooth", "1\n")
    return node


def test_everything_that_blocks_wifi_goes_and_nothing_else(blocked):
    for step in unblocking_steps(blocked.host, network_manager_runs=False):
        assert step.counts
        step.do()
    assert "WirelessEnabled=true" in (blocked.root / "var/lib/NetworkManager/NetworkManager.state").read_text()
    assert (blocked.root / "sys/class/rfkill/rfkill1/soft").read_text() == "0\n"
    assert (blocked.root / "var/lib/systemd/rfkill/platform-fe300000.mmcnr:wlan").read_text() == "0\n"
    assert (blocked.root / "sys/class/rfkill/rfkill0/soft").read_text() == "1\n"
    assert (blocked.root / "var/lib/systemd/rfkill/platform-soc:bluetooth").read_text() == "1\n"
    assert unblocking_steps(blocked.host, network_manager_runs=False) == []


def test_a_networkmanager_that_runs_is_asked(blocked):
    steps = unblocking_steps(blocked.host, network_manager_runs=True)
    assert steps[0].text == "switched Wi-Fi on in NetworkManager"
    steps[0].do()
    assert blocked.commands == [["nmcli", "radio", "wifi", "on"]]
    assert "WirelessEnabled=false" in (blocked.root / "var/lib/NetworkManager/NetworkManager.state").read_text()


def test_a_node_without_radio_has_nothing_to_unblock(node):
    assert unblocking_steps(node.host, network_manager_runs=False) == []
