# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a wish for Wi-Fi to a node that has it: read, plan, check, and carry out under the guard."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import BACKENDS, OWNED, SHARED, Backend, Wish, choose
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.guard import UNITS, Guard, Status
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import Host
from ansible_collections.pikube.stateful.plugins.module_utils.network.masking import differences
from ansible_collections.pikube.stateful.plugins.module_utils.network.netplan_check import check_netplan
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import CONNECTION, POWER_SAVE, File, Plan, plan
from ansible_collections.pikube.stateful.plugins.module_utils.network.radio import Step, country_steps, unblocking_steps
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import Network

NETWORK_MANAGER = "NetworkManager"
DEFAULT_INTERFACE = "wlan0"
# How long a confirmation waits for the radio, which NetworkManager connects in the background.
LINK_PATIENCE = 15


@dataclass(frozen=True)
class Request:
    """What the user wants. None for networks and power_save: leave them as they are."""

    networks: tuple[Network, ...] | None
    country: str | None
    power_save: bool | None
    backend: str = "auto"
    interface: str | None = None
    rollback_seconds: int = 180


@dataclass(frozen=True)
class Situation:
    """What was found on the node. live: whether a change can take effect now."""

    backend: Backend
    interface: str
    wireless: tuple[str, ...]
    live: bool
    states: Mapping[str, str]
    owned: tuple[File, ...]
    foreign: Mapping[str, str]
    foreign_profiles: tuple[dict[str, str], ...]
    status: Status


def converge(request: Request, host: Host, guard: Guard, *, check_mode: bool) -> dict[str, Any]:
    """Bring a node to what is wanted and return what the module returns. Raises NetworkError."""
    found = look(request, host, guard)
    wanted = wanted_files(request, found)
    change = plan(found.owned, wanted)
    refuse_to_overwrite(change, host)
    if change.paths_of(CONNECTION) and found.backend.check_folders:
        check_netplan(host, _netplan_texts(found, change))
    steps = radio_steps(request, found, host)
    # A change that is in force but not confirmed is still to be confirmed, although there is nothing to change any more.
    unconfirmed = found.status.pending and found.live
    guarded = found.live and (bool(change.paths_of(CONNECTION)) or unconfirmed)
    if not check_mode:
        carry_out(request, found, change, steps, host, guard, guarded=guarded)
    activation = "none" if not change and not unconfirmed else "now" if found.live else "at_reboot"
    return {
        "changed": bool(change) or any(step.counts for step in steps),
        "backend": found.backend.id,
        "interface": found.interface,
        "files": sorted(file.path for file in wanted if not file.shared),
        "actions": [step.text for step in steps]
        + [f"wrote {file.path}" for file in change.writes]
        + [f"removed {file.path}" for file in change.removes],
        "activation": activation,
        "confirm_required": guarded,
        "foreign_profiles": list(found.foreign_profiles),
        "rolled_back": found.status.rolled_back,
        "reboot_required": activation == "at_reboot" and bool(found.wireless),
        "diff": differences(change),
    }


def look(request: Request, host: Host, guard: Guard) -> Situation:
    """Read the node, with one call of systemctl."""
    states = host.unit_states([*(backend.service for backend in BACKENDS), NETWORK_MANAGER, *UNITS])
    active = [unit for unit, state in states.items() if state == "active"]
    backend = choose(request.backend, active, host.exists, needed=bool(request.networks))
    wireless = tuple(host.wireless_interfaces())
    interface = request.interface or (wireless[0] if wireless else DEFAULT_INTERFACE)
    owned = _owned(host)
    foreign, profiles = _foreign(host, backend, {file.path for file in owned}, request.networks)
    return Situation(
        backend=backend,
        interface=interface,
        wireless=wireless,
        live=interface in wireless and backend.service in active,
        states=states,
        owned=owned,
        foreign=foreign,
        foreign_profiles=profiles,
        status=guard.status(states),
    )


def wanted_files(request: Request, found: Situation) -> list[File]:
    """All files of ours, and the shared ones, as they should be."""
    wanted = []
    for file in found.owned:
        if file.shared and request.networks is not None:
            networks = request.networks if file.path in found.backend.shares else ()
            wanted.append(File(file.path, SHARED[file.path](file.text, networks), file.mode, file.subject, shared=True))
        elif (
            file.shared
            or (file.subject == CONNECTION and request.networks is None)
            or (file.subject == POWER_SAVE and request.power_save is None)
        ):
            wanted.append(file)
    if request.networks is not None:
        wish = Wish(request.networks, request.country, found.interface, pinned=request.interface is not None)
        wanted += found.backend.files(wish, found.foreign)
    if request.power_save is False:
        wanted.append(found.backend.power_save)
    return wanted


def refuse_to_overwrite(change: Plan, host: Host) -> None:
    """Raise NetworkError before a file of somebody else is written over."""
    for file in change.writes:
        if file.path not in change.before and host.exists(file.path):
            raise NetworkError(
                f"{file.path} exists and was not written by this module, so it was left alone and nothing was changed. "
                "Move its networks to the variables of the role and the file out of the way.",
                path=file.path,
            )


def radio_steps(request: Request, found: Situation, host: Host) -> list[Step]:
    """The country, and for networks also the switches that keep Wi-Fi off."""
    steps = country_steps(host, request.country) if request.country and found.wireless else []
    if request.country and request.networks:
        steps += unblocking_steps(host, network_manager_runs=found.states.get(NETWORK_MANAGER) == "active")
    return steps


def carry_out(request: Request, found: Situation, change: Plan, steps: list[Step], host: Host, guard: Guard, *, guarded: bool) -> None:
    """Do it: the way back first, then the files, then the activation in a moment, apart from this connection."""
    for step in steps:
        step.do()
    connecting = change.paths_of(CONNECTION)
    rearm = guarded and (connecting or not found.status.timer or not found.status.activated)
    if rearm:
        guard.arm(found.backend, found.interface, connecting, request.rollback_seconds)
    elif found.status.pending and not found.live:
        guard.forget()
    if change:
        host.sweep(sorted({file.path.rpartition("/")[0] for file in (*change.writes, *change.removes)}))
    for file in change.writes:
        host.write(file)
    for file in change.removes:
        host.remove(file.path)
    if rearm:
        guard.activate()
    if change.paths_of(POWER_SAVE) and found.live:
        _apply_power_save(request, found, host)


def _apply_power_save(request: Request, found: Situation, host: Host) -> None:
    if found.backend.reload:
        host.command(list(found.backend.reload), "Reading the setting of power saving")
    if request.power_save is False and host.has_command("iw"):
        # Some drivers have no power saving and say so; the file is written all the same.
        host.attempt(["iw", "dev", found.interface, "set", "power_save", "off"])


def _owned(host: Host) -> tuple[File, ...]:
    files = []
    for owned in OWNED:
        for path in host.matching(owned.folder, owned.pattern):
            file = host.file(path, owned.subject)
            if file is not None and file.text.startswith(owned.first_line):
                files.append(file)
    files += [file for file in (host.file(path, shared=True) for path in SHARED) if file is not None]
    return tuple(files)


def _foreign(
    host: Host, backend: Backend, ours: set[str], networks: tuple[Network, ...] | None
) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    wanted = {network.ssid for network in networks or ()}
    texts, profiles = {}, []
    for foreign in backend.foreign:
        for path in host.matching(foreign.folder, foreign.pattern):
            if path in ours:
                continue
            texts[path] = host.read(path) or ""
            profiles += [{"path": path, "ssid": ssid} for ssid in foreign.ssids(texts[path]) if ssid in wanted]
    return texts, tuple(profiles)


def _netplan_texts(found: Situation, change: Plan) -> dict[str, str]:
    texts = {**found.foreign, **{file.path: file.text for file in found.owned}, **{file.path: file.text for file in change.writes}}
    gone = {file.path for file in change.removes}
    return {path: text for path, text in texts.items() if path not in gone and path.rpartition("/")[0] in found.backend.check_folders}


def confirm(host: Host, guard: Guard, *, check_mode: bool, sleep: Callable[[float], None] = time.sleep) -> tuple[dict[str, Any], list[str]]:
    """Keep the last change for good. Returns what the module returns, and warnings. Raises NetworkError."""
    changed, failed = guard.confirm(check_mode=check_mode)
    warnings = [f"While the change was activated, these commands failed: {failed}"] if failed else []
    wireless = host.wireless_interfaces()
    if changed and not check_mode and wireless and not _connects(host, wireless, sleep):
        warnings.append(
            f"The change is confirmed, but {' and '.join(wireless)} has no connection after {LINK_PATIENCE} s. "
            "Check the passphrase, and whether an access point of these networks is in range."
        )
    result = {
        "changed": changed,
        "backend": None,
        "interface": wireless[0] if wireless else None,
        "files": [],
        "actions": [],
        "activation": "none",
    }
    result.update(confirm_required=False, foreign_profiles=[], rolled_back=None, reboot_required=False)
    return result, warnings


def _connects(host: Host, interfaces: Sequence[str], sleep: Callable[[float], None]) -> bool:
    for _second in range(LINK_PATIENCE):
        if any((host.read(f"/sys/class/net/{interface}/operstate") or "").strip() == "up" for interface in interfaces):
            return True
        sleep(1)
    return False


def same_ssid_warnings(result: Mapping[str, Any]) -> list[str]:
    """Say in sentences which networks are in files of others too; nothing for a run that changes nothing."""
    if not result["changed"]:
        return []
    meaning = {backend.id: backend.same_ssid for backend in BACKENDS}.get(result["backend"], "")
    return [
        f'The network "{profile["ssid"]}" is also in {shlex.quote(profile["path"])}, which is not ours and was left alone; {meaning}.'
        for profile in result["foreign_profiles"]
    ]
