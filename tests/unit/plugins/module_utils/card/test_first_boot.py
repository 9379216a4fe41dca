# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace

import pytest
import tomllib
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.first_boot import FirstBoot, Wifi, first_boot
from ansible_collections.pikube.stateful.plugins.module_utils.card.recognise import System, format_of
from ansible_collections.pikube.stateful.plugins.module_utils.card.releases import RELEASES
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings, User
from ansible_collections.pikube.stateful.plugins.module_utils.card.text import MARK

HASH = "$6$salt$hash"
PSK = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
OPS = User("ops", ("ssh-ed25519 AAAA ops",), HASH)


def network(ssid="Attic", psk=PSK, hidden=False, security="wpa2", dhcp=True):
    return SimpleNamespace(ssid=ssid, psk=psk, hidden=hidden, security=security, addressing=SimpleNamespace(dhcp=dhcp))


def wifi(*networks):
    """Writers that say what they were asked for; the real ones are tested in their package and, with this one, in test_card.py."""
    return Wifi(
        "DE" if networks else None,
        networks,
        lambda networks, country, **knows: f"{MARK}network-config {[each.ssid for each in networks]} {country} {sorted(knows.items())}\n",
        lambda networks, country: f"{MARK}wpa_supplicant {[each.ssid for each in networks]} {country}\n",
    )


def system(release, booted=False, named=False):
    row = next(each for each in RELEASES if each.id == release)
    return System(format_of(row.format), row, booted, named)


def prepare(release, users=(OPS,), networks=(), there=None, **more):
    made = first_boot(system(release), Settings("pi01", tuple(users), **more), wifi(*networks), (there or {}).get)
    return dict(made.files), made


def test_cloud_init_has_its_meta_data_last():
    files, made = prepare("raspios-trixie", networks=[network()])
    assert list(files) == ["user-data", "network-config", "meta-data"]
    identity = files["meta-data"].rsplit(" ", 1)[1].strip()
    assert made.parameters == (f"ds=nocloud;i={identity}",)
    assert made.left_out == ()


def test_network_config_is_left_alone_without_networks():
    assert "network-config" not in prepare("ubuntu-24.04", there={"network-config": b"version: 2\n"})[0]


def test_networks_that_are_wanted_no_more_go_away():
    assert "network-config []" in prepare("ubuntu-24.04", there={"network-config": MARK.encode()})[0]["network-config"]
    assert "wpa_supplicant []" in prepare("raspios-bullseye", there={"wpa_supplicant.conf": MARK.encode()})[0]["wpa_supplicant.conf"]


@pytest.mark.parametrize(
    ("release", "knows"),
    [
        ("ubuntu-22.04", "('regulatory_domain', False), ('sae', False), ('wifis', ('wlan0',))"),
        ("ubuntu-25.10", "('regulatory_domain', True), ('sae', True), ('wifis', ('wlan0', 'wld0'))"),
    ],
)
def test_netplan_is_asked_only_for_what_the_image_knows(release, knows):
    assert knows in prepare(release, networks=[network()])[0]["network-config"]


def test_a_new_key_of_a_network_makes_a_new_instance():
    first, second = (prepare("raspios-trixie", networks=[network(ssid=ssid)])[1].parameters for ssid in ("Attic", "Barn"))
    assert first != second


def test_custom_toml():
    files, made = prepare("raspios-bookworm", networks=[network(hidden=True)], timezone="Europe/Berlin")
    assert list(files) == ["custom.toml"]
    assert tomllib.loads(files["custom.toml"]) == {
        "config_version": 1,
        "system": {"hostname": "pi01"},
        "user": {"name": "ops", "password": HASH, "password_encrypted": True},
        "ssh": {"enabled": True, "password_authentication": False, "authorized_keys": ["ssh-ed25519 AAAA ops"]},
        "wlan": {"ssid": "Attic", "password": PSK, "password_encrypted": True, "hidden": True, "country": "DE"},
        "locale": {"timezone": "Europe/Berlin"},
    }
    assert made.left_out == ()


def test_custom_toml_of_an_open_network_and_a_locked_password():
    tables = tomllib.loads(
        prepare("raspios-bookworm", [User("ops", OPS.authorized_keys)], [network(psk=None, security="open")])[0]["custom.toml"]
    )
    assert tables["user"] == {"name": "ops"}
    assert "password" not in tables["wlan"]


def test_custom_toml_takes_the_first_network_that_it_can_express():
    files, made = prepare("raspios-bookworm", networks=[network("New", None, security="wpa3"), network("Old", dhcp=False), network("Barn")])
    assert tomllib.loads(files["custom.toml"])["wlan"]["ssid"] == "Old"
    assert made.left_out == ('Wi-Fi network "New"', 'Wi-Fi network "Barn"', 'the fixed address in Wi-Fi network "Old"')


def test_custom_toml_without_wifi_has_no_table_of_it():
    assert "wlan" not in tomllib.loads(prepare("raspios-bookworm")[0]["custom.toml"])


def test_what_custom_toml_has_no_place_for_is_said():
    users = [User("ops", OPS.authorized_keys, sudo="password", groups=("docker",)), User("guest")]
    assert prepare("raspios-bookworm", users)[1].left_out == ('user "guest"', 'the groups of user "ops"', '"sudo: password" of user "ops"')


def test_userconf():
    files, made = prepare("raspios-bullseye", networks=[network()], timezone="Europe/Berlin")
    assert (files["ssh"], files["userconf.txt"]) == ("", f"ops:{HASH}\n")
    assert "wpa_supplicant ['Attic'] DE" in files["wpa_supplicant.conf"]
    assert made.left_out == ('the host name "pi01"', 'the keys of user "ops"', "ssh without passwords", 'the time zone "Europe/Berlin"')


def test_userconf_needs_a_password():
    with pytest.raises(CardError, match='"ops" needs a password_hash on this card'):
        prepare("raspios-bullseye", [User("ops", OPS.authorized_keys)])


@pytest.mark.parametrize("release", ["raspios-bookworm", "raspios-bullseye"])
def test_no_underscore_in_the_account_that_userconf_renames(release):
    with pytest.raises(CardError, match="not allowed as the first account"):
        prepare(release, [User("my_ops", OPS.authorized_keys, HASH)])


@pytest.mark.parametrize("release", ["raspios-bullseye", "raspios-bookworm", "raspios-trixie", "ubuntu-24.04"])
def test_nobody_can_log_in(release):
    with pytest.raises(CardError, match="nobody could log in"):
        prepare(release, [User("ops")])


def test_a_used_card_gets_nothing_unless_the_format_is_named():
    settings = Settings("pi01", ())
    assert first_boot(system("raspios-bookworm", booted=True), settings, wifi(), {}.get) == FirstBoot()
    with pytest.raises(CardError):
        first_boot(system("raspios-bookworm", booted=True, named=True), settings, wifi(), {}.get)


def test_a_format_without_a_release_is_cautious():
    made = first_boot(System(format_of("cloud_init"), None, None, True), Settings("pi01", (OPS,)), wifi(network()), {}.get)
    files = dict(made.files)
    assert "('regulatory_domain', False)" in files["network-config"]
    assert "systemctl" in files["user-data"]


def test_the_country_is_a_kernel_parameter():
    assert wifi(network()).parameters == ("cfg80211.ieee80211_regdom=DE",)
    assert wifi().parameters == ()


def test_only_what_differs_is_written():
    class Store(dict):
        read = dict.get
        writes = 0

        def write(self, name, data):
            self[name] = data
            self.writes += 1

    store = Store(ssh=b"")
    files = FirstBoot((("ssh", ""), ("userconf.txt", "ops:x\n")))
    files.write_to(store)
    files.write_to(store)
    assert (store, store.writes) == ({"ssh": b"", "userconf.txt": b"ops:x\n"}, 1)
