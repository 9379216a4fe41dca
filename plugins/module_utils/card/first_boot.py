# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files from which a card's system takes its settings on its first boot, in each of the formats. Values in, texts out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.card import cloud_init
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.recognise import System
from ansible_collections.pikube.stateful.plugins.module_utils.card.releases import ANY_NETPLAN
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import Settings
from ansible_collections.pikube.stateful.plugins.module_utils.card.text import MARK, toml

Read = Callable[[str], "bytes | None"]


@dataclass(frozen=True)
class Wifi:
    """Wi-Fi for a card. networks: values with ssid, psk, hidden, security and addressing.dhcp, the preferred one first.

    network_config(networks, country, **what the image's netplan knows) and wpa_supplicant(networks, country) write the files.
    """

    country: str | None
    networks: Sequence[Any]
    network_config: Callable[..., str]
    wpa_supplicant: Callable[..., str]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The kernel parameter that sets the country, which all releases understand; Wi-Fi is blocked without."""
        return (f"cfg80211.ieee80211_regdom={self.country}",) if self.country else ()


@dataclass(frozen=True)
class FirstBoot:
    """files: name and content in the order of writing. parameters: for the kernel's command line. left_out: what finds no place."""

    files: tuple[tuple[str, str], ...] = ()
    parameters: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def write_to(self, store: Any) -> None:
        """Write the files that differ."""
        for name, text in self.files:
            if store.read(name) != text.encode("utf-8"):
                store.write(name, text.encode("utf-8"))


def first_boot(system: System, settings: Settings, wifi: Wifi, read: Read) -> FirstBoot:
    """What the system's format makes of the settings. read: what a file of the card holds now, None if there is none.

    Nothing, if the system takes none any more. Raises CardError for settings with which nobody could reach the node.
    """
    if not system.takes_settings:
        return FirstBoot()
    settings.check_access()
    return WRITERS[system.format.id](system, settings, wifi, read)


def _cloud_init(system: System, settings: Settings, wifi: Wifi, read: Read) -> FirstBoot:
    family = system.release.family if system.release else next(iter(cloud_init.FAMILIES))
    files = [("user-data", cloud_init.user_data(settings, family))]
    if wifi.networks or _is_ours(read("network-config")):
        netplan = (system.release.netplan if system.release else None) or ANY_NETPLAN
        files.append(("network-config", wifi.network_config(wifi.networks, wifi.country, **netplan._asdict())))
    instance = cloud_init.instance_id(settings.hostname, *(text for _name, text in files))
    # Last, because it is what makes cloud-init look at the others.
    files.append(("meta-data", cloud_init.meta_data(instance)))
    return FirstBoot(tuple(files), (cloud_init.data_source(instance),))


def _custom_toml(system: System, settings: Settings, wifi: Wifi, read: Read) -> FirstBoot:
    user = settings.users[0]
    _check_userconf_name(user.name)
    tables: dict[str, Any] = {
        "config_version": 1,
        "system": {"hostname": settings.hostname},
        "user": {"name": user.name, "password": user.password_hash, "password_encrypted": True if user.password_hash else None},
        "ssh": {
            "enabled": True,
            "password_authentication": settings.ssh_password_authentication,
            "authorized_keys": user.authorized_keys,
        },
    }
    # A pure WPA3 network has no PSK, and the network that this file makes is one of WPA2.
    possible = [network for network in wifi.networks if network.security != "wpa3"]
    if possible:
        network = possible[0]
        secret = {"password": network.psk, "password_encrypted": True} if network.psk else {}
        tables["wlan"] = {"ssid": network.ssid, **secret, "hidden": network.hidden, "country": wifi.country}
    if settings.timezone:
        tables["locale"] = {"timezone": settings.timezone}
    left_out = [*_accounts_left_out(settings)]
    left_out += [f'Wi-Fi network "{network.ssid}"' for network in wifi.networks if network not in possible[:1]]
    left_out += [f'the fixed address in Wi-Fi network "{network.ssid}"' for network in possible[:1] if not network.addressing.dhcp]
    return FirstBoot((("custom.toml", MARK + toml(tables)),), (), tuple(left_out))


def _userconf(system: System, settings: Settings, wifi: Wifi, read: Read) -> FirstBoot:
    user = settings.users[0]
    _check_userconf_name(user.name)
    if not user.password_hash:
        raise CardError(
            f'users: "{user.name}" needs a password_hash on this card: Raspberry Pi OS 11 takes no keys from the boot partition.'
            " Log in with the password once; the role pi sets the keys"
        )
    files = [("ssh", ""), ("userconf.txt", f"{user.name}:{user.password_hash}\n")]
    if wifi.networks or _is_ours(read("wpa_supplicant.conf")):
        files.append(("wpa_supplicant.conf", wifi.wpa_supplicant(wifi.networks, wifi.country)))
    left_out = [f'the host name "{settings.hostname}"', *_accounts_left_out(settings)]
    left_out += [f'the keys of user "{user.name}"'] if user.authorized_keys else []
    left_out += [] if settings.ssh_password_authentication else ["ssh without passwords"]
    left_out += [f'the time zone "{settings.timezone}"'] if settings.timezone else []
    left_out += [f'the fixed address in Wi-Fi network "{network.ssid}"' for network in wifi.networks if not network.addressing.dhcp]
    return FirstBoot(tuple(files), (), tuple(left_out))


WRITERS = {"cloud_init": _cloud_init, "custom_toml": _custom_toml, "userconf": _userconf}


def _accounts_left_out(settings: Settings) -> list[str]:
    first, *others = settings.users
    left_out = [f'user "{user.name}"' for user in others]
    if first.groups:
        left_out.append(f'the groups of user "{first.name}"')
    if first.sudo != "nopasswd":
        left_out.append(f'"sudo: {first.sudo}" of user "{first.name}"')
    return left_out


def _check_userconf_name(name: str) -> None:
    if "_" in name:
        raise CardError(f'users: "{name}" is not allowed as the first account of Raspberry Pi OS 11 and 12; use a to z, digits and "-"')


def _is_ours(data: bytes | None) -> bool:
    return data is not None and MARK.encode() in data
