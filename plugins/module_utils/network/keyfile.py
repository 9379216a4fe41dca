# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wi-Fi as a keyfile profile of NetworkManager."""

from __future__ import annotations

import hashlib
import re
import uuid

from ansible_collections.pikube.stateful.plugins.module_utils.network.addressing import Addressing
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

HEADER = "# Written by pikube.stateful; changes made here are lost.\n"
PREFIX = "pikube-"
SUFFIX = ".nmconnection"
# Of the profiles' UUIDs: one SSID has the same UUID in each run and on each node. The value itself means nothing.
NAMESPACE = uuid.UUID("5f0c7c0e-6c0d-4d0e-9b1f-3f2f6f1c8a57")
KEY_MANAGEMENT = {"wpa2": "wpa-psk", "wpa2-wpa3": "wpa-psk", "wpa3": "sae"}


def profile_name(network: Network) -> str:
    """Name the profile: readable as far as the SSID is, and different for SSIDs that differ in whatever way."""
    octets = network.ssid.encode("utf-8")
    readable = re.sub(r"[^a-z0-9]+", "-", network.ssid.lower()).strip("-")
    return "-".join(filter(None, (PREFIX.rstrip("-"), readable, hashlib.sha256(octets).hexdigest()[:8])))


def file_name(network: Network) -> str:
    """Name the file in /etc/NetworkManager/system-connections; NetworkManager wants this suffix."""
    return profile_name(network) + SUFFIX


def render(network: Network, interface: str | None = None) -> str:
    """Write the profile. NetworkManager ignores the file unless it is root's with mode 0600.

    interface: the only interface that may use the profile; None for any wireless one.
    """
    connection = {
        "id": profile_name(network),
        "uuid": str(uuid.uuid5(NAMESPACE, network.ssid)),
        "type": "wifi",
        "interface-name": interface,
        "autoconnect-priority": network.priority or None,
    }
    wifi = {"mode": "infrastructure", "ssid": _ssid(network.ssid), "hidden": "true" if network.hidden else None}
    sections = {"connection": connection, "wifi": wifi}
    if network.security != "open":
        secret = network.psk if network.security == "wpa2" else network.passphrase
        sections["wifi-security"] = {"key-mgmt": KEY_MANAGEMENT[network.security], "psk": _value(secret or "")}
    sections["ipv4"] = _ipv4(network.addressing)
    sections["ipv6"] = {"method": "auto", "dns": _list(network.addressing.nameservers_of(6)), "route-metric": network.addressing.metric}
    return HEADER + "\n".join(_section(name, settings) for name, settings in sections.items())


def ssids(text: str) -> list[str]:
    """Read the SSID of a profile that somebody else wrote; an empty list if it is no Wi-Fi profile."""
    section, found = "", []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]")
        elif section in ("wifi", "802-11-wireless") and re.match(r"ssid\s*=", stripped):
            found.append(_read_ssid(stripped.partition("=")[2].strip()))
    return found


def _ipv4(addressing: Addressing) -> dict[str, object]:
    settings: dict[str, object] = {"method": "auto" if addressing.dhcp else "manual"}
    if addressing.address:
        settings["address1"] = ",".join(filter(None, (addressing.address, addressing.gateway)))
    settings["dns"] = _list(addressing.nameservers_of(4))
    settings["route-metric"] = addressing.metric
    return settings


def _section(name: str, settings: dict[str, object]) -> str:
    return f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in settings.items() if value is not None)


def _list(values: list[str]) -> str | None:
    return "".join(f"{value};" for value in values) or None


def _ssid(ssid: str) -> str:
    """Write an SSID as text where that is plain, otherwise as NetworkManager's list of octets, which needs no quoting."""
    if re.fullmatch(r"[A-Za-z0-9_.+-]+( [A-Za-z0-9_.+-]+)*", ssid) and not ssid.isdigit():
        return ssid
    return "".join(f"{octet};" for octet in ssid.encode("utf-8"))


def _read_ssid(value: str) -> str:
    if re.fullmatch(r"\d+;(\d+;)*", value):
        octets = [int(octet) for octet in value.rstrip(";").split(";")]
        return bytes(octet for octet in octets if octet < 256).decode("utf-8", errors="replace")
    return value.replace("\\\\;", ";").replace("\\;", ";").replace("\\s", " ").replace("\\\\", "\\")


def _value(text: str) -> str:
    """Escape as GKeyFile reads it back: the backslash, and blanks at either end, which it would strip."""
    inner = text.strip(" ")
    if not inner:
        return "\\s" * len(text)
    before, _found, after = text.partition(inner)
    return "\\s" * len(before) + inner.replace("\\", "\\\\") + "\\s" * len(after)
