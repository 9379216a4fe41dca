# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to happen so that the hosts are one cluster: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Host, Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.members import host_of
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, WORKER


class Plan(NamedTuple):
    """seed: the control plane through which others join. formed: whether it has accepted a join already, or joined itself.

    All other fields are lists of hosts in the order of the inventory. stale: hosts that are to join although the datastore still lists
    their address. foreign: addresses in the datastore that no host of the inventory has.
    """

    seed: Host | None
    formed: bool
    install: list[str]
    join_control_planes: list[str]
    join_workers: list[str]
    members: list[str]
    strangers: list[str]
    unreachable: list[str]
    stale: list[str]
    foreign: list[str]

    @property
    def joins(self) -> list[str]:
        return [*self.join_control_planes, *self.join_workers]

    @property
    def touched(self) -> set[str]:
        """Hosts on which something is about to be installed or joined, the one that they contact included."""
        names = {*self.install, *self.joins}
        return names | {self.seed.name} if names and self.seed else names

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed.name if self.seed else None,
            "formed": self.formed,
            "cluster_ca_sha256": self.seed.cluster if self.seed else None,
            "install": self.install,
            "join": {"control_planes": self.join_control_planes, "workers": self.join_workers},
            "members": self.members,
            "strangers": self.strangers,
            "unreachable": self.unreachable,
            "stale": self.stale,
            "foreign": self.foreign,
        }


def clusters(hosts: Hosts) -> dict[str, list[Host]]:
    """The clusters that hosts are in, each with its hosts; the one with the most control planes first."""
    found: dict[str, list[Host]] = {}
    for host in hosts.reachable:
        if host.cluster:
            found.setdefault(host.cluster, []).append(host)
    return dict(sorted(found.items(), key=lambda item: -sum(host.role == CONTROL_PLANE for host in item[1])))


def _seed(hosts: Hosts) -> Host | None:
    """A member of the cluster that there is. Else the one MicroK8s that was there before, for its data, else the first control plane."""
    for members in clusters(hosts).values():
        members = [host for host in members if host.role == CONTROL_PLANE]
        if members:
            return next((host for host in members if host.healthy), members[0])
    candidates = [host for host in hosts.control_plane_hosts if not host.clustered]
    # Those of an interrupted run are of one age: the choice is the same before and after the others are installed.
    older = [host for host in candidates if host.alone_seconds > limits.SAME_RUN_SECONDS]
    return older[0] if len(older) == 1 else next(iter(candidates), None)


def plan(hosts: Hosts) -> Plan:
    """The plan for the hosts that answered."""
    seed = _seed(hosts)
    cluster = seed.cluster if seed else None
    members, strangers, joins = [], [], {CONTROL_PLANE: [], WORKER: []}
    for host in hosts.reachable:
        if host.clustered:
            (members if cluster and host.cluster == cluster else strangers).append(host.name)
        elif host is seed:
            members.append(host.name)
        else:
            joins[host.wanted_role].append(host.name)
    known = _datastore_addresses(seed)
    joining = {*joins[CONTROL_PLANE], *joins[WORKER]}
    return Plan(
        seed=seed,
        formed=bool(cluster),
        install=[host.name for host in hosts.reachable if not host.installed],
        join_control_planes=joins[CONTROL_PLANE],
        join_workers=joins[WORKER],
        members=members,
        strangers=strangers,
        unreachable=hosts.missing,
        stale=[host.name for host in hosts.reachable if host.name in joining and host.address in known],
        foreign=_foreign(hosts, known) if cluster else [],
    )


def _datastore_addresses(seed: Host | None) -> list[str]:
    rows: list[Mapping[str, Any]] = (seed.own("datastore", "members") or []) if seed else []
    return [host_of(row["address"]) for row in rows]


def _foreign(hosts: Hosts, known: list[str]) -> list[str]:
    """Members of the datastore that no host of the inventory stands for; unknown as long as a missing host's address is."""
    if any(name in hosts.control_planes and not hosts.wanted["addresses"].get(name) for name in hosts.missing):
        return []
    own = {address for host in hosts.reachable for address in (host.address, host.datastore_address, *host.addresses) if address}
    own.update(str(address) for address in hosts.wanted["addresses"].values())
    return [address for address in known if address not in own]
