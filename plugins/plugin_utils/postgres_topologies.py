# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two topologies of PostgreSQL, each by what differs: what is there, the objects, when it works, and what is done in the server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import (
    authority,
    backups,
    cluster_objects,
    loss,
    operator,
    restarts,
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
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import (
    APPS,
    PASSWORD_BYTES,
    answered,
    operator_deployment,
    secret,
    troubles,
)

MONITORS = "monitoring.coreos.com/v1"
SALT_BYTES = 16


class Topology:
    """What both have. says: tells a person what is going on."""

    API: str
    KIND: str

    def __init__(self, cluster: Cluster, wishes: Wishes, says: Callable[[str], None]) -> None:
        self.cluster, self.wishes, self.says = cluster, wishes, says
        self.held: list[str] = []  # what objects() left as it is, since it would restart servers

    def server(self) -> Mapping[str, Any] | None:
        return there(self.cluster, self.wishes, self.KIND, self.API)

    def accepts(self, row: Mapping[str, Any]) -> list[str]:
        """What is to be said of a class (facts). Raises PostgresError for one that is none for it."""
        return []

    def follows(self, row: Mapping[str, Any]) -> bool:
        """Whether a volume of a class can be used on another node, and has to be held by one server at a time."""
        return False

    def copies(self, row: Mapping[str, Any]) -> tuple[int | None, Mapping[str, str]]:
        """How many copies a volume of a class has, None where that is said nowhere; and labels of the nodes that may have one."""
        return 1, {}

    def objects(self, size: Sizing, further: Mapping[str, str]) -> list[dict[str, Any]]:
        """All but namespace and Secret of the owner. further: databases beside the first one, by a suffix for their objects."""
        raise NotImplementedError

    def state(self) -> status.State:
        """How it is. Raises PostgresError where it is not any more."""
        raise NotImplementedError

    def inside(self, primary: str, password: str, further: Sequence[str], make: bool) -> list[str]:
        """What is missing in the server itself, and make it if asked."""
        return []

    def reload(self, primary: str) -> None:
        """Have the server read what it would not look at by itself."""

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


def policy_object(cluster: Cluster, policy: loss.Policy, name: str) -> Mapping[str, Any] | None:
    """The one that a class names, which does not say in which namespace."""
    try:
        found = cluster.list(policy.kind, api_version=policy.api_version)
    except ClusterError as error:
        if not missing(error):
            raise
        return None
    return next((item for item in found if item["metadata"]["name"] == name), None)


class Replicated(Topology):
    """Servers under the operator of CloudNativePG."""

    API, KIND = API_VERSION, "Cluster"

    def __init__(self, cluster: Cluster, wishes: Wishes, says: Callable[[str], None]) -> None:
        super().__init__(cluster, wishes, says)
        self._helped: set[str] = set()

    def objects(self, size: Sizing, further: Mapping[str, str]) -> list[dict[str, Any]]:
        installed = operator_deployment(self.cluster)
        wanted = cluster_objects.cluster(self.wishes, size, operator.numbers(operator.version_of(installed) if installed else ""))
        made, self.held = restarts.held(wanted, self.server(), self.wishes.image_asked, self.wishes.apply_settings)
        return [
            made,
            *cluster_objects.databases(self.wishes, further),
            *cluster_objects.services(self.wishes),
            *([cluster_objects.pod_monitor(self.wishes)] if self._has_monitors() else []),
        ]

    def warnings(self) -> list[str]:
        if not self.held:
            return []
        how = "standbys first, then a switchover" if self.wishes.instances > 1 else "the server is restarted, and nobody answers meanwhile"
        return [
            f"{self.wishes.namespace}/{self.wishes.name} goes on as it is, since a change would restart servers: {', '.join(self.held)}."
            f" To have it done: postgres_apply_settings: true ({how})"
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
        return list(filter(None, [loss.check(row, self.wishes.accept_volume_loss, self.copies(row)[0])]))

    def follows(self, row: Mapping[str, Any]) -> bool:
        return loss.policy_of(row) is not None

    def copies(self, row: Mapping[str, Any]) -> tuple[int | None, Mapping[str, str]]:
        named = loss.policy_of(row)
        if named is None:
            return 1, {}
        policy, name = named
        found = policy_object(self.cluster, policy, name) if name else {}
        return loss.copies_said(policy, found), loss.nodes_said(policy, found)

    def objects(self, size: Sizing, further: Mapping[str, str]) -> list[dict[str, Any]]:
        wishes, there = self.wishes, self.server()
        if there and not (wishes.image_asked or wishes.apply_settings):
            image = there["spec"]["template"]["spec"]["containers"][0]["image"]
            self.held = restarts.differences("image", wishes.image, image)
            wishes = replace(wishes, image=image)
        superuser = secret(self.cluster, wishes.namespace, single_objects.superuser_name(wishes), "password")
        certificate = secret(self.cluster, wishes.namespace, single_objects.identity_name(wishes), "tls.crt")
        now, identity = datetime.now(timezone.utc), None
        if authority.ends_soon(certificate, now):
            kept = [secret(self.cluster, wishes.namespace, single_objects.authority_name(wishes), key) for key in ("tls.crt", "tls.key")]
            identity = authority.made(single_objects.server_names(wishes), now, *kept)
        made = "" if superuser else secrets.token_urlsafe(PASSWORD_BYTES)
        return [*single_objects.secrets(wishes, made, identity), *single_objects.server(wishes, size)]

    def state(self) -> status.State:
        namespace = self.wishes.namespace
        pods, claims = self.cluster.list("Pod", namespace), self.cluster.list("PersistentVolumeClaim", namespace)
        state = status.judge_single(self.wishes.name, pods, claims, {})
        return state if state.whole else status.judge_single(self.wishes.name, pods, claims, troubles(self.cluster, namespace))

    def _asked(self, primary: str, database: str, statement: str) -> str:
        return answered(self.cluster, self.wishes.namespace, primary, database, statement)

    def inside(self, primary: str, password: str, further: Sequence[str], make: bool) -> list[str]:
        database = self.wishes.database
        found = self._asked(primary, "postgres", roles.asking(self.wishes))
        names, statements = roles.missing(self.wishes, further, found, password, secrets.token_bytes(SALT_BYTES))
        for statement in statements if make else ():
            self._asked(primary, "postgres", statement)
        if make:
            self.reload(primary)
        lacking: Sequence[str] = self.wishes.extensions
        if lacking and (make or f"database {database}" not in names):
            lacking = roles.missing_extensions(self.wishes, self._asked(primary, database, roles.extensions()))
        for name in lacking if make else ():
            self._asked(primary, database, f"CREATE EXTENSION {sql.name(name)};")
        return [*names, *(f"extension {name}" for name in lacking)]

    def reload(self, primary: str) -> None:
        """A new certificate is the server's own when its file is there, which is up to two minutes later, and it has been told."""
        certificate = secret(self.cluster, self.wishes.namespace, single_objects.identity_name(self.wishes), "tls.crt")
        self._asked(primary, "postgres", single_objects.reloading(certificate, authority.made_at(certificate)))

    def warnings(self) -> list[str]:
        said = [f"the server keeps its image: {text}. For the other one: postgres_apply_settings: true" for text in self.held]
        if not status.restart_waits(self.server() or {"metadata": {"name": ""}}, self.cluster.list("Pod", self.wishes.namespace)):
            return said
        place = f"{self.wishes.namespace} delete pod {self.wishes.name}-0"
        return [
            *said,
            f"the server runs with the settings of before, and a server alone is restarted by people only: kubectl --namespace={place}",
        ]

    def authority(self) -> str:
        return single_objects.identity_name(self.wishes)


TOPOLOGIES: dict[str, type[Topology]] = {versions.CLUSTER: Replicated, versions.SINGLE: Single}
