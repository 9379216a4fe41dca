"""The table of network stacks."""

from fnmatch import fnmatchcase

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing
from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import BACKENDS, OWNED, Wish, choose
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import POWER_SAVE
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

NM, NETPLAN, DHCPCD = "/etc/NetworkManager/system-connections", "/etc/netplan", "/etc/dhcpcd.conf"
HOME = Network("Home", psk="0" * 64, priority=100)


@pytest.mark.parametrize(
    ("active", "there", "backend"),
    [
        pytest.param({"NetworkManager"}, {NM}, "networkmanager", id="Raspberry Pi OS bookworm"),
        pytest.param(
            {"NetworkManager"}, {NM, NETPLAN}, "networkmanager", id="Raspberry Pi OS trixie, where netplan only writes for NetworkManager"
        ),
        pytest.param({"systemd-networkd"}, {NETPLAN}, "netplan-networkd", id="Ubuntu Server"),
        pytest.param({"systemd-networkd"}, {NM, NETPLAN}, "netplan-networkd", id="Ubuntu Server with a NetworkManager that does not run"),
        pytest.param({"dhcpcd"}, {DHCPCD}, "dhcpcd", id="Raspberry Pi OS bullseye"),
        pytest.param({"dhcpcd"}, {NM, DHCPCD}, "dhcpcd", id="bullseye with a NetworkManager that does not run"),
        pytest.param(set(), {NM, NETPLAN}, "networkmanager", id="nothing runs, NetworkManager is installed"),
        pytest.param(set(), {NETPLAN}, "netplan-networkd", id="nothing runs, netplan is installed"),
    ],
)
def test_what_runs_decides(active, there, backend):
    assert choose("auto", active, there.__contains__).id == backend


@pytest.mark.parametrize("backend", [backend.id for backend in BACKENDS])
def test_a_wanted_backend_is_taken(backend):
    assert choose(backend, set(), lambda _path: False).id == backend


def test_a_node_without_a_stack_is_an_error_that_says_what_was_looked_for():
    with pytest.raises(NetworkError, match=r"networkmanager \(/etc/NetworkManager/system-connections\), netplan-networkd .* Install one"):
        choose("auto", {"systemd-networkd"}, lambda _path: False)


def test_a_node_without_a_stack_is_no_error_when_nothing_is_to_be_written():
    backend = choose("auto", set(), lambda _path: False, needed=False)
    assert backend.id == "none"
    assert backend.files(Wish((), None, "wlan0"), {}) == []


@pytest.mark.parametrize("backend", BACKENDS, ids=[backend.id for backend in BACKENDS])
def test_what_a_backend_writes_is_ours_and_for_root_alone(backend):
    files = backend.files(Wish((HOME,), "GB", "wlan0"), {})
    assert files
    for file in (*files, backend.power_save):
        folder, _slash, name = file.path.rpartition("/")
        owned = [owned for owned in OWNED if owned.folder == folder and fnmatchcase(name, owned.pattern) and owned.subject == file.subject]
        assert owned
        assert file.text.startswith(owned[0].first_line)
        assert file.mode == (0o644 if file.subject == POWER_SAVE else 0o600)


@pytest.mark.parametrize("backend", BACKENDS, ids=[backend.id for backend in BACKENDS])
def test_without_networks_nothing_is_written(backend):
    assert backend.files(Wish((), "GB", "wlan0"), {}) == []


def test_a_profile_is_bound_to_an_interface_only_if_the_user_named_it():
    files = BACKENDS[0].files
    assert "interface-name" not in files(Wish((HOME,), "GB", "wlan0"), {})[0].text
    assert "interface-name=wlan1\n" in files(Wish((HOME,), "GB", "wlan1", pinned=True), {})[0].text


NETPLAN_BACKEND = next(backend for backend in BACKENDS if backend.id == "netplan-networkd")
FIXED = Network("Home", psk="0" * 64, addressing=Addressing("10.0.0.11/24", "10.0.0.1"))
AS_ON_THE_CARD = NETPLAN_BACKEND.files(Wish((FIXED,), "GB", "wlan0"), {})[0].text


def test_what_another_file_says_already_is_not_written():
    assert NETPLAN_BACKEND.files(Wish((FIXED,), "GB", "wlan0"), {"/etc/netplan/50-cloud-init.yaml": AS_ON_THE_CARD}) == []


def test_two_files_that_say_it_are_no_reason_to_leave_it_out():
    others = {
        "/etc/netplan/50-cloud-init.yaml": AS_ON_THE_CARD,
        "/etc/netplan/60-x.yaml": "network:\n  wifis:\n    wlan0:\n      dhcp4: true\n",
    }
    assert NETPLAN_BACKEND.files(Wish((FIXED,), "GB", "wlan0"), others)


def test_an_address_in_another_file_would_be_added_and_is_refused():
    other = AS_ON_THE_CARD.replace("10.0.0.11", "10.0.0.12")
    with pytest.raises(NetworkError, match=r"^/etc/netplan/50-cloud-init\.yaml gives wlan0 addresses of its own") as raised:
        NETPLAN_BACKEND.files(Wish((FIXED,), "GB", "wlan0"), {"/etc/netplan/50-cloud-init.yaml": other})
    assert raised.value.facts == {"path": "/etc/netplan/50-cloud-init.yaml", "interface": "wlan0"}
