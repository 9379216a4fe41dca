# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import (
    backups,
    changes,
    cluster_objects,
    sample,
    sizing,
    status,
    wishes,
)
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import Database
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.way_in import WayIn, node_addresses, outside
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import missing
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PostgresAction, troubles
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
PASSWORD_BYTES = 24


class ActionModule(PostgresAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        nodes = wanted["nodes"]
        asked = wishes.Wishes.parse(wanted["wishes"], len(nodes))
        size = sizing.of_nodes(nodes, asked.size)
        asked = self.checked(cluster, asked)
        password, known = self.password(cluster, asked, wanted)
        further = {"sample": sample.DATABASE} if wanted["sample_data"] else {}
        objects = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": asked.namespace}},
            *([] if known else [cluster_objects.secret(asked, password)]),
            cluster_objects.cluster(asked, size),
            *cluster_objects.databases(asked, further),
            *cluster_objects.services(asked),
        ]
        changed, diff = self.applied(cluster, objects)
        result = {"changed": bool(changed), "objects": changed, "diff": diff, "warnings": list(asked.warnings)}
        if self._task.check_mode:
            return result
        state = self.waited_for(cluster, asked, wanted["wait_seconds"])
        way = self.way_in(cluster, asked)
        authority = self.authority(cluster, way)
        result.update(
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
                result["objects"] = [*changed, f"rows of {sample.DATABASE}.{sample.TABLE}"]
                result["changed"] = True
            result["sample_rows"] = {host: door.of(sample.DATABASE).through(host).query(sample.COUNT)[0][0] for host in way.hosts}
        return result

    def checked(self, cluster: Cluster, asked: wishes.Wishes) -> wishes.Wishes:
        """The wishes with their class. Raises PostgresError for what cannot be made of what is there."""
        try:
            there = changes.kept(cluster.get("Cluster", asked.name, asked.namespace, API_VERSION))
        except ClusterError as error:
            if not (missing(error) and self._task.check_mode):
                raise
            there = None
        classes = cluster.list("StorageClass", api_version=STORAGE)
        asked = changes.with_class(asked, there, classes)
        changes.check(asked, there, classes)
        claims = [item["metadata"]["name"] for item in cluster.list("PersistentVolumeClaim", asked.namespace)]
        limits = (cluster.list(kind, asked.namespace) for kind in ("ResourceQuota", "LimitRange"))
        changes.check_room(asked, claims, *limits)
        if asked.node_port:
            changes.check_node_port(asked, cluster_objects.outside_name(asked), cluster.list("Service"))
        if asked.service == "ClusterIP" and self._task.args.get("sample_data"):
            raise PostgresError("postgres_sample_data: with postgres_service_type ClusterIP there is no way in from here. Use NodePort")
        return asked

    def password(self, cluster: Cluster, asked: wishes.Wishes, wanted: Mapping[str, Any]) -> tuple[str, bool]:
        """The password, and whether its Secret has it already. One that was made once is kept until it is to be another one."""
        kept = self.secret(cluster, asked.namespace, cluster_objects.secret_name(asked), "password")
        if wanted["password"] is not None:
            given = wishes.password(wanted["password"])
            return given, given == kept
        if kept and not wanted["rotate_password"]:
            return kept, True
        return secrets.token_urlsafe(PASSWORD_BYTES), False

    def secret(self, cluster: Cluster, namespace: str, name: str, key: str) -> str:
        """One value of a Secret, empty if there is none."""
        found = cluster.get("Secret", name, namespace) or {}
        return base64.b64decode((found.get("data") or {}).get(key) or "").decode()

    def waited_for(self, cluster: Cluster, asked: wishes.Wishes, seconds: int) -> status.State:
        seen: list[status.State] = []
        helped: set[str] = set()

        def look() -> tuple[str, ...]:
            found = cluster.get("Cluster", asked.name, asked.namespace, API_VERSION)
            if found is None:
                raise PostgresError(f"postgres {asked.namespace}/{asked.name} was deleted meanwhile. Run again to have it made")
            pods, claims = cluster.list("Pod", asked.namespace), cluster.list("PersistentVolumeClaim", asked.namespace)
            databases = cluster.list("Database", asked.namespace, API_VERSION)
            state = status.judge(found, pods, claims, {}, databases)
            if not state.whole:
                state = status.judge(found, pods, claims, troubles(cluster, asked.namespace), databases)
            seen.append(state)
            if state.primary:
                self.hurried(cluster, asked, state.primary, [pod for pod in status.joins(asked.name, pods) if pod not in helped])
                helped.update(status.joins(asked.name, pods))
            return state.waiting

        listed = self.until(f"{asked.namespace}/{asked.name}", seconds, look)
        if listed:
            raise PostgresError(
                f"postgres {asked.namespace}/{asked.name} is not whole after {seconds} s: {listed}. {status.cure(listed)}",
                state=seen[-1].facts() if seen else {},
            )
        return seen[-1]

    def hurried(self, cluster: Cluster, asked: wishes.Wishes, primary: str, joins: Sequence[str]) -> None:
        """A copy for a new standby begins with a checkpoint, which the server would draw out over minutes to spare its disk."""
        for pod in joins:
            try:
                cluster.execute(primary, asked.namespace, cluster_objects.CONTAINER, backups.query("postgres", "CHECKPOINT;"))
            except ClusterError as error:
                self.says(f"{pod} waits for a checkpoint ({error})")

    def way_in(self, cluster: Cluster, asked: wishes.Wishes) -> WayIn:
        """Without a service for the outside only pods get in."""
        secret, authority = (f"{asked.namespace}/{name}" for name in (cluster_objects.secret_name(asked), f"{asked.name}-ca"))
        if asked.service == "ClusterIP":
            place = (f"{asked.name}-rw.{asked.namespace}.svc",)
            return WayIn(place, cluster_objects.PORT, asked.database, asked.owner, secret, authority, inside=True)
        found = cluster.get("Service", cluster_objects.outside_name(asked), asked.namespace) or {}
        hosts, port = outside(found, node_addresses(cluster.list("Node")))
        return WayIn(hosts, port, asked.database, asked.owner, secret, authority)

    def authority(self, cluster: Cluster, way: WayIn) -> str:
        namespace, _slash, name = way.authority.partition("/")
        return self.secret(cluster, namespace, name, "ca.crt")

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
