# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import cluster_objects, sample, status, wishes
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import NO_DATABASE, WRONG_PASSWORD, Database
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn, node_addresses, outside
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PASSWORD_BYTES, PostgresAction, secret, size_of
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_checks import checked
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_topologies import TOPOLOGIES, Topology
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "wishes": {"type": "dict", "default": {}},
    "nodes": {"type": "dict", "required": True},
    "password": {"type": "str", "no_log": True},
    "rotate_password": {"type": "bool", "default": False},
    "sample_data": {"type": "bool", "default": False},
    "quota": {"type": "dict", "default": {}},
    "check_only": {"type": "bool", "default": False},
    "connection_file": {"type": "str", "default": "pg_service.conf"},
    "authority_file": {"type": "str", "default": "ca.crt"},
    "wait_seconds": {"type": "int", "default": 600},
}
SEEN_SECONDS = 10  # after a change of servers that are there, until the operator and they have surely begun with it
PASSWORD_SECONDS = 60  # until a new password is the server's own
NODE_SECONDS = 60  # until each node knows the way of a new service


class ActionModule(PostgresAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        nodes = wanted["nodes"]
        asked = wishes.Wishes.parse(wanted["wishes"], len(nodes))
        if wanted["password"] is not None:
            wishes.password(wanted["password"])
        size = size_of(nodes, asked.size)
        asked = checked(cluster, asked, wanted["quota"], wanted["sample_data"], self.says, nodes)
        if wanted["check_only"]:
            return {"changed": False, "topology": asked.topology}
        topology = TOPOLOGIES[asked.topology](cluster, asked, self.says)
        there = topology.server() is not None
        kept, password = self.passwords(cluster, asked, wanted)
        further = {"sample": sample.DATABASE} if wanted["sample_data"] else {}
        objects = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": asked.namespace}},
            *([] if password == kept else [cluster_objects.secret(asked, password)]),
            *topology.objects(size, further),
        ]
        changed, diff = self.applied(cluster, objects)
        gone, shown = self.removed(cluster, cluster_objects.absent(asked))
        changed += gone
        result = {"objects": changed, "diff": diff + shown, "topology": asked.topology, "copies": 1 + asked.synchronous}
        if self._task.check_mode:
            self.looked(cluster, topology, wanted, kept or password, result)
        else:
            restarts = there and any(name.split(" ")[0] == topology.KIND for name in changed)
            state = self.waited_for(topology, wanted["wait_seconds"], SEEN_SECONDS if restarts else 0)
            self.finished(cluster, topology, wanted, password, state, result)
        return {**result, "changed": bool(changed), "warnings": [*asked.warnings, *topology.warnings(), *result.get("warnings", [])]}

    def finished(
        self, cluster: Cluster, topology: Topology, wanted: Mapping[str, Any], password: str, state: status.State, result: dict[str, Any]
    ) -> None:
        """What is done in servers that work, and what is known of them then."""
        further = [sample.DATABASE] if wanted["sample_data"] else []
        result["objects"] += topology.inside(state.primary, password, further, make=True)
        way, left_out = self.connected(cluster, topology, wanted, state, result)
        if way.inside:
            return
        door = Database(way, password, result["authority"])
        self.logged_in(door, topology, state.primary, wanted["wait_seconds"])
        if wanted["sample_data"]:
            result["objects"] += self.seeded(door)
            hosts = [host for host in way.hosts if host not in left_out]
            result["sample_rows"] = {host: self.count(door.through(host), host) for host in hosts}
            if left_out:
                result["warnings"] = [f"rows were not read through {', '.join(left_out)}: the node is not Ready"]

    def looked(self, cluster: Cluster, topology: Topology, wanted: Mapping[str, Any], password: str, result: dict[str, Any]) -> None:
        """In check mode: what a run would make in the servers, as far as they are there and answer."""
        rows = [f"rows of {sample.DATABASE}.{sample.TABLE}"] if wanted["sample_data"] else []
        state = topology.state() if topology.server() is not None else None
        if state is None or not state.primary:
            result["objects"] += rows
            return
        result["objects"] += topology.inside(state.primary, password, [sample.DATABASE] if rows else [], make=False)
        service = cluster.get("Service", cluster_objects.outside_name(topology.wishes), topology.wishes.namespace)
        if service is None and topology.wishes.service != "ClusterIP":
            result["objects"] += rows
            return
        way, _left_out = self.connected(cluster, topology, wanted, state, result)
        if rows:
            try:
                result["objects"] += rows if self.lacks_rows(Database(way, password, result["authority"]).of(sample.DATABASE)) else []
            except PostgresError as error:
                if error.facts.get("sqlstate") != NO_DATABASE:
                    result["warnings"] = [f"whether rows are missing is not known: {error}"]
                else:
                    result["objects"] += rows

    def connected(
        self, cluster: Cluster, topology: Topology, wanted: Mapping[str, Any], state: status.State, result: dict[str, Any]
    ) -> tuple[WayIn, list[str]]:
        """The way in, also for the result, and which of its hosts are nodes that are not Ready."""
        way, left_out = self.way_in(cluster, topology)
        namespace, _slash, name = way.authority.partition("/")
        result.update(
            state=state.facts(),
            connection=way.facts(wanted["authority_file"]),
            service_file=way.service_file(topology.wishes.name, wanted["connection_file"], wanted["authority_file"]),
            authority=secret(cluster, namespace, name, "ca.crt"),
        )
        return way, left_out

    def passwords(self, cluster: Cluster, asked: wishes.Wishes, wanted: Mapping[str, Any]) -> tuple[str, str]:
        """The password that the Secret has, "" for none, and the one that is wanted: what was made is kept until another is asked for."""
        kept = secret(cluster, asked.namespace, cluster_objects.secret_name(asked), "password")
        if wanted["password"] is not None:
            return kept, wanted["password"]
        return kept, kept if kept and not wanted["rotate_password"] else secrets.token_urlsafe(PASSWORD_BYTES)

    def waited_for(self, topology: Topology, seconds: int, at_least: float) -> status.State:
        place = f"{topology.wishes.namespace}/{topology.wishes.name}"
        seen: list[status.State] = []
        begin = time.monotonic()

        def look() -> Sequence[str]:
            seen.append(topology.state())
            early = time.monotonic() - begin < at_least
            return seen[-1].waiting or (["the change to begin"] if early else [])

        listed = self.until(place, seconds, look)
        if listed:
            raise PostgresError(
                f"postgres {place} is not whole after {seconds} s: {listed}. {status.cure(listed)}",
                state=seen[-1].facts() if seen else {},
            )
        return seen[-1]

    def way_in(self, cluster: Cluster, topology: Topology) -> tuple[WayIn, list[str]]:
        """And which of its hosts are nodes that are not Ready. Without a service for the outside only pods get in."""
        asked = topology.wishes
        names = (f"{asked.namespace}/{name}" for name in (cluster_objects.secret_name(asked), topology.authority()))
        if asked.service == "ClusterIP":
            place = (f"{asked.name}-rw.{asked.namespace}.svc",)
            return WayIn(place, cluster_objects.PORT, asked.database, asked.owner, *names, inside=True), []
        found = cluster.get("Service", cluster_objects.outside_name(asked), asked.namespace) or {}
        nodes = node_addresses(cluster.list("Node"))
        hosts, port = outside(found, asked.addresses or nodes)
        return WayIn(hosts, port, asked.database, asked.owner, *names), [host for host in hosts if nodes.get(host) is False]

    def logged_in(self, door: Database, topology: Topology, primary: str, seconds: int) -> None:
        """Until the owner gets in: a new password is the server's own some seconds after it is in the Secret."""
        begin = time.monotonic()

        def look() -> list[str]:
            try:
                door.query("SELECT 1")
            except PostgresError as error:
                if error.facts.get("sqlstate") == WRONG_PASSWORD and time.monotonic() - begin > PASSWORD_SECONDS:
                    raise
                with suppress(ClusterError):
                    topology.reload(primary)
                return [str(error)]
            return []

        listed = self.until("the first login", seconds, look)
        if listed:
            raise PostgresError(f"{listed}. The servers run; from here nobody got in for {seconds} s")

    def count(self, door: Database, host: str) -> int:
        """Rows of the sample data, read through one address."""
        found: list[int] = []

        def look() -> list[str]:
            try:
                found.append(door.of(sample.DATABASE).query(sample.COUNT)[0][0])
            except PostgresError as error:
                return [str(error)]
            return []

        listed = self.until(f"rows through {host}", NODE_SECONDS, look)
        if listed:
            raise PostgresError(f"{listed}. Other addresses lead to the server; see kube-proxy and the firewall of {host}")
        return found[-1]

    def lacks_rows(self, inventory: Database) -> bool:
        return not inventory.query(sample.THERE)[0][0] or inventory.query(sample.MISSING)[0][0] != 0

    def seeded(self, door: Database) -> list[str]:
        """Bring the sample data; rows that somebody changed stay so. In words what was missing."""
        inventory = door.of(sample.DATABASE)
        if not self.lacks_rows(inventory):
            return []
        inventory.run(sample.statements())
        return [f"rows of {sample.DATABASE}.{sample.TABLE}"]
