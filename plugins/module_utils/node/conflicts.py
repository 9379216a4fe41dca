# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identities that nodes of one play share although each must have its own: what cloned cards leave behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError

SAME_MACHINE = "same_machine"


class Kind(NamedTuple):
    """name: part of the public result. called, harm, cure: parts of the message. live: what runs on a node of a cluster stands upon it."""

    name: str
    called: str
    harm: str
    cure: str
    live: bool = False


KINDS = (
    Kind("hostname", "host name", "Kubernetes takes them for one node", "Give each host its own pi_hostname"),
    Kind("machine_id", "machine-id", "DHCP gives them one address", "It is to be made anew on {repair}, which takes a reboot", True),
    Kind(
        "ssh_host_key",
        "ssh host key",
        "each can pass itself off as the other",
        "New keys are to be made on {repair}; known_hosts then needs them",
    ),
    Kind(
        "initiator_name",
        "iSCSI initiator name",
        "iSCSI targets take them for one node and mix up their sessions",
        "It is to be made anew on {repair}",
        True,
    ),
    Kind("host_nqn", "NVMe host NQN", "NVMe targets take them for one node", "It is to be made anew on {repair}", True),
)
# Leaving alone does not do: the node then runs MicroK8s on, as a cluster of its own.
IN_USE = (
    "{nodes} cannot be given another while MicroK8s is there. Drain it, let it leave the cluster (microk8s leave on it, microk8s"
    " remove-node on another), remove it (snap remove --purge microk8s) and run again"
)


def _hostname(node: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str | None]:
    name = node.get("hostname_wanted") or facts.get("hostname")
    return [name.lower() if isinstance(name, str) else None]


def _values(kind: str, node: Mapping[str, Any]) -> list[str]:
    facts = node["facts"]
    identity = facts.get("identity") or {}
    found = {
        "hostname": lambda: _hostname(node, facts),
        "machine_id": lambda: [identity.get("machine_id")],
        "ssh_host_key": lambda: [key.get("fingerprint") for key in identity.get("ssh_host_keys") or ()],
        "initiator_name": lambda: [(facts.get("iscsi") or {}).get("initiator_name")],
        "host_nqn": lambda: [(facts.get("nvme") or {}).get("host_nqn")],
    }[kind]()
    return [value for value in found if value]


def _hardware(facts: Mapping[str, Any]) -> set[str]:
    """What no copy of a card takes along: the board's serial number; without one the addresses of its interfaces."""
    serial = (facts.get("board") or {}).get("serial")
    if serial and serial.strip("0"):
        return {f"serial number {serial}"}
    links = facts.get("interfaces") or ()
    return {f"hardware address {link['mac']}" for link in links if link.get("mac") and link.get("kind") in ("ethernet", "wifi")}


def _sharing(values: Iterable[tuple[str, Iterable[str]]]) -> dict[tuple[str, ...], list[str]]:
    """Hosts that share values -> the values, from pairs of host and its values."""
    holders: dict[str, list[str]] = {}
    for host, found in values:
        for value in dict.fromkeys(found):
            holders.setdefault(value, []).append(host)
    shared: dict[tuple[str, ...], list[str]] = {}
    for value, hosts in holders.items():
        if len(hosts) > 1:
            shared.setdefault(tuple(hosts), []).append(value)
    return shared


def _runs_microk8s(node: Mapping[str, Any]) -> bool:
    return (node["facts"].get("microk8s") or {}).get("installed") is True


def _listed(hosts: Iterable[str]) -> str:
    names = list(hosts)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def conflicts(nodes: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each identity that two or more hosts share.

    nodes: host -> {"facts": of module node_facts, "hostname_wanted": name or None}, in inventory order.
    Of each conflict: kind, value, hosts, keeper (the first host with MicroK8s, else the first host: it stays as it is), repair (the
    others), blocked (those of repair that run MicroK8s and whose pods and volumes stand upon the identity), message. Two names of one
    machine are a conflict of their own ("same_machine", nothing to repair) and count once for the other kinds.
    Raises NodeError for nodes of another shape.
    """
    for host, node in nodes.items():
        if not isinstance(node, Mapping) or not isinstance(node.get("facts"), Mapping):
            raise NodeError(f"{host}: these are not the facts of module pikube.stateful.node_facts. Run it on the host first.")
    found = []
    seconds: set[str] = set()
    for hosts, values in _sharing((host, _hardware(node["facts"])) for host, node in nodes.items()).items():
        seconds.update(hosts[1:])
        message = f"{_listed(hosts)} are names of one machine ({', '.join(values)}). Keep one of them in the inventory."
        found.append(_conflict(SAME_MACHINE, values, hosts, hosts[0], (), message))
    distinct = {host: node for host, node in nodes.items() if host not in seconds}
    for kind in KINDS:
        for hosts, values in _sharing((host, _values(kind.name, node)) for host, node in distinct.items()).items():
            keeper = next((host for host in hosts if _runs_microk8s(distinct[host])), hosts[0])
            repair = tuple(host for host in hosts if host != keeper)
            blocked = tuple(host for host in repair if kind.live and _runs_microk8s(distinct[host]))
            cure = IN_USE.format(nodes=_listed(blocked)) if blocked else kind.cure.format(repair=_listed(repair))
            message = f'{_listed(hosts)} have the same {kind.called} "{", ".join(values)}": {kind.harm}. {cure}.'
            found.append(_conflict(kind.name, values, hosts, keeper, repair, message, blocked))
    return found


def _conflict(
    kind: str, values: list[str], hosts: Iterable[str], keeper: str, repair: Iterable[str], message: str, blocked: Iterable[str] = ()
) -> dict[str, Any]:
    return {
        "kind": kind,
        "value": ", ".join(values),
        "hosts": list(hosts),
        "keeper": keeper,
        "repair": list(repair),
        "blocked": list(blocked),
        "message": message,
    }
