# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a plan: every finding of every gate of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Host, Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import Plan

ERROR = "error"
WARNING = "warning"

# host (None for the cluster as a whole) and the values for the texts
Finding = tuple[Any, dict[str, Any]]


def each(condition: Callable[[Host, Hosts, Plan], Any]) -> Callable[[Hosts, Plan], Iterator[Finding]]:
    """Each host for which the condition gives values (a dict), or just True."""

    def find(hosts: Hosts, made: Plan) -> Iterator[Finding]:
        for host in hosts.reachable:
            values = condition(host, hosts, made)
            if values:
                yield host.name, values if isinstance(values, dict) else {}

    return find


class Gate(NamedTuple):
    """One thing that must not be, or had better not be.

    id: part of the public result, never used again for another gate. find: yields a host's name, or None for the cluster, and values.
    message, cure: sentences without their full stop, templates over the values and the name of the host. source: of the knowledge.
    """

    id: str
    severity: str
    find: Callable[[Hosts, Plan], Iterator[Finding]]
    message: str
    cure: str
    source: str


def problems(hosts: Hosts, made: Plan, gates: Iterable[Gate]) -> list[dict[str, Any]]:
    """id, severity, host (None for the cluster), message (which ends with the cure) and cure of each finding, in the order of the table."""
    found = []
    for gate in gates:
        for host, values in gate.find(hosts, made):
            fields = {"host": host or "cluster", **values}
            cure = gate.cure.format(**fields)
            message = f"{fields['host']}: {gate.message.format(**fields)}. {cure}."
            found.append({"id": gate.id, "severity": gate.severity, "host": host, "message": message, "cure": f"{cure}."})
    return found
