# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts and wishes for the hosts of a cluster under the names that the plan and its table of gates use."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits, releases
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.members import host_of
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, NONE, WORKER

MIB = 1024 * 1024
# What may be wished for, and what holds without a word about it.
DEFAULTS: dict[str, Any] = {
    "control_planes": [],
    "workers": [],
    "channel": None,
    "version": None,
    "releases": {},
    "architecture": None,
    "cluster_cidr": "10.1.0.0/16",
    "service_cidr": "10.152.183.0/24",
    "addresses": {},
    "hostnames": {},
    "start": True,
    "upgrade": False,
    "discard": [],
}


class Host:
    """One host that answered; None, False or empty where its facts do not know."""

    def __init__(self, name: str, facts: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        self.name, self.wanted = name, wanted
        # Whoever left a cluster, or broke off joining it, has an authority that says nothing of its own age.
        self.own_authority = True
        self.node, self.microk8s = (self._part(facts, part) for part in ("node", "microk8s"))
        if "installed" not in self.microk8s:
            raise MicroK8sError(f"{name}: these are not the facts of module pikube.stateful.microk8s_info. Run it on the host first.")

    def _part(self, facts: Mapping[str, Any], part: str) -> Mapping[str, Any]:
        """The facts of one module, under a short name or under that which the module gives them."""
        found = facts.get(part, facts.get(f"pikube_{part}")) if isinstance(facts, Mapping) else None
        if not isinstance(found, Mapping):
            raise MicroK8sError(f'{self.name}: "{part}" is missing. Give the facts of modules node_facts and microk8s_info of each host.')
        return found

    def get(self, *path: str) -> Any:
        """A fact of module node_facts, None where the path ends early."""
        return _get(self.node, path)

    def own(self, *path: str) -> Any:
        """A fact of module microk8s_info."""
        return _get(self.microk8s, path)

    @property
    def wanted_role(self) -> str:
        return CONTROL_PLANE if self.name in self.wanted["control_planes"] else WORKER if self.name in self.wanted["workers"] else NONE

    @property
    def role(self) -> str:
        return self.own("role") or NONE

    @property
    def installed(self) -> bool:
        return self.own("installed") is True

    @property
    def clustered(self) -> bool:
        return self.installed and self.own("clustered") is True

    @property
    def started(self) -> bool:
        """Whether its services ran at some time. The install hook, which writes what they are to run with, has ended by then."""
        return self.clustered or bool(self.installed and self.own("datastore", "address"))

    @property
    def cluster(self) -> str | None:
        """What tells its cluster from others."""
        return self.own("cluster_ca_sha256") if self.clustered else None

    @property
    def healthy(self) -> bool:
        return self.installed and not self.own("stopped") and not self.own("low_memory_guard") and not self.own("failed_services")

    @property
    def minor(self) -> str | None:
        return self.own("snap", "minor")

    @property
    def version(self) -> str:
        return self.own("snap", "version") or "of an unknown version"

    @property
    def hostname(self) -> str:
        """The name of its node, as it will be or, once installed, as it is."""
        name = None if self.installed else self.wanted["hostnames"].get(self.name)
        return str(name or self.own("hostname") or self.get("hostname") or "").lower()

    @property
    def wanted_address(self) -> str | None:
        return self.wanted["addresses"].get(self.name) or None

    @property
    def addresses(self) -> list[str]:
        return list(self.own("default_addresses") or ())

    @property
    def address(self) -> str | None:
        return self.wanted_address or next(iter(self.addresses), None)

    @property
    def networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """The networks its interfaces are in."""
        texts = [text for link in self.get("interfaces") or () for text in link.get("addresses") or ()]
        return [ipaddress.ip_interface(text).network for text in texts]

    @property
    def memory_mib(self) -> int | None:
        size = self.get("memory", "total_bytes") or self.get("board", "memory_bytes")
        return size // MIB if size else None

    @property
    def board(self) -> str:
        return self.get("board", "model") or "this machine"

    @property
    def architecture(self) -> str | None:
        return self.own("snapd", "architecture") or self.get("architecture", "userland")

    @property
    def free_mib(self) -> int | None:
        return self.own("disk", "free_mib")

    @property
    def there_since(self) -> str | None:
        """Since when MicroK8s has been there: snapd's date is that of the last refresh, the authority is as old as the installation."""
        made = self.own("ca_not_before") if self.own_authority else None
        dates = [date for date in (made, self.own("snap", "install_date")) if date]
        return min(dates, key=datetime.fromisoformat, default=None)

    @property
    def alone_seconds(self) -> float:
        """For how long a MicroK8s that is in no cluster has been there; 0 if there is none, infinite if nobody knows."""
        if not self.installed or self.clustered:
            return 0
        if self.own("snap", "active") is False:  # neither its files nor snapd's date are there
            return math.inf
        if not self.own("ca_sha256") and not self.started:  # its install hook has not come that far yet
            return 0
        since, now = self.there_since, self.own("clock", "epoch")
        if not since or now is None:
            return math.inf
        age = now - datetime.fromisoformat(since).timestamp()
        # A clock that is set right after the installation makes it a little younger than nothing; further off it says nothing.
        return age if age > -limits.LIVED_IN_SECONDS else math.inf

    @property
    def lived_in(self) -> str | None:
        """For how long it has been there, in words, if that is long enough for somebody to use it."""
        if self.alone_seconds <= limits.LIVED_IN_SECONDS:
            return None
        if self.own("snap", "active") is False:
            return 'for an unknown time ("snap changes" and "snap enable microk8s" there: snapd has it disabled)'
        return f"since {self.there_since[:10]}" if math.isfinite(self.alone_seconds) else "for an unknown time"

    @property
    def certificate_days(self) -> int | None:
        """How long the API server's certificate is still valid, by the node's clock."""
        until, now = self.own("server_certificate", "not_after"), self.own("clock", "epoch")
        if not until or now is None or self.role != CONTROL_PLANE:
            return None
        return int((datetime.fromisoformat(until).timestamp() - now) // 86400)

    @property
    def datastore_address(self) -> str | None:
        """Without the port."""
        address = self.own("datastore", "address")
        return host_of(address) if address else None

    @property
    def cluster_words(self) -> str:
        """What a person knows its cluster by."""
        members = [row["address"] for row in self.own("datastore", "members") or ()] or self.own("api_servers") or []
        return f"a cluster of {', '.join(members)}" if members else f"the cluster with CA {(self.cluster or 'unknown')[:12]}"


def _get(found: Any, path: Sequence[str]) -> Any:
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


class Hosts:
    """All hosts. reachable: those that answered, in the order of the inventory; missing: those that did not.

    wanted: see DEFAULTS. Raises MicroK8sError for wishes that make no sense.
    """

    def __init__(self, facts: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> None:
        unknown = sorted(set(wanted or {}) - set(DEFAULTS))
        if unknown:
            raise MicroK8sError(f"{', '.join(unknown)} cannot be wanted of a cluster. These can: {', '.join(sorted(DEFAULTS))}.")
        self.wanted = {**DEFAULTS, **{key: value for key, value in (wanted or {}).items() if value is not None}}
        self.control_planes, self.workers = list(self.wanted["control_planes"]), list(self.wanted["workers"])
        both = [name for name in self.control_planes if name in self.workers]
        if both:
            raise MicroK8sError(f"{', '.join(both)}: a host is a control plane or a worker, not both. Take it out of one of the groups.")
        self.names = [*self.control_planes, *self.workers]
        if not isinstance(facts, Mapping):
            raise MicroK8sError("The facts of all hosts are a dictionary with the hosts as keys.")
        self.reachable = [Host(name, facts[name], self.wanted) for name in self.names if name in facts]
        self.missing = [name for name in self.names if name not in facts]
        authorities = {host.cluster for host in self.reachable if host.clustered}
        for host in self.reachable:
            host.own_authority = host.own("ca_sha256") not in authorities

    def of(self, name: str) -> Host | None:
        return next((host for host in self.reachable if host.name == name), None)

    @property
    def control_plane_hosts(self) -> list[Host]:
        return [host for host in self.reachable if host.wanted_role == CONTROL_PLANE]

    @property
    def ha_wanted(self) -> bool:
        return len(self.control_planes) >= 3

    @property
    def minor(self) -> str | None:
        """The release that is wanted."""
        return releases.minor_of(self.wanted["version"]) or releases.minor_of(self.wanted["channel"])

    @property
    def wanted_of_hosts(self) -> dict[str, tuple[str, str]]:
        """By host the release that is wanted of it (the channel itself if that names none) and the words that say so."""
        found = {}
        for name in self.names:
            said = self.wanted["releases"].get(name) or {}
            words = said.get("version") or said.get("channel")
            if words:
                found[name] = (releases.minor_of(words) or words, words)
        return found

    def network(self, key: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
        """cluster_cidr or service_cidr; None for what is no network."""
        try:
            return ipaddress.ip_network(str(self.wanted[key]))
        except ValueError:
            return None
