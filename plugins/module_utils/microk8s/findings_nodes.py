# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gates look for on each node, and in what nodes must not share: a host's name and values for the texts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits, releases, snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Host, Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import Plan
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.problems import Finding
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE

Found = Iterator[Finding]


# --- each node


def cgroup_version(host: Host, hosts: Hosts, made: Plan) -> Any:
    release = releases.BY_MINOR.get(hosts.minor or host.minor or "")
    return release and not release.cgroup_1 and host.get("cgroup", "version") == 1 and {"minor": release.minor}


def architecture(host: Host, hosts: Hosts, made: Plan) -> Any:
    wanted = (hosts.wanted["releases"].get(host.name) or {}).get("architecture") or hosts.wanted["architecture"]
    built = [wanted] if isinstance(wanted, str) else list(wanted or ())
    if built and "all" not in built and host.architecture and host.architecture not in built:
        return {"built": ", ".join(built), "architecture": host.architecture}
    return None


def one_gb_control_plane(host: Host, hosts: Hosts, made: Plan) -> Any:
    small = host.memory_mib is not None and host.memory_mib <= limits.ONE_GB_BOARD_MIB
    return hosts.ha_wanted and host.wanted_role == CONTROL_PLANE and small and {"board": host.board, "memory": host.memory_mib}


def small_control_plane(host: Host, hosts: Hosts, made: Plan) -> Any:
    small = host.memory_mib is not None and host.memory_mib < limits.TWO_GB_BOARD_MIB
    refused = one_gb_control_plane(host, hosts, made)
    return host.wanted_role == CONTROL_PLANE and small and not refused and {"board": host.board, "memory": host.memory_mib}


def disk_too_full(host: Host, hosts: Hosts, made: Plan) -> Any:
    short = host.free_mib is not None and host.free_mib < limits.INSTALL_FREE_MIB
    return not host.installed and short and {"free": host.free_mib, "needed": limits.INSTALL_FREE_MIB}


def disk_small(host: Host, hosts: Hosts, made: Plan) -> Any:
    short = host.free_mib is not None and limits.INSTALL_FREE_MIB <= host.free_mib < limits.COMFORTABLE_FREE_MIB
    return not host.installed and short and {"free": host.free_mib, "needed": limits.COMFORTABLE_FREE_MIB}


def low_memory_guard(host: Host, hosts: Hosts, made: Plan) -> Any:
    return bool(host.own("low_memory_guard")) and {"board": host.board, "memory": host.memory_mib or "little"}


def no_default_route(host: Host, hosts: Hosts, made: Plan) -> Any:
    given = host.own("arguments", "kube-apiserver") or {}
    fixed = {"--advertise-address", "--bind-address"} & set(given)
    known = isinstance(host.get("network"), dict) and "default_interface" in host.get("network")
    return known and host.get("network", "default_interface") is None and not fixed


def snapd_old(host: Host, hosts: Hosts, made: Plan) -> Any:
    version = host.own("snapd", "version")
    old = bool(version) and snapd.version_numbers(version) < snapd.LEAST
    return not host.installed and old and {"version": version, "least": ".".join(map(str, snapd.LEAST))}


# --- identities and addresses


def _sharing(values: dict[str, str | None]) -> Found:
    """Each host but the first that has a value which another one has."""
    first: dict[str, str] = {}
    for name, value in values.items():
        if value and value in first:
            yield name, {"value": value, "other": first[value]}
        elif value:
            first[value] = name


def hostname_shared(hosts: Hosts, made: Plan) -> Found:
    yield from _sharing({host.name: host.hostname for host in hosts.reachable})


def machine_id_shared(hosts: Hosts, made: Plan) -> Found:
    yield from _sharing({host.name: host.get("identity", "machine_id") for host in hosts.reachable})


def address_shared(hosts: Hosts, made: Plan) -> Found:
    there = {host.name: host.address for host in hosts.reachable}
    yield from _sharing({**there, **{name: hosts.wanted["addresses"].get(name) for name in hosts.missing}})


def address_form(hosts: Hosts, made: Plan) -> Found:
    for name in hosts.names:
        text = hosts.wanted["addresses"].get(name)
        try:
            if text:
                ipaddress.IPv4Address(str(text))
        except ValueError:
            yield name, {"value": text}


def address_not_there(host: Host, hosts: Hosts, made: Plan) -> Any:
    wanted = host.wanted_address
    if wanted and host.addresses and wanted not in host.addresses:
        return {"value": wanted, "there": ", ".join(host.addresses)}
    return None


def address_unknown(host: Host, hosts: Hosts, made: Plan) -> Any:
    return host.address is None


def address_changed(host: Host, hosts: Hosts, made: Plan) -> Any:
    """A member's address in the datastore that the node has no more."""
    there = host.datastore_address
    gone = host.clustered and there and host.addresses and there not in (*host.addresses, "127.0.0.1")
    return gone and {"value": there, "there": ", ".join(host.addresses)}


def clocks_unsynchronised(host: Host, hosts: Hosts, made: Plan) -> Any:
    return host.get("time", "synchronized") is False


def clock_before_change(host: Host, hosts: Hosts, made: Plan) -> Any:
    return clocks_unsynchronised(host, hosts, made) and host.name in made.touched


def clock_of_member(host: Host, hosts: Hosts, made: Plan) -> Any:
    return clocks_unsynchronised(host, hosts, made) and host.name not in made.touched


def _apart(hosts: Hosts) -> Iterator[tuple[Host, Host, float]]:
    """Hosts whose clock is far from that of the host in the middle."""
    known = sorted((host for host in hosts.reachable if host.own("clock", "ahead_seconds") is not None), key=_ahead)
    if not known:
        return
    middle = known[len(known) // 2]
    for host in hosts.reachable:
        if host in known and abs(_ahead(host) - _ahead(middle)) > limits.CLOCK_SECONDS:
            yield host, middle, _ahead(host) - _ahead(middle)


def _ahead(host: Host) -> float:
    return float(host.own("clock", "ahead_seconds"))


def _clock_values(other: Host, seconds: float) -> dict[str, Any]:
    return {"seconds": round(abs(seconds)), "direction": "ahead of" if seconds > 0 else "behind", "other": other.name}


def clocks_apart_before_change(hosts: Hosts, made: Plan) -> Found:
    for host, other, seconds in _apart(hosts):
        if made.touched:
            yield host.name, _clock_values(other, seconds)


def clocks_apart(hosts: Hosts, made: Plan) -> Found:
    for host, other, seconds in _apart(hosts):
        if not made.touched:
            yield host.name, _clock_values(other, seconds)
