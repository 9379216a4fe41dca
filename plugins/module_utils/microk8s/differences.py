# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster and its nodes differ from what is wanted of them, beyond what the gates say: two tables, and what goes through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import releases
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.members import VOTERS, host_of
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.snapd import FOREVER

# What may be wished for, and what holds without a word about it.
WANTED: dict[str, Any] = {"addresses": {}, "alone": False, "ha": False, "hold": True, "channel": None}
# What modules found, and what counts where they were not asked; without nodes there is no cluster that could be asked.
SEEN: dict[str, Any] = {
    "nodes": None,
    "silence": "",
    "ha": None,
    "addons": [],
    "addons_failure": "",
    "repositories": {},
    "arguments": {},
}


class Situation(NamedTuple):
    """Of one node: its name in the inventory, what module microk8s_info says, what is wanted, what the cluster says of it (or None).

    wanted: hold (bool), channel, alone (no other node in the inventory), address, files (args files that differ or wait for a restart),
    asked (whether the cluster told of its nodes). seen: name, ready, reason, address, schedulable.
    """

    host: str
    info: Mapping[str, Any]
    wanted: Mapping[str, Any]
    seen: Mapping[str, Any] | None


class Check(NamedTuple):
    """id: part of the result, never used again for another check. differs: whether. text, cure: templates over the situation, named s."""

    id: str
    differs: Callable[[Situation], bool]
    text: str
    cure: str


def _installed(situation: Situation) -> bool:
    return bool(situation.info.get("installed"))


CHECKS = (
    Check("C01", lambda s: not _installed(s), "MicroK8s is not installed", "Run site.yml"),
    Check(
        "C02",
        lambda s: _installed(s) and not s.info["clustered"] and not s.wanted["alone"],
        "is a cluster of its own and no member of that of the inventory",
        "Run site.yml",
    ),
    Check(
        "C03",
        # A snap from a file follows no channel, so there is nothing to refresh it to.
        lambda s: _installed(s) and s.wanted["hold"] and s.info["snapd"]["hold"] is None and s.info["snap"]["channel"] is not None,
        "snapd may refresh MicroK8s at any time",
        "Run site.yml",
    ),
    Check(
        "C04",
        lambda s: bool(s.wanted["files"]),
        "arguments differ from the inventory, or wait for a restart of their service: {files}",
        "Run site.yml",
    ),
    Check("C05", lambda s: _joined(s) and s.wanted["asked"] and s.seen is None, "the cluster does not know it", "Run site.yml"),
    Check(
        "C06",
        lambda s: _joined(s) and s.seen is not None and not s.seen["ready"],
        "the cluster says that it is not Ready: {reason}",
        "See that it has power and network, then look at its kubelet",
    ),
    Check(
        "C07",
        lambda s: _joined(s) and s.seen is not None and _another(s.seen["address"], s.wanted["address"]),
        "the cluster reaches it at {address}, and the inventory says {wanted_address}",
        "Give it the old address back, or take it out with remove_node.yml and add it again",
    ),
    Check(
        "C08",
        lambda s: s.seen is not None and s.seen.get("schedulable") is False,
        "takes no new pods (cordoned)",
        'Run "microk8s kubectl uncordon {name}" if whoever cordoned it is done',
    ),
    Check(
        "C09",
        # containerd tries again every 5 s for ever, and says so in its journal only.
        lambda s: _installed(s) and bool(s.info["sideload"]["waiting"]),
        "images are not loaded from {archives}",
        'If that lasts, "journalctl -u snap.microk8s.daemon-containerd" says why; bring a whole archive for its architecture',
    ),
    Check(
        "C17",
        lambda s: _installed(s) and not s.wanted["hold"] and s.info["snapd"]["hold"] == FOREVER and s.info["snap"]["channel"] is not None,
        "snapd never refreshes MicroK8s by itself, and microk8s_hold is false",
        'Run "snap refresh --unhold microk8s" on it, or set microk8s_hold to true',
    ),
    Check(
        "C18",
        # Another release is more than a difference: what stands against nodes says so.
        lambda s: _installed(s) and _another_risk(s.info["snap"]["channel"], s.wanted["channel"]),
        "its snap follows {channel}, and microk8s_channel is {wanted_channel}",
        'Run "snap switch --channel={wanted_channel} microk8s" on it, or set microk8s_channel to {channel}',
    ),
)


def _another_risk(followed: str | None, wanted: str | None) -> bool:
    there, then = (releases.parse_channel(text) if text else None for text in (followed, wanted))
    return there is not None and then is not None and releases.minor_of(followed) == releases.minor_of(wanted) and there != then


def _another(address: str | None, wanted: str | None) -> bool:
    return bool(address and wanted and address != wanted)


def _joined(situation: Situation) -> bool:
    return _installed(situation) and (situation.info["clustered"] or situation.wanted["alone"])


def node_differences(situation: Situation, checks: Sequence[Check] = CHECKS) -> list[dict[str, Any]]:
    """id, host and message of each check that differs, in the order of the table."""
    seen = situation.seen or {}
    words = {
        "files": ", ".join(situation.wanted["files"]),
        "archives": ", ".join((situation.info.get("sideload") or {}).get("waiting") or ()),
        "reason": seen.get("reason"),
        "address": seen.get("address"),
        "wanted_address": situation.wanted["address"],
        "name": seen.get("name"),
        "channel": (situation.info.get("snap") or {}).get("channel"),
        "wanted_channel": situation.wanted["channel"],
    }
    return [
        {"id": check.id, "host": situation.host, "message": f"{situation.host}: {check.text}. {check.cure}.".format(**words)}
        for check in checks
        if check.differs(situation)
    ]


class Cluster(NamedTuple):
    """infos: by host, of those that answered, what module microk8s_info says. wanted, seen: all of WANTED and of SEEN.

    seen: nodes (list of rows) and ha as of module microk8s_nodes, silence (what it said where it could not tell of nodes), addons as of
    microk8s_addon, addons_failure (what that one said if it failed), repositories (addons by host), arguments (the result of microk8s_args
    by host).
    """

    infos: Mapping[str, Mapping[str, Any]]
    wanted: Mapping[str, Any]
    seen: Mapping[str, Any]

    @property
    def nodes(self) -> list[Mapping[str, Any]]:
        return list(self.seen["nodes"] or ())

    @property
    def voters(self) -> list[str]:
        """Addresses of the members that vote and whose nodes are Ready."""
        ready = [node["address"] for node in self.nodes if node["ready"]]
        return [address for address in map(host_of, (self.seen["ha"] or {}).get("voters") or ()) if address in ready]

    def situation(self, host: str) -> Situation:
        info, arguments = self.infos[host], self.seen["arguments"].get(host) or {}
        wanted = {
            "hold": self.wanted["hold"],
            "channel": self.wanted["channel"],
            "alone": self.wanted["alone"],
            "address": self.wanted["addresses"].get(host) or next(iter(info.get("default_addresses") or ()), None),
            "asked": self.seen["nodes"] is not None,
            "files": [*(arguments.get("files") or ()), *(arguments.get("restarted") or ())],
        }
        return Situation(host, info, wanted, next((node for node in self.nodes if node["name"] == info.get("hostname")), None))


Found = Iterator[tuple[Any, dict[str, Any]]]


def _nodes_without_answer(cluster: Cluster) -> Found:
    # What an own answer can be held against, the checks of the node say.
    answered = [info.get("hostname") for info in cluster.infos.values()]
    for node in cluster.nodes:
        if node["name"] not in answered and not node["ready"]:
            yield None, {"name": node["name"], "reason": node["reason"]}


def _few_voters(cluster: Cluster) -> Found:
    if cluster.wanted["ha"] and len(cluster.voters) < VOTERS:
        yield None, {"count": len(cluster.voters), "voters": VOTERS}


def _addons_to_change(cluster: Cluster) -> Found:
    for row in cluster.seen["addons"]:
        if row["changed"]:
            yield None, row


def _repositories_to_change(cluster: Cluster) -> Found:
    for host in cluster.infos:
        for row in cluster.seen["repositories"].get(host) or ():
            if row["changed"]:
                yield host, row


def _addons_without_effect(cluster: Cluster) -> Found:
    for row in cluster.seen["addons"]:
        if "missing" in row:
            yield None, {**row, "missing": "; ".join(row["missing"])}


def _addons_not_looked_at(cluster: Cluster) -> Found:
    if cluster.seen["addons_failure"]:
        yield None, {"text": str(cluster.seen["addons_failure"]).rstrip(".")}


class ClusterCheck(NamedTuple):
    """id: as with Check, of the same series. find: yields a host, or None for the cluster, and values. text, cure: templates over these."""

    id: str
    find: Callable[[Cluster], Found]
    text: str
    cure: str


NO_CLUSTER = ClusterCheck("C10", lambda cluster: iter([(None, {})]), "There is no cluster that could be asked", "Run site.yml")
SILENT = ClusterCheck(
    "C16",
    lambda cluster: iter([(None, {"silence": str(cluster.seen["silence"]).rstrip(".")})]),
    "The cluster does not answer, so nothing is known of its nodes and add-ons: {silence}",
    "Bring back control planes, until more than half of the voters are there",
)
CLUSTER_CHECKS = (
    ClusterCheck(
        "C11",
        _nodes_without_answer,
        "The cluster says that {name} is not Ready: {reason}",
        "See that it has power and network; if it is gone for good, take it out with remove_node.yml",
    ),
    ClusterCheck(
        "C12",
        _few_voters,
        "The datastore has {count} of {voters} voters: the loss of another one may stop it",
        "Bring back the control planes that are not Ready, or join another one with add_node.yml",
    ),
    ClusterCheck("C13", _addons_to_change, "The add-on {name} is not {state}", "Run site.yml"),
    ClusterCheck("C14", _repositories_to_change, "the repository {name} is not {state}", "Run site.yml"),
    ClusterCheck(
        "C15",
        _addons_without_effect,
        "MicroK8s calls the add-on {name} {state}, and it is not: {missing}",
        "If that lasts, disable it and run site.yml",
    ),
    ClusterCheck("C19", _addons_not_looked_at, "Not all add-ons could be looked at: {text}", "Then run again"),
)


def cluster_differences(cluster: Cluster, checks: Sequence[ClusterCheck] = CLUSTER_CHECKS) -> list[dict[str, Any]]:
    """id, host (None for the cluster as a whole) and message of all that differs, in the order of the table."""
    return [
        {"id": check.id, "host": host, "message": f"{f'{host}: ' if host else ''}{check.text}. {check.cure}.".format(**values)}
        for check in (checks if cluster.seen["nodes"] is not None else (SILENT,) if cluster.seen["silence"] else (NO_CLUSTER,))
        for host, values in check.find(cluster)
    ]


def differences(facts: Mapping[str, Any], wanted: Mapping[str, Any] | None, seen: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Those of each host in the order of the facts, then those of the cluster.

    facts: by host, those of module microk8s_info under "microk8s" or "pikube_microk8s". Raises MicroK8sError where they are missing, and
    for wishes and findings of other names than those of WANTED and SEEN.
    """
    for given, known, words in ((wanted, WANTED, "cannot be wanted of a cluster here"), (seen, SEEN, "cannot be seen of a cluster")):
        unknown = sorted(set(given or {}) - set(known))
        if unknown:
            raise MicroK8sError(f"{', '.join(unknown)} {words}. These can: {', '.join(sorted(known))}.")
    cluster = Cluster(
        {host: _info(host, found) for host, found in facts.items()},
        {**WANTED, **_said(wanted)},
        {**SEEN, **_said(seen)},
    )
    return [*(row for host in cluster.infos for row in node_differences(cluster.situation(host))), *cluster_differences(cluster)]


def _said(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (values or {}).items() if value is not None}


def _info(host: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    found = facts.get("microk8s", facts.get("pikube_microk8s"))
    if found is None:
        raise MicroK8sError(f"{host}: the facts of module pikube.stateful.microk8s_info are missing. Run it on the host first.")
    return found
