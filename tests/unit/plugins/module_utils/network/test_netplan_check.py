"""Netplan's opinion, asked for real."""

import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network import netplan
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host
from ansible_collections.pikube.stateful.plugins.module_utils.network.netplan_check import check_netplan, cure, refusal
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

OURS, OTHERS = "/etc/netplan/pikube-wifi.yaml", "/etc/netplan/50-cloud-init.yaml"
HOME = netplan.booted_file([Network("Home", psk="0" * 64)], "wlan0")
SECRET = "a secret of somebody else"
NETPLAN = shutil.which("netplan")
needs_netplan = pytest.mark.skipif(NETPLAN is None, reason="netplan is not installed (Debian package netplan.io)")


def run(argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def host(tmp_path):
    return Host(run, shutil.which, root=str(tmp_path / "never-touched"), scratch=str(tmp_path))


@needs_netplan
def test_netplan_takes_what_is_written(host, tmp_path):
    check_netplan(host, {OURS: HOME, OTHERS: "network:\n  version: 2\n  ethernets:\n    eth0: {dhcp4: true}\n"})
    assert list(tmp_path.iterdir()) == []


@needs_netplan
def test_a_file_of_others_that_netplan_refuses_is_told_without_its_contents(host, tmp_path):
    broken = f'network:\n  version: 2\n  wifis:\n    wlan0:\n      access-points:\n        "x":\n          pasword: "{SECRET}"\n'
    with pytest.raises(NetworkError) as raised:
        check_netplan(host, {OURS: HOME, OTHERS: broken})
    text = str(raised.value)
    assert text.startswith(f"netplan refuses the change: {OTHERS}:")
    assert "Nothing was changed." in text
    assert SECRET not in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    ("said", "line", "words"),
    [
        pytest.param(
            f"{OURS}:10:9: Error in network definition: wlan0: Duplicate access point SSID 'Home'\n        {SECRET}:\n        ^\n",
            f"{OURS}:10:9: Error in network definition: wlan0: Duplicate access point SSID 'Home'",
            "Take that access point out of the other file",
            id="an SSID in two files, before netplan 1.0",
        ),
        pytest.param(
            f"/etc/netplan/x.yaml:7:31: Error in network definition: unknown key management type 'sae'\n  {SECRET}\n",
            "/etc/netplan/x.yaml:7:31: Error in network definition: unknown key management type 'sae'",
            "Upgrade netplan.io",
            id="WPA3 before netplan 0.106.1",
        ),
        pytest.param("", "without a word.", "Correct the file", id="no words"),
        pytest.param(f"warning\nthe error is here\n{SECRET}\n", "the error is here", "Correct the file", id="a warning in front"),
    ],
)
def test_takes_the_reason_and_not_the_lines_of_the_file(said, line, words):
    assert refusal(said) == line
    assert words in cure(line)
