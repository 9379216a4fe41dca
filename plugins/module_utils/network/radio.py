# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The radio's switches: the regulatory domain in force and the blocks that keep Wi-Fi off until a country is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import File

NM_STATE = "/var/lib/NetworkManager/NetworkManager.state"
SAVED_BLOCKS = "/var/lib/systemd/rfkill"
BLOCKS = "/sys/class/rfkill"


@dataclass(frozen=True)
class Step:
    """Something to do about the radio, and how it is told.

    counts: whether it is a change of the node. The domain in force is none: radios that manage themselves, and access points in
    range, may have another one put in its place at any time.
    """

    text: str
    do: Callable[[], None]
    counts: bool = True


def country_in_force(text: str) -> str | None:
    """Read the regulatory domain from what "iw reg get" prints; the first is the global one, those of self-managed radios follow."""
    found = re.search(r"^country (\w\w):", text, re.MULTILINE)
    return found[1] if found else None


def with_wireless_enabled(state: str) -> str:
    """Switch Wi-Fi on in NetworkManager.state, where the images of Raspberry Pi OS have it off."""
    return re.sub(r"^WirelessEnabled=false$", "WirelessEnabled=true", state, flags=re.MULTILINE)


def country_steps(host: Host, country: str) -> list[Step]:
    """What to do about the country now. At the next boot it is the kernel's command line that sets it."""
    if not host.has_command("iw"):
        return []
    status, output, _errors = host.attempt(["iw", "reg", "get"])
    if status != 0 or country_in_force(output) == country:
        return []
    return [Step(f"set the regulatory domain to {country}", lambda: _set(host, country), counts=False)]


def _set(host: Host, country: str) -> None:
    host.command(["iw", "reg", "set", country], "Setting the regulatory domain")


def unblocking_steps(host: Host, *, network_manager_runs: bool) -> list[Step]:
    """What keeps Wi-Fi off in software: NetworkManager's switch, the kernel's, and the kernel's as systemd saved it for the next boot."""
    steps = []
    state = host.file(NM_STATE, shared=True)
    if state is not None and with_wireless_enabled(state.text) != state.text:
        if network_manager_runs:
            # It writes the file itself, and would overwrite ours.
            steps.append(Step("switched Wi-Fi on in NetworkManager", lambda: _switch_on(host)))
        else:
            enabled = File(NM_STATE, with_wireless_enabled(state.text), state.mode, shared=True)
            steps.append(Step(f"switched Wi-Fi on in {NM_STATE}", lambda: host.write(enabled)))
    for switch in sorted(host.path(BLOCKS).glob("rfkill*")):
        folder = f"{BLOCKS}/{switch.name}"
        if (host.read(f"{folder}/type") or "").strip() == "wlan" and (host.read(f"{folder}/soft") or "").strip() == "1":
            steps.append(_zero(host, f"{folder}/soft"))
    for saved in host.matching(SAVED_BLOCKS, "*:wlan"):
        if (host.read(saved) or "").strip() == "1":
            steps.append(_zero(host, saved))
    return steps


def _switch_on(host: Host) -> None:
    host.command(["nmcli", "radio", "wifi", "on"], "Switching Wi-Fi on")


def _zero(host: Host, path: str) -> Step:
    return Step(f"unblocked Wi-Fi in {path}", lambda: host.poke(path, "0\n"))
