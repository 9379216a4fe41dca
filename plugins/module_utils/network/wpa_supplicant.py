# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wi-Fi as a configuration file of wpa_supplicant, for Raspberry Pi OS bullseye."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

HEADER = "# Written by pikube.stateful; changes made here are lost.\n"


def render(networks: Sequence[Network], country: str | None, *, editable: bool = True) -> str:
    """Write wpa_supplicant.conf. Addresses are not its business: dhcpcd.conf has them.

    editable: whether wpa_cli and raspi-config may save into the file; they drop its comments when they do.
    """
    lines = ["ctrl_interface=DIR=/var/run/wpa_supplicant GROUP=netdev"]
    lines += ["update_config=1"] if editable else []
    lines += [f"country={country}"] if country else []
    return HEADER + "\n".join(lines) + "\n" + "".join(map(_block, networks))


def ssids(text: str) -> list[str]:
    """Read the SSIDs of a file that somebody else wrote."""
    found = []
    for value in re.findall(r"^\s*ssid=(.*?)\s*$", text, re.MULTILINE):
        if len(value) > 1 and value[0] == value[-1] == '"':
            found.append(value[1:-1])
        elif re.fullmatch(r"([0-9A-Fa-f]{2})+", value):
            found.append(bytes.fromhex(value).decode("utf-8", errors="replace"))
    return found


def _block(network: Network) -> str:
    settings = [f"ssid={quoted(network.ssid)}", *(["scan_ssid=1"] if network.hidden else []), *_key(network)]
    if network.priority:
        settings.append(f"priority={network.priority}")
    return "\nnetwork={\n" + "".join(f"\t{setting}\n" for setting in settings) + "}\n"


def _key(network: Network) -> list[str]:
    if network.security == "open":
        return ["key_mgmt=NONE"]
    if network.security == "wpa2":
        return ["key_mgmt=WPA-PSK", f"psk={network.psk}"]
    password = f"sae_password={quoted(network.passphrase or '')}"
    if network.security == "wpa3":
        # WPA3 requires protected management frames.
        return ["key_mgmt=SAE", "ieee80211w=2", password]
    return ["key_mgmt=WPA-PSK SAE", "ieee80211w=1", f"psk={network.psk}", password]


def quoted(text: str) -> str:
    """Write a text in quotation marks, or in hexadecimal digits where wpa_supplicant's quoting, which has no escapes, is not exact."""
    plain = all(0x20 <= ord(letter) <= 0x7E and letter not in '"\\#' for letter in text)
    return f'"{text}"' if plain else text.encode("utf-8").hex()
