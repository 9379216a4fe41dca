# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gates look for in wishes and in the cluster that there is: a host's name (None for the cluster) and values for the texts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits, releases
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Host, Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import Plan, clusters
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.problems import Finding
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, NONE, WORKER

Found = Iterator[Finding]
ROLE_WORDS = {CONTROL_PLANE: "control plane", WORKER: "worker", NONE: "none"}


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


def wanted_releases_differ(hosts: Hosts, made: Plan) -> Found:
    said = hosts.wanted_of_hosts
    if len({release for release, _words in said.values()}) > 1:
        yield None, {"said": ", ".join(f"{name} {words}" for name, (_release, words) in said.items())}


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
    if made.seed and made.seed.started:
        for key, name in (("cluster_cidr", "cluster"), ("service_cidr", "service")):
            there = made.seed.own("cidrs", name)
            if there and hosts.network(key) and str(hosts.network(key)) != there:
                yield None, {"key": key, "value": hosts.wanted[key], "there": there}


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


# --- the cluster that there is


def other_release(host: Host, hosts: Hosts, made: Plan) -> Any:
    wrong = host.installed and host.minor and hosts.minor and host.minor != hosts.minor and not hosts.wanted["upgrade"]
    return wrong and {"version": host.version, "wanted": hosts.minor}


def release_step(host: Host, hosts: Hosts, made: Plan) -> Any:
    """An upgrade that is not to the next release. Nodes of an upgrade that was interrupted are at the new one already."""
    if not (hosts.wanted["upgrade"] and host.installed and host.minor and hosts.minor):
        return None
    distance = releases.step(host.minor, hosts.minor)
    if distance in (0, 1):
        return None
    if distance is None or distance < 0:
        return {"version": host.version, "wanted": hosts.minor, "way": f"there is no way back from {host.minor}", "there": host.minor}
    major, minor = host.minor.split(".")
    following = f"{major}.{int(minor) + 1}"
    return {"version": host.version, "wanted": hosts.minor, "way": f"the next one is {following}", "there": following}


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
    time = host.lived_in
    return time and host.name in made.joins and host.name not in hosts.wanted["discard"] and {"time": time, "version": host.version}


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
