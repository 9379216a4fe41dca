# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way in for people and programs: addresses, port, and what to write into libpq."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

CONNECT_SECONDS = 5


@dataclass(frozen=True)
class WayIn:
    """hosts: any of them may be asked, and with several the one that takes writes is taken. secret, authority: NAMESPACE/NAME of Secrets.

    inside: whether only pods get in.
    """

    hosts: tuple[str, ...]
    port: int
    database: str
    owner: str
    secret: str
    authority: str
    inside: bool = False

    def options(self, authority_file: str) -> dict[str, str]:
        """Of libpq, in the order in which people read them. The certificate names services and no nodes, hence verify-ca."""
        return {
            "host": ",".join(self.hosts),
            "port": str(self.port),
            "dbname": self.database,
            "user": self.owner,
            "target_session_attrs": "read-write",
            "connect_timeout": str(CONNECT_SECONDS),
            "sslmode": "verify-ca",
            "sslrootcert": authority_file,
        }

    def facts(self, authority_file: str) -> dict[str, Any]:
        options = self.options(authority_file)
        return {
            "hosts": list(self.hosts),
            "port": self.port,
            "database": self.database,
            "owner": self.owner,
            "secret": self.secret,
            "authority_secret": self.authority,
            "inside": self.inside,
            "psql": "psql " + shlex.quote(" ".join(f"{key}={_value(value)}" for key, value in options.items())),
        }

    def service_file(self, name: str, path: str, authority_file: str) -> str:
        """A connection service file of libpq, without the password."""
        namespace, _slash, name_of_secret = self.secret.partition("/")
        password = f"kubectl --namespace={namespace} get secret {name_of_secret} --output=jsonpath={{.data.password}} | base64 --decode"
        rows = [f"{key}={value}" for key, value in self.options(authority_file).items()]
        return "\n".join(
            [
                f"# PGSERVICEFILE={shlex.quote(path)} psql service={name}",
                f"# The password: {password}",
                f"[{name}]",
                *rows,
                "",
            ]
        )


def node_addresses(nodes: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """By which nodes are reached: the address of each, those that are Ready first, and whether it is."""
    rows = []
    for node in nodes:
        status = node.get("status") or {}
        address = next((row["address"] for row in status.get("addresses") or [] if row.get("type") == "InternalIP"), None)
        ready = any(row.get("type") == "Ready" and row.get("status") == "True" for row in status.get("conditions") or [])
        if address:
            rows.append((not ready, node["metadata"]["name"], address))
    return {address: not away for away, _name, address in sorted(rows)}


def outside(service: Mapping[str, Any], nodes: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Hosts and port of a Service of type NodePort or LoadBalancer. nodes: their addresses, or those that lead to them.

    Raises PostgresError for a load balancer that gave no address yet.
    """
    spec, status = service.get("spec") or {}, service.get("status") or {}
    port = (spec.get("ports") or [{}])[0]
    if spec.get("type") == "NodePort":
        return tuple(nodes), int(port["nodePort"])
    given = [row.get("ip") or row.get("hostname") for row in (status.get("loadBalancer") or {}).get("ingress") or []]
    if not given:
        name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
        raise PostgresError(
            f"service {name} has no address yet: nothing in the cluster gives addresses to services of type LoadBalancer. Install something"
            " that does (MicroK8s' add-on metallb), or set postgres_service_type to NodePort"
        )
    return tuple(map(str, given)), int(port["port"])


def _value(text: str) -> str:
    """One value of a connection string."""
    if text and not any(letter in text for letter in " '\\"):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
