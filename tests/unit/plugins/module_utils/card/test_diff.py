# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.cloud_init import user_data
from ansible_collections.pikube.stateful.plugins.module_utils.card.diff import MASK, SECRET_FILES, diff
from ansible_collections.pikube.stateful.plugins.module_utils.card.draft import Change
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings, User
from ansible_collections.pikube.stateful.plugins.module_utils.card.text import MARK, toml
from ansible_collections.pikube.stateful.plugins.module_utils.network import netplan, wpa_supplicant
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network
from hypothesis import given
from hypothesis import strategies as st

passphrases = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='#"\\'), min_size=20, max_size=40)


def shown(*changes):
    return diff(changes, "/card")


def test_boot_files_are_shown_as_they_are():
    assert shown(Change("cmdline.txt", b"a\n", b"a b\n")) == [
        {"before_header": "/card/cmdline.txt", "after_header": "/card/cmdline.txt", "before": "a\n", "after": "a b\n"}
    ]


def test_backups_are_left_out():
    assert shown(Change("cmdline.txt.bak", None, b"a\n"), Change("new/cmdline.txt.bak", None, b"a\n")) == []


def test_a_file_that_goes_away_has_no_text_after():
    assert shown(Change("PIKUBE.TMP", b"x", None))[0]["after"] == ""


@pytest.mark.parametrize("name", sorted(SECRET_FILES - {"userconf.txt"}))
def test_what_something_else_wrote_is_not_shown(name):
    before = shown(Change(name, b"#cloud-config\ntoken: abcdef\n", MARK.encode()))[0]["before"]
    assert "abcdef" not in before
    assert "28 bytes written by something else" in before


@given(passphrases)
def test_no_secret_of_a_network_is_shown(secret):
    networks = [
        Network.from_options({"ssid": "Attic", "passphrase": secret}),
        Network.from_options({"ssid": "Barn", "passphrase": secret, "security": "wpa3"}),
        Network.from_options({"ssid": "Cellar", "passphrase": secret, "security": "wpa2-wpa3"}),
    ]
    texts = {
        "network-config": netplan.network_config(networks, "DE", regulatory_domain=True),
        "wpa_supplicant.conf": wpa_supplicant.render(networks, "DE"),
        "custom.toml": MARK + toml({"wlan": {"ssid": "Attic", "password": networks[0].psk}}),
    }
    for name, text in texts.items():
        entry = shown(Change(name, None, text.encode()))[0]
        assert MASK in entry["after"]
        assert all(each not in entry["after"] for network in networks for each in network.secrets), name


@given(st.from_regex(r"\$6\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}", fullmatch=True))
def test_no_hash_is_shown(hashed):
    texts = {
        "user-data": user_data(Settings("pi01", (User("ops", password_hash=hashed), User("guest", password_hash=hashed))), "ubuntu"),
        "userconf.txt": f"ops:{hashed}\n",
        "custom.toml": MARK + toml({"user": {"name": "ops", "password": hashed}}),
    }
    for name, text in texts.items():
        for change in (Change(name, None, text.encode()), Change(name, text.encode(), b"")):
            entry = shown(change)[0]
            assert hashed not in entry["before"] + entry["after"], name


def test_a_change_of_a_secret_alone_is_told():
    entry = shown(Change("userconf.txt", b"ops:$6$a$b\n", b"ops:$6$a$c\n"))[0]
    assert entry["before"] == f"ops:{MASK}\n"
    assert entry["after"] == f"ops:{MASK}\n(a secret in it changes)\n"
