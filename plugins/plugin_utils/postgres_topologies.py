# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two topologies of PostgreSQL, each by what differs: what is there, the objects, when it works, and what is done in the server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import (
    authority,
    backups,
    cluster_objects,
    loss,
    roles,
    single_objects,
    sql,
    status,
    versions,
)
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import Sizing
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import missing
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PASSWORD_BYTES, answered, secret, troubles

APPS, MONITORS = "apps/v1", "monitoring.coreos.com/v1"
SALT_BYTES = 16


class Topology:
    """What both have. says: tells a person what is going on."""

    API: str
    KIND: str

    def __init__(self, cluster: Cluster, wishes: Wishes, says: Callable[[str], None]) -> None:
        self.cluster, self.wishes, self.says = cluster, wishes, says

    def server(self) -> Mapping[str, Any] | None:
        return there(self.cluster, self.wishes, self.KIND, self.API)

    def accepts(self, row: Mapping[str, Any]) -> list[str]:
        """What is to be said of a class (facts). Raises PostgresError for one that is none for it."""
        return []

    def objects(self, size: Sizing, further: Mapping[str, str]) -> list[dict[str, Any]]:
        """All but namespace and Secret of the owner. further: databases beside the first one, by a suffix for their objects."""
        raise NotImplementedError

    def state(self) -> status.State:
        """How it is. Raises PostgresError where it is not any more."""
        raise NotImplementedError

    def inside(self, primary: str, password: str, further: Sequence[str]) -> list[str]:
        """Make what is missing in the server itself; what that was."""
        return []

    def warnings(self) -> list[str]:
        """What is to be said when it works."""
        return []

    def authority(self) -> str:
        """Name of the Secret with the certificate of its authority."""
        raise NotImplementedError


def there(cluster: Cluster, wishes: Wishes, kind: str, api: str) -> Mapping[str, Any] | None:
    """None also where the cluster does not know the kind."""
    try:
        return cluster.get(kind, wishes.name, wishes.namespace, api)
    except ClusterError as error:
        if not missing(error):
            raise
        return None


class Replicated(Topology):
    """Servers under the operator of CloudNativePG."""

    API, KIND = API_VERSION, "Cluster"

    def __init__(self, cluster: Cluster, wishes: Wishes, says: Callable[[str], None]) -> None:
        super().__init__(cluster, wishes, says)
        self._helped: set[str] = set()

    def objects(self, size: Sizing, further: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            cluster_objects.cluster(self.wishes, size),
            *cluster_objects.databases(self.wishes, further),
            *cluster_objects.services(self.wishes),
            *([cluster_objects.pod_monitor(self.wishes)] if self._has_monitors() else []),
        ]

    def _has_monitors(self) -> bool:
        try:
            self.cluster.list("PodMonitor", self.wishes.namespace, MONITORS)
        except ClusterError as error:
            if not missing(error):
                raise
            return False
        return True

    def state(self) -> status.State:
        namespace = self.wishes.namespace
        found = self.server()
        if found is None:
            raise PostgresError(f"postgres {namespace}/{self.wishes.name} was deleted meanwhile. Run again to have it made")
        pods, claims = self.cluster.list("Pod", namespace), self.cluster.list("PersistentVolumeClaim", namespace)
        databases = self.cluster.list("Database", namespace, API_VERSION)
        state = status.judge(found, pods, claims, {}, databases)
        if not state.whole:
            state = status.judge(found, pods, claims, troubles(self.cluster, namespace), databases)
        joins = status.joins(self.wishes.name, pods)
        if state.primary:
            self._hurried(state.primary, [pod for pod in joins if pod not in self._helped])
            self._helped.update(joins)
        return state

    def _hurried(self, primary: str, joins: Sequence[str]) -> None:
        """A copy for a new standby begins with a checkpoint, which the server would draw out over minutes to spare its disk."""
        for pod in joins:
            try:
                self.cluster.execute(primary, self.wishes.namespace, cluster_objects.CONTAINER, backups.query("postgres", "CHECKPOINT;"))
            except ClusterError as error:
                self.says(f"{pod} waits for a checkpoint ({error})")

    def authority(self) -> str:
        return f"{self.wishes.name}-ca"


class Single(Topology):
    """One server that no operator looks after."""

    API, KIND = APPS, "StatefulSet"

    def accepts(self, row: Mapping[str, Any]) -> list[str]:
        return list(filter(None, [loss.check(row, self.wishes.accept_volume_loss)]))

    def objects(self, size: Sizing, further: Mapping[str, str]) -> list[dict[str, Any]]:
        wishes = self.wishes
        superuser = secret(self.cluster, wishes.namespace, single_objects.superuser_name(wishes), "password")
        certificate = secret(self.cluster, wishes.namespace, single_objects.identity_name(wishes), "tls.crt")
        now = datetime.now(timezone.utc)
        identity = authority.made(single_objects.server_names(wishes), now) if authority.ends_soon(certificate, now) else None
        made = "" if superuser else secrets.token_urlsafe(PASSWORD_BYTES)
        return [*single_objects.secrets(wishes, made, identity), *single_objects.server(wishes, size)]

    def state(self) -> status.State:
        namespace = self.wishes.namespace
        pods, claims = self.cluster.list("Pod", namespace), self.cluster.list("PersistentVolumeClaim", namespace)
        state = status.judge_single(self.wishes.name, pods, claims, {})
        return state if state.whole else status.judge_single(self.wishes.name, pods, claims, troubles(self.cluster, namespace))

    def inside(self, primary: str, password: str, further: Sequence[str]) -> list[str]:
        def asked(database: str, statement: str) -> str:
            return answered(self.cluster, self.wishes.namespace, primary, database, statement)

        found = asked("postgres", roles.asking(self.wishes))
        names, statements = roles.missing(self.wishes, further, found, password, secrets.token_bytes(SALT_BYTES))
        for statement in statements:
            asked("postgres", statement)
        lacking = roles.missing_extensions(self.wishes, asked(self.wishes.database, roles.extensions())) if self.wishes.extensions else ()
        for name in lacking:
            asked(self.wishes.database, f"CREATE EXTENSION {sql.name(name)};")
        return [*names, *(f"extension {name}" for name in lacking)]

    def warnings(self) -> list[str]:
        if not status.restart_waits(self.server() or {"metadata": {"name": ""}}, self.cluster.list("Pod", self.wishes.namespace)):
            return []
        place = f"{self.wishes.namespace} delete pod {self.wishes.name}-0"
        return [f"the server runs with the settings of before, and a server alone is restarted by people only: kubectl --namespace={place}"]

    def authority(self) -> str:
        return single_objects.identity_name(self.wishes)


TOPOLOGIES: dict[str, type[Topology]] = {versions.CLUSTER: Replicated, versions.SINGLE: Single}
