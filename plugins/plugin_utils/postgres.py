# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins about PostgreSQL share: all of it is on the controller."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import node
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.components import trouble
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups, operator, single_guard, single_objects, sizing
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import CONTAINER, MANAGED_BY
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import APPS, missing, place, shown
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ClusterAction

PAUSE = 1.0
PASSWORD_BYTES = 24
GUARD_SECONDS = 15.0
# What the server keeps of an object besides what somebody wants of it.
OWN = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")


class PostgresAction(ClusterAction):
    SUBJECT = "postgres"
    ERRORS = (PostgresError,)

    def applied(self, cluster: Cluster, objects: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, str]]]:
        """Make objects so, in check mode only as the server would. Returns the names and the diffs of those that changed.

        What is in a Secret is not shown.
        """
        names, diffs = [], []
        for item in objects:
            metadata = item["metadata"]
            before, after = None, item
            try:
                before = cluster.get(item["kind"], metadata["name"], metadata.get("namespace"), item["apiVersion"])
                after = cluster.apply(item, dry_run=self._task.check_mode)
            except ClusterError as error:
                # Its namespace or its definition would have come before it.
                if not (self._task.check_mode and missing(error)):
                    raise
            if before is not None and plain(before) == plain(after):
                continue
            name = f"{item['kind']} {place(item)}"
            names.append(name)
            hidden = item["kind"] == "Secret"
            texts = [{"data": "not shown"} if hidden else plain(one) for one in (before, after) if one is not None]
            diffs.append(shown(texts[0] if before is not None else None, texts[-1], name))
        return names, diffs

    def removed(self, cluster: Cluster, objects: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[dict[str, str]]]:
        """Take objects of this collection away, in check mode only as said. Returns as applied() does."""
        names, diffs = [], []
        for item in objects:
            metadata = item["metadata"]
            found = cluster.get(item["kind"], metadata["name"], metadata.get("namespace"), item["apiVersion"])
            if found is None or not MANAGED_BY.items() <= (found["metadata"].get("labels") or {}).items():
                continue
            if not self._task.check_mode:
                uid = found["metadata"].get("uid")
                cluster.delete(item["kind"], metadata["name"], metadata.get("namespace"), item["apiVersion"], uid)
            names.append(f"{item['kind']} {place(item)}")
            diffs.append(shown(plain(found), None, names[-1]))
        return names, diffs

    def until(self, subject: str, seconds: float, look: Callable[[], Sequence[str]]) -> str:
        """Look again and again until nothing is waited for any more. Returns what still was when the time was over, else nothing.

        look: what is waited for now. An error that may pass is waited out as well.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                waiting = look()
            except ClusterError as error:
                if not error.passing:
                    raise
                waiting = [str(error)]
            listed = "; ".join(waiting)
            if not waiting or time.monotonic() >= end:
                return listed
            self.says(f"waits for {subject}: {listed}")
            time.sleep(PAUSE)


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what the server keeps of it."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in OWN}
    return {**{key: value for key, value in item.items() if key not in ("metadata", "status")}, "metadata": metadata}


def operator_deployment(cluster: Cluster) -> dict[str, Any] | None:
    """The Deployment of an operator of CloudNativePG, whoever installed it and wherever."""
    found = cluster.list("Deployment", api_version=APPS, labels=operator.LABELS)
    found.sort(key=lambda item: not operator.managed(item))
    return next(iter(found), None) or cluster.get("Deployment", operator.DEPLOYMENT, operator.NAMESPACE, APPS)


def troubles(cluster: Cluster, namespace: str) -> dict[str, str]:
    """What keeps pods of a namespace from working, by their names."""
    events = cluster.list("Event", namespace)
    return {name: says for name, _node, says in filter(None, (trouble(pod, events) for pod in cluster.list("Pod", namespace)))}


def size_of(nodes: Mapping[str, Any], volume: int) -> sizing.Sizing:
    """Of servers on any of some nodes. nodes: facts of module node_facts by name. volume: bytes of one. Raises PostgresError."""
    try:
        rows = [node(name, facts, None) for name, facts in nodes.items()]
    except EnginesError as error:
        raise PostgresError(str(error)) from error
    return sizing.smallest([(row.memory, row.medium, row.cores) for row in rows], volume)


def secret(cluster: Cluster, namespace: str, name: str, key: str) -> str:
    """One value of a Secret, empty if there is none."""
    found = cluster.get("Secret", name, namespace) or {}
    return base64.b64decode((found.get("data") or {}).get(key) or "").decode()


def said(cluster: Cluster, namespace: str, pod: str, command: Sequence[str], **options: Any) -> str:
    """What a command said, run in the container of a server. Raises ClusterError."""
    kept = io.BytesIO()
    cluster.execute(pod, namespace, CONTAINER, command, **{"target": kept, **options})
    return kept.getvalue().decode()


def answered(cluster: Cluster, namespace: str, pod: str, database: str, statement: str, **options: Any) -> str:
    """What the server says to a statement of its superuser. It goes by the input, since arguments are seen by others and logged."""
    content = statement.encode()
    return said(cluster, namespace, pod, backups.reading(database, len(content)), source=io.BytesIO(content), **options).strip()


def said_by_guard(cluster: Cluster, namespace: str, pod: str) -> str:
    """What the guard of a server alone says against its volume, "" for nothing, and where there is no guard or no answer."""
    kept = io.BytesIO()
    command = ["sh", f"{single_objects.SETTINGS}/{single_guard.NAME}", "ready"]
    try:
        cluster.execute(pod, namespace, single_guard.NAME, command, target=kept, silence=GUARD_SECONDS)
    except ClusterError as error:
        return kept.getvalue().decode(errors="replace") if error.facts.get("code") else ""
    return ""
