# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network stacks of the supported systems: their files, and what puts a change of them in force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.network import dhcpcd, keyfile, netplan, wpa_supplicant
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import CONNECTION, POWER_SAVE, File
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

PROFILES = "/etc/NetworkManager/system-connections"
NETPLAN_FOLDERS = ("/etc/netplan", "/run/netplan", "/lib/netplan")
NETPLAN_FILE = "/etc/netplan/pikube-wifi.yaml"
SUPPLICANT_FOLDER = "/etc/wpa_supplicant"
DHCPCD_FILE = "/etc/dhcpcd.conf"


@dataclass(frozen=True)
class Wish:
    """What to write. interface: the wireless interface; pinned: whether the user named it."""

    networks: tuple[Network, ...]
    country: str | None
    interface: str
    pinned: bool = False


@dataclass(frozen=True)
class Owned:
    """Files that are ours, by folder and pattern and, where others may use the same name, by their first line."""

    folder: str
    pattern: str
    subject: str
    first_line: str = ""


@dataclass(frozen=True)
class Foreign:
    """Files of others in which a network may be: how to read the SSIDs from their text."""

    folder: str
    pattern: str
    ssids: Callable[[str], list[str]]


@dataclass(frozen=True)
class Command:
    """A command of an activation. may_fail: a failure means nothing (the interface was not connected)."""

    argv: tuple[str, ...]
    may_fail: bool = False


@dataclass(frozen=True)
class Backend:
    """One network stack.

    service: the unit that must be active for a change to take effect without a reboot; marker: a path that shows that the stack is
    installed; automatic: whether it is chosen unasked; files: what a wish means, given the texts of foreign files by path;
    shares: the files of SHARED that it uses; activation: with {interface} in place of the interface; reload: makes a change of power
    saving known; check_folders: of files that netplan checks together; same_ssid: what it means when a foreign file has the same SSID.
    """

    id: str
    service: str
    marker: str
    files: Callable[[Wish, Mapping[str, str]], list[File]]
    power_save: File
    activation: tuple[Command, ...]
    same_ssid: str
    foreign: tuple[Foreign, ...] = ()
    shares: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    check_folders: tuple[str, ...] = ()
    automatic: bool = True


def _profiles(wish: Wish, _others: Mapping[str, str]) -> list[File]:
    interface = wish.interface if wish.pinned else None
    return [File(f"{PROFILES}/{keyfile.file_name(network)}", keyfile.render(network, interface)) for network in wish.networks]


def _netplan(wish: Wish, others: Mapping[str, str]) -> list[File]:
    if not wish.networks:
        return []
    wanted = netplan.definition(wish.networks)
    found = {path: tree for path, tree in ((path, netplan.defined(text, wish.interface)) for path, text in others.items()) if tree}
    if len(found) == 1 and netplan.is_same(next(iter(found.values())), wanted):
        return []  # what cloud-init wrote on the first boot, from a card that was prepared with the same networks
    for path, tree in sorted(found.items()):
        lists = netplan.added_up(tree, wanted)
        if lists:
            raise NetworkError(
                f"{path} gives {wish.interface} {' and '.join(lists)} of its own, and netplan would put both those and ours in force. "
                f'Take "{wish.interface}:" out of {path}, or give the networks the same address there and here. Nothing was changed.',
                path=path,
                interface=wish.interface,
            )
    return [File(NETPLAN_FILE, netplan.booted_file(wish.networks, wish.interface))]


def _supplicant(wish: Wish, _others: Mapping[str, str]) -> list[File]:
    if not wish.networks:
        return []
    # dhcpcd's hook prefers the file of the interface to wpa_supplicant.conf, which raspi-config keeps for itself.
    return [
        File(
            f"{SUPPLICANT_FOLDER}/wpa_supplicant-{wish.interface}.conf", wpa_supplicant.render(wish.networks, wish.country, editable=False)
        )
    ]


UDEV_POWER_SAVE = File(
    "/etc/udev/rules.d/pikube-wifi-powersave.rules",
    "# Written by pikube.stateful; changes made here are lost.\n"
    'ACTION=="add", SUBSYSTEM=="net", ENV{DEVTYPE}=="wlan", RUN+="/usr/sbin/iw dev $name set power_save off"\n',
    0o644,
    POWER_SAVE,
)
NM_POWER_SAVE = File(
    "/etc/NetworkManager/conf.d/pikube-wifi-powersave.conf",
    # 2: off (NetworkManager's nm-settings, 802-11-wireless.powersave)
    "# Written by pikube.stateful; changes made here are lost.\n[connection-pikube-wifi]\nmatch-device=type:wifi\nwifi.powersave=2\n",
    0o644,
    POWER_SAVE,
)
OWNED = (
    Owned(PROFILES, f"{keyfile.PREFIX}*{keyfile.SUFFIX}", CONNECTION),
    Owned("/etc/NetworkManager/conf.d", "pikube-wifi-powersave.conf", POWER_SAVE),
    Owned("/etc/netplan", "pikube-wifi.yaml", CONNECTION),
    Owned(SUPPLICANT_FOLDER, "wpa_supplicant-*.conf", CONNECTION, wpa_supplicant.HEADER),
    Owned("/etc/udev/rules.d", "pikube-wifi-powersave.rules", POWER_SAVE),
)
_IN_PROFILES = Foreign(PROFILES, "*", keyfile.ssids)
_IN_NETPLAN = tuple(Foreign(folder, "*.yaml", netplan.ssids) for folder in NETPLAN_FOLDERS)
_IN_SUPPLICANT = Foreign(SUPPLICANT_FOLDER, "wpa_supplicant.conf", wpa_supplicant.ssids)
_RADIO_ON = Command(("nmcli", "radio", "wifi", "on"))
_NETPLAN_APPLY = Command(("netplan", "apply"))

# In the order in which they are looked for. NetworkManager comes first: where netplan only writes profiles for it (Raspberry Pi OS
# trixie), a profile of our own changes nothing else, while "netplan apply" takes every connection down and up.
BACKENDS = (
    Backend(
        id="networkmanager",
        service="NetworkManager",
        marker=PROFILES,
        files=_profiles,
        power_save=NM_POWER_SAVE,
        activation=(
            Command(("nmcli", "connection", "reload")),
            _RADIO_ON,
            # Off and on again, so that the profile is chosen anew, by priority, as at a boot.
            Command(("nmcli", "--wait", "10", "device", "disconnect", "{interface}"), may_fail=True),
            Command(("nmcli", "device", "set", "{interface}", "autoconnect", "yes")),
        ),
        reload=("nmcli", "general", "reload", "conf"),
        foreign=(_IN_PROFILES, *_IN_NETPLAN),
        same_ssid="NetworkManager prefers the profile with the higher autoconnect-priority",
    ),
    Backend(
        id="netplan-networkd",
        service="systemd-networkd",
        marker="/etc/netplan",
        files=_netplan,
        power_save=UDEV_POWER_SAVE,
        activation=(_NETPLAN_APPLY,),
        foreign=_IN_NETPLAN,
        check_folders=NETPLAN_FOLDERS,
        same_ssid=f"netplan takes the settings of {NETPLAN_FILE}, which it reads later, if they differ",
    ),
    Backend(
        id="netplan-networkmanager",
        service="NetworkManager",
        marker="/etc/netplan",
        files=_netplan,
        power_save=NM_POWER_SAVE,
        activation=(_NETPLAN_APPLY, _RADIO_ON),
        reload=("nmcli", "general", "reload", "conf"),
        foreign=(_IN_PROFILES, *_IN_NETPLAN),
        check_folders=NETPLAN_FOLDERS,
        same_ssid=f"netplan takes the settings of {NETPLAN_FILE}, which it reads later, if they differ",
        automatic=False,
    ),
    Backend(
        id="dhcpcd",
        service="dhcpcd",
        marker=DHCPCD_FILE,
        files=_supplicant,
        power_save=UDEV_POWER_SAVE,
        activation=(
            # dhcpcd starts wpa_supplicant again, with the file of the interface.
            Command(("wpa_cli", "-i", "{interface}", "terminate"), may_fail=True),
            Command(("systemctl", "restart", "dhcpcd")),
        ),
        shares=(DHCPCD_FILE,),
        foreign=(_IN_SUPPLICANT,),
        same_ssid="that file is not read any more as long as there is one for the interface, with all its networks",
    ),
)
# Files that are not ours but hold a block of ours: how networks come into their text. Without networks, the block goes.
SHARED: Mapping[str, Callable[[str, Sequence[Network]], str]] = {DHCPCD_FILE: dhcpcd.with_networks}


# For a node without any network stack of ours, of which nothing is wanted but to take back what was written.
NOTHING = Backend(
    id="none", service="", marker="", files=lambda _wish, _others: [], power_save=UDEV_POWER_SAVE, activation=(), same_ssid=""
)


def choose(wanted: str, active: Collection[str], exists: Callable[[str], bool], *, needed: bool = True) -> Backend:
    """Choose the backend: the wanted one, else the first whose service is active, else the first that is installed.

    wanted: an id or "auto"; active: units that are active; needed: whether there is something to write.
    Raises NetworkError when one is needed and there is none.
    """
    if wanted != "auto":
        return next(backend for backend in BACKENDS if backend.id == wanted)
    candidates = [backend for backend in BACKENDS if backend.automatic and exists(backend.marker)]
    for backend in candidates:
        if backend.service in active:
            return backend
    if candidates:
        return candidates[0]
    if not needed:
        return NOTHING
    looked_for = ", ".join(f"{backend.id} ({backend.marker})" for backend in BACKENDS if backend.automatic)
    raise NetworkError(
        f"No network stack was found that Wi-Fi could be written for; looked for {looked_for}. "
        "Install one of them, network-manager on Raspberry Pi OS or netplan.io on Ubuntu."
    )
