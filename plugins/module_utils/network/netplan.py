# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wi-Fi as netplan describes it, for a booted node and for the network-config of a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.network import yaml_text
from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

# NetworkManager's and netplan's own metric of Wi-Fi; a static route has none unless it is told.
WIFI_METRIC = 600
HEADER = "# Written by pikube.stateful; changes made here are lost.\n"


def booted_file(networks: Sequence[Network], interface: str) -> str:
    """Write a file for /etc/netplan. The regulatory domain is not in it: it is the kernel's command line that sets it.

    Raises NetworkError for what netplan cannot express.
    """
    return HEADER + yaml_text.dump({"network": {"version": 2, "wifis": {interface: definition(networks)}}})


def network_config(
    networks: Sequence[Network],
    country: str | None,
    *,
    regulatory_domain: bool,
    sae: bool = True,
    ethernets: Sequence[str] = ("eth0",),
    wifis: Sequence[str] = ("wlan0",),
) -> str:
    """Write cloud-init's network-config (version 2) for a card.

    The file replaces the image's own, so Ethernet is in it as well. regulatory_domain: whether the image's netplan knows that key
    (0.105 and later). sae: whether it knows WPA3 (0.106.1 and later). wifis: names of the interface, one entry each, for images
    whose kernel may name it in one way or the other; entries without an interface do nothing.
    Raises NetworkError for what netplan cannot express.
    """
    tree: dict[str, Any] = {"version": 2}
    if ethernets:
        tree["ethernets"] = {name: {"dhcp4": True, "optional": True} for name in ethernets}
    if networks:
        wpa3 = [network.ssid for network in networks if network.security == "wpa3"]
        if wpa3 and not sae:
            raise NetworkError(
                f'network "{wpa3[0]}": security wpa3 is unknown to the netplan of this image, which would then bring up no network at all. '
                "Use security wpa2-wpa3 or wpa2 on the card and change to wpa3 on the booted node, after an upgrade of netplan.io."
            )
        domain = country if regulatory_domain else None
        tree["wifis"] = {name: definition(networks, regulatory_domain=domain) for name in wifis}
    # Without a top-level "network": cloud-init before 22.2 takes no other form (cloud-init#3815).
    return HEADER + yaml_text.dump(tree)


def definition(networks: Sequence[Network], *, regulatory_domain: str | None = None) -> dict[str, Any]:
    """Describe one wireless interface with all its networks. Raises NetworkError for what netplan cannot express."""
    for network in networks:
        _refuse_unspeakable(network)
    tree: dict[str, Any] = {"optional": True}
    if regulatory_domain:
        tree["regulatory-domain"] = regulatory_domain
    tree.update(_addressing(_common_addressing(networks)))
    tree["access-points"] = {network.ssid: _access_point(network) for network in networks}
    return tree


def defined(text: str, interface: str) -> dict[str, Any] | None:
    """Read what a netplan file says about a wireless interface; None if nothing, or if the file is beyond our reader."""
    try:
        tree: Any = yaml_text.load(text)
    except ValueError:
        return None
    for key in ("network", "wifis", interface):
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, dict) else None


def ssids(text: str) -> list[str]:
    """Read the SSIDs of a netplan file that somebody else wrote, as far as our reader understands it."""
    try:
        tree: Any = yaml_text.load(text)
    except ValueError:
        return []
    for key in ("network", "wifis"):
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    interfaces = tree.values() if isinstance(tree, Mapping) else ()
    points = [interface.get("access-points") for interface in interfaces if isinstance(interface, Mapping)]
    return [ssid for point in points if isinstance(point, Mapping) for ssid in point]


def is_same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether another file's definition already does what ours would do."""
    return {name: value for name, value in found.items() if name != "regulatory-domain"} == wanted


def added_up(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Name the lists that netplan would join from two files, so that both their contents are in force (two addresses, two routes)."""
    return [name for name in ("addresses", "routes") if found.get(name) and found.get(name) != wanted.get(name)]


def _access_point(network: Network) -> dict[str, Any]:
    tree: dict[str, Any] = {"hidden": True} if network.hidden else {}
    if network.security == "wpa3":
        tree["auth"] = {"key-management": "sae", "password": network.passphrase}
    elif network.security == "wpa2-wpa3":
        # The short form: WPA-PSK and SAE with netplan 0.106.1 and later, WPA-PSK alone before.
        tree["password"] = network.passphrase
    elif network.psk:
        # The long form means WPA-PSK alone. The short one adds SAE, for which a hashed key is no use (raspberrypi/linux#7634).
        tree["auth"] = {"key-management": "psk", "password": network.psk}
    return tree


def _common_addressing(networks: Sequence[Network]) -> Addressing:
    first = networks[0]
    for network in networks[1:]:
        if network.addressing != first.addressing:
            raise NetworkError(
                f'networks "{first.ssid}" and "{network.ssid}" differ in address, gateway, nameservers or metric, but netplan has one '
                "setting for all networks of an interface. Give both the same, or reserve the address on the DHCP server."
            )
    return first.addressing


def _addressing(addressing: Addressing) -> dict[str, Any]:
    tree: dict[str, Any] = {"dhcp4": addressing.dhcp}
    if addressing.dhcp and addressing.metric is not None:
        tree["dhcp4-overrides"] = {"route-metric": addressing.metric}
    if addressing.address:
        tree["addresses"] = [addressing.address]
    if addressing.gateway:
        metric = WIFI_METRIC if addressing.metric is None else addressing.metric
        tree["routes"] = [{"to": "default", "via": addressing.gateway, "metric": metric}]
    if addressing.nameservers:
        tree["nameservers"] = {"addresses": list(addressing.nameservers)}
    return tree


def _refuse_unspeakable(network: Network) -> None:
    # netplan 1.1 writes ssid=P"..." for wpa_supplicant and leaves a backslash as it is, so that "a\b" becomes a backspace.
    if "\\" in network.ssid:
        raise NetworkError(
            f'network "{network.ssid}": netplan does not hand a backslash in an ssid on correctly. Rename the network on the access point.'
        )
    # wpa_supplicant takes a # behind a second quotation mark for a comment, and netplan has no other form of psk="...".
    if network.passphrase and '"' in network.passphrase and "#" in network.passphrase:
        raise NetworkError(
            f'network "{network.ssid}": a passphrase with both " and # does not get through netplan to wpa_supplicant. Choose another.'
        )
