# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import changes, cluster_objects, sample, status, wishes
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn, node_addresses, outside
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PASSWORD_BYTES, PostgresAction, secret, size_of
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_topologies import TOPOLOGIES, Topology, there
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "wishes": {"type": "dict", "default": {}},
    "nodes": {"type": "dict", "required": True},
    "password": {"type": "str", "no_log": True},
    "rotate_password": {"type": "bool", "default": False},
    "sample_data": {"type": "bool", "default": False},
    "connection_file": {"type": "str", "default": "pg_service.conf"},
    "authority_file": {"type": "str", "default": "ca.crt"},
    "wait_seconds": {"type": "int", "default": 600},
}
STORAGE = "storage.k8s.io/v1"


class ActionModule(PostgresAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        nodes = wanted["nodes"]
        asked = wishes.Wishes.parse(wanted["wishes"], len(nodes))
        size = size_of(nodes, asked.size)
        asked = self.checked(cluster, asked, wanted["sample_data"])
        topology = TOPOLOGIES[asked.topology](cluster, asked, self.says)
        password, known = self.password(cluster, asked, wanted)
        further = {"sample": sample.DATABASE} if wanted["sample_data"] else {}
        objects = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": asked.namespace}},
            *([] if known else [cluster_objects.secret(asked, password)]),
            *topology.objects(size, further),
        ]
        changed, diff = self.applied(cluster, objects)
        result = {"changed": bool(changed), "objects": changed, "diff": diff, "warnings": list(asked.warnings), "topology": asked.topology}
        if self._task.check_mode:
            return result
        state = self.waited_for(topology, wanted["wait_seconds"])
        changed += topology.inside(state.primary, password, tuple(further.values()))
        way = self.way_in(cluster, topology)
        namespace, _slash, name = way.authority.partition("/")
        authority = secret(cluster, namespace, name, "ca.crt")
        result.update(
            changed=bool(changed),
            warnings=[*asked.warnings, *topology.warnings()],
            state=state.facts(),
            connection=way.facts(wanted["authority_file"]),
            service_file=way.service_file(asked.name, wanted["connection_file"], wanted["authority_file"]),
            authority=authority,
            copies=1 + asked.synchronous,
        )
        if way.inside:
            return result
        door = Database(way, password, authority)
        self.logged_in(door, wanted["wait_seconds"])
        if wanted["sample_data"]:
            if self.seeded(door):
                changed.append(f"rows of {sample.DATABASE}.{sample.TABLE}")
                result["changed"] = True
            result["sample_rows"] = {host: door.of(sample.DATABASE).through(host).query(sample.COUNT)[0][0] for host in way.hosts}
        return result

    def checked(self, cluster: Cluster, asked: wishes.Wishes, sample_data: bool) -> wishes.Wishes:
        """The wishes with their class, and what is to be said of it. Raises PostgresError for what cannot be made of what is there."""
        servers = (there(cluster, asked, topology.KIND, topology.API) for topology in TOPOLOGIES.values())
        kept = changes.kept(next(filter(None, servers), None))
        rows = [classes.facts(item) for item in cluster.list("StorageClass", api_version=STORAGE)]
        asked = changes.with_class(asked, kept, rows)
        changes.check(asked, kept, rows)
        said = TOPOLOGIES[asked.topology](cluster, asked, self.says).accepts(
            next(row for row in rows if row["name"] == asked.storage_class)
        )
        claims = [item["metadata"]["name"] for item in cluster.list("PersistentVolumeClaim", asked.namespace)]
        limits = (cluster.list(kind, asked.namespace) for kind in ("ResourceQuota", "LimitRange"))
        changes.check_room(asked, claims, *limits)
        if asked.node_port:
            changes.check_node_port(asked, cluster_objects.outside_name(asked), cluster.list("Service"))
        if asked.service == "ClusterIP" and sample_data:
            raise PostgresError("postgres_sample_data: with postgres_service_type ClusterIP there is no way in from here. Use NodePort")
        return replace(asked, warnings=(*asked.warnings, *said))

    def password(self, cluster: Cluster, asked: wishes.Wishes, wanted: Mapping[str, Any]) -> tuple[str, bool]:
        """The password, and whether its Secret has it already. One that was made once is kept until it is to be another one."""
        kept = secret(cluster, asked.namespace, cluster_objects.secret_name(asked), "password")
        if wanted["password"] is not None:
            given = wishes.password(wanted["password"])
            return given, given == kept
        if kept and not wanted["rotate_password"]:
            return kept, True
        return secrets.token_urlsafe(PASSWORD_BYTES), False

    def waited_for(self, topology: Topology, seconds: int) -> status.State:
        place = f"{topology.wishes.namespace}/{topology.wishes.name}"
        seen: list[status.State] = []

        def look() -> tuple[str, ...]:
            seen.append(topology.state())
            return seen[-1].waiting

        listed = self.until(place, seconds, look)
        if listed:
            raise PostgresError(
                f"postgres {place} is not whole after {seconds} s: {listed}. {status.cure(listed)}",
                state=seen[-1].facts() if seen else {},
            )
        return seen[-1]

    def way_in(self, cluster: Cluster, topology: Topology) -> WayIn:
        """Without a service for the outside only pods get in."""
        asked = topology.wishes
        names = (f"{asked.namespace}/{name}" for name in (cluster_objects.secret_name(asked), topology.authority()))
        if asked.service == "ClusterIP":
            place = (f"{asked.name}-rw.{asked.namespace}.svc",)
            return WayIn(place, cluster_objects.PORT, asked.database, asked.owner, *names, inside=True)
        found = cluster.get("Service", cluster_objects.outside_name(asked), asked.namespace) or {}
        hosts, port = outside(found, node_addresses(cluster.list("Node")))
        return WayIn(hosts, port, asked.database, asked.owner, *names)

    def logged_in(self, door: Database, seconds: int) -> None:
        """Until the owner gets in: a new password is the server's own some seconds after it is in the Secret."""

        def look() -> list[str]:
            try:
                door.query("SELECT 1")
            except PostgresError as error:
                return [str(error)]
            return []

        listed = self.until("the first login", seconds, look)
        if listed:
            raise PostgresError(f"{listed}. The servers run; from here nobody got in for {seconds} s")

    def seeded(self, door: Database) -> bool:
        """Bring the sample data; rows that somebody changed stay so. Whether any was missing."""
        inventory = door.of(sample.DATABASE)
        if inventory.query(sample.THERE)[0][0] and inventory.query(sample.MISSING)[0][0] == 0:
            return False
        inventory.run(sample.statements())
        return True
