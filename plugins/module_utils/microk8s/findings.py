# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gates look for: one small function each, which yields a host's name (None for the cluster) and values for the texts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import combinations
from typing import Any, Callable

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits, releases, snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Host, Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import Plan, clusters
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, NONE, WORKER

Finding = tuple[Any, dict[str, Any]]
Found = Iterator[Finding]
ROLE_WORDS = {CONTROL_PLANE: "control plane", WORKER: "worker", NONE: "none"}


def each(condition: Callable[[Host, Hosts, Plan], Any]) -> Callable[[Hosts, Plan], Found]:
    """Each host for which the condition gives values (a dict), or just True."""

    def find(hosts: Hosts, made: Plan) -> Found:
        for host in hosts.reachable:
            values = condition(host, hosts, made)
            if values:
                yield host.name, values if isinstance(values, dict) else {}

    return find


# --- what is wanted


def channel_form(hosts: Hosts, made: Plan) -> Found:
    text = hosts.wanted["channel"]
    if text and releases.parse_channel(text) is None:
        yield None, {"channel": text, "newest": releases.RELEASES[-1].minor}


def channel_latest(hosts: Hosts, made: Plan) -> Found:
    channel = releases.parse_channel(hosts.wanted["channel"] or "")
    if channel and channel.track == "latest":
        yield None, {"channel": hosts.wanted["channel"], "newest": releases.RELEASES[-1].minor}


def channel_strict(hosts: Hosts, made: Plan) -> Found:
    channel = releases.parse_channel(hosts.wanted["channel"] or "")
    if channel and channel.track.endswith("-strict"):
        yield None, {"channel": hosts.wanted["channel"], "classic": channel.track[: -len("-strict")]}


def release_unknown(hosts: Hosts, made: Plan) -> Found:
    channel = releases.parse_channel(hosts.wanted["channel"] or "")
    track = releases.minor_of(hosts.wanted["version"]) or (channel.track if channel else None)
    if track and track != "latest" and not track.endswith("-strict") and track not in releases.BY_MINOR:
        yield None, {"track": track, "known": ", ".join(releases.BY_MINOR)}


def version_and_channel(hosts: Hosts, made: Plan) -> Found:
    version, channel = (releases.minor_of(hosts.wanted[key]) for key in ("version", "channel"))
    if version and channel and version != channel:
        yield None, {"version": hosts.wanted["version"], "channel": hosts.wanted["channel"]}


def cidr_form(hosts: Hosts, made: Plan) -> Found:
    for key in ("cluster_cidr", "service_cidr"):
        if hosts.network(key) is None:
            yield None, {"key": key, "value": hosts.wanted[key]}


def cidr_overlap(hosts: Hosts, made: Plan) -> Found:
    own = {key: network for key in ("cluster_cidr", "service_cidr") if (network := hosts.network(key))}
    for (key, network), (other, second) in combinations(own.items(), 2):
        if network.version == second.version and network.overlaps(second):
            yield None, {"key": key, "value": network, "other": f"{other} {second}"}
    for host in hosts.reachable:
        for near in dict.fromkeys(host.networks):
            for key, network in own.items():
                if network.version == near.version and network.overlaps(near):
                    yield host.name, {"key": key, "value": network, "other": f"its own network {near}"}


def cidr_changed(hosts: Hosts, made: Plan) -> Found:
    if made.seed and made.seed.installed and made.formed:
        for key, name in (("cluster_cidr", "cluster"), ("service_cidr", "service")):
            there = made.seed.own("cidrs", name)
            if there and hosts.network(key) and str(hosts.network(key)) != there:
                yield made.seed.name, {"key": key, "value": hosts.wanted[key], "there": there}


def even_control_planes(hosts: Hosts, made: Plan) -> Found:
    count = len(hosts.control_planes)
    if count > 2 and count % 2 == 0:
        yield None, {"count": count, "losses": (count - 1) // 2}


def two_control_planes(hosts: Hosts, made: Plan) -> Found:
    if len(hosts.control_planes) == 2:
        yield None, {"hosts": " and ".join(hosts.control_planes)}


def no_control_plane(hosts: Hosts, made: Plan) -> Found:
    if not hosts.control_planes:
        yield None, {}


# --- each node


def cgroup_version(host: Host, hosts: Hosts, made: Plan) -> Any:
    release = releases.BY_MINOR.get(hosts.minor or host.minor or "")
    return release and not release.cgroup_1 and host.get("cgroup", "version") == 1 and {"minor": release.minor}


def architecture(host: Host, hosts: Hosts, made: Plan) -> Any:
    wanted = hosts.wanted["architecture"]
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


# --- the cluster that there is


def other_release(host: Host, hosts: Hosts, made: Plan) -> Any:
    wrong = host.installed and host.minor and hosts.minor and host.minor != hosts.minor and not hosts.wanted["upgrade"]
    return wrong and {"version": host.version, "wanted": hosts.minor}


def mixed_releases(hosts: Hosts, made: Plan) -> Found:
    if hosts.wanted["upgrade"] or hosts.minor:
        return  # other_release says it
    there = {host.name: host.minor for host in hosts.reachable if host.installed and host.minor}
    if len(set(there.values())) > 1:
        yield None, {"versions": ", ".join(f"{name} {minor}" for name, minor in there.items())}


def stranger(host: Host, hosts: Hosts, made: Plan) -> Any:
    return host.name in made.strangers and {"cluster": host.cluster_words, "seed": _own_words(made)}


def _own_words(made: Plan) -> str:
    return made.seed.cluster_words if made.seed and made.seed.clustered else "the cluster of this inventory"


def several_clusters(hosts: Hosts, made: Plan) -> Found:
    found = clusters(hosts)
    led = {key: rows for key, rows in found.items() if any(host.role == CONTROL_PLANE for host in rows)}
    if len(led) > 1:
        yield None, {"clusters": "; ".join(f"{', '.join(host.name for host in rows)} in {rows[0].cluster_words}" for rows in led.values())}


def role_changed(host: Host, hosts: Hosts, made: Plan) -> Any:
    if not host.clustered or host.role == host.wanted_role:
        return None
    groups = {CONTROL_PLANE: "control_plane", WORKER: "workers"}
    return {"there": ROLE_WORDS[host.role], "wanted": ROLE_WORDS[host.wanted_role], "group": groups[host.role]}


def lived_in(host: Host, hosts: Hosts, made: Plan) -> Any:
    since = host.lived_in_since
    return since and host.name in made.joins and host.name not in hosts.wanted["discard"] and {"since": since, "version": host.version}


def second_cluster(hosts: Hosts, made: Plan) -> Found:
    missing = [name for name in made.unreachable if name in hosts.control_planes]
    if missing and not made.formed and (made.install or made.joins):
        yield None, {"missing": ", ".join(missing)}


def no_seed(hosts: Hosts, made: Plan) -> Found:
    if hosts.control_planes and made.seed is None:
        yield None, {"control_planes": ", ".join(hosts.control_planes)}


def unreachable(hosts: Hosts, made: Plan) -> Found:
    for name in made.unreachable:
        yield name, {}


def stopped(host: Host, hosts: Hosts, made: Plan) -> Any:
    return bool(host.own("stopped")) and not hosts.wanted["start"]


def stopped_and_started(host: Host, hosts: Hosts, made: Plan) -> Any:
    return bool(host.own("stopped")) and bool(hosts.wanted["start"])


def services_failed(host: Host, hosts: Hosts, made: Plan) -> Any:
    names = host.own("failed_services") or ()
    return bool(names) and {"services": ", ".join(names), "unit": f"snap.microk8s.daemon-{names[0]}"}


def join_broken_off(host: Host, hosts: Hosts, made: Plan) -> Any:
    return bool(host.own("join_in_progress"))


def foreign_member(hosts: Hosts, made: Plan) -> Found:
    for address in made.foreign:
        yield None, {"address": address, "seed": made.seed.name if made.seed else ""}


def stale_member(hosts: Hosts, made: Plan) -> Found:
    for name in made.stale:
        host = hosts.of(name)
        yield name, {"address": host.address if host else "", "seed": made.seed.name if made.seed else ""}


def no_dqlite(host: Host, hosts: Hosts, made: Plan) -> Any:
    return host.installed and host.own("ha_lock") is False


def certificate_ends(host: Host, hosts: Hosts, made: Plan) -> Any:
    days = host.certificate_days
    return days is not None and days < limits.CERTIFICATE_DAYS and {"days": f"ends in {days} days" if days >= 0 else "has ended"}


def worker_without_servers(host: Host, hosts: Hosts, made: Plan) -> Any:
    return host.role == WORKER and not host.own("api_servers")
