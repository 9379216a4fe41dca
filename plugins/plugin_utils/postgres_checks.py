# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before anything is touched, from what the cluster has and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import BY_NAME
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import node
from ansible_collections.pikube.stateful.plugins.module_utils.openebs import classes, quotas
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import (
    changes,
    cluster_objects,
    connection,
    disks,
    loss,
    places,
    planned,
    versions,
)
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_topologies import TOPOLOGIES, there

STORAGE = "storage.k8s.io/v1"
# Of ResourceQuota and LimitRange of the role: another one than that of openebs_quotas, which may be there as well.
QUOTA = "pikube-postgres"


def checked(
    cluster: Cluster, asked: Wishes, quota: Mapping[str, Any], sample_data: bool, says: Callable[[str], None], hosts: Mapping[str, Any]
) -> Wishes:
    """The wishes with their class, and what is to be said of them. Raises PostgresError for what cannot be made of what is there.

    quota: what the namespace is going to have, a row of openebs.quotas. hosts: facts of module node_facts by name.
    """
    if asked.service != "ClusterIP":
        connection.library()
    elif sample_data:
        raise PostgresError("postgres_sample_data: with postgres_service_type ClusterIP there is no way in from here. Use NodePort")
    servers = (there(cluster, asked, topology.KIND, topology.API) for topology in TOPOLOGIES.values())
    kept = changes.kept(next(filter(None, servers), None))
    rows = [classes.facts(item) for item in cluster.list("StorageClass", api_version=STORAGE)]
    asked = changes.with_class(asked, kept, rows)
    changes.check(asked, kept, rows)
    of_class = next(row for row in rows if row["name"] == asked.storage_class)
    topology = TOPOLOGIES[asked.topology](cluster, asked, says)
    said, follows = topology.accepts(of_class), topology.follows(of_class)
    claims = cluster.list("PersistentVolumeClaim", asked.namespace)
    names = [item["metadata"]["name"] for item in claims]
    limits, ranges = wanted_quota(asked.namespace, quota)
    changes.check_room(
        asked,
        names,
        planned.quotas(cluster.list("ResourceQuota", asked.namespace), limits, claims),
        planned.ranges(cluster.list("LimitRange", asked.namespace), ranges),
    )
    nodes = cluster.list("Node")
    places.check(asked, nodes, cluster.list("Pod", asked.namespace), names)
    policy = loss.policy_of(of_class)
    if follows and policy and changes.missing(asked, names):
        copies, selector = topology.copies(of_class)
        disks.check(asked, copies or 1, BY_NAME[policy[0].engine].room, room_of(nodes, selector, hosts))
    if asked.node_port:
        changes.check_node_port(asked, cluster_objects.outside_name(asked), cluster.list("Service"))
    today = datetime.now(timezone.utc).date().isoformat()
    warnings = (*asked.warnings, *versions.warnings(asked.version, today), *said)
    return replace(asked, warnings=warnings, follows=follows)


def room_of(nodes: Sequence[Mapping[str, Any]], selector: Mapping[str, str], hosts: Mapping[str, Any]) -> dict[str, int | None]:
    """Bytes that volumes may take, by node that may have a copy. selector: their labels. hosts: facts of module node_facts."""
    known = {str(facts.get("hostname") or host): node(host, facts, None).free for host, facts in hosts.items()}
    labels = {item["metadata"]["name"]: item["metadata"].get("labels") or {} for item in nodes}
    return {name: known.get(name) for name, own in labels.items() if disks.fits(selector, own)}


def wanted_quota(namespace: str, row: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """ResourceQuota and LimitRange that the role makes of postgres_quota. Raises PostgresError for what it cannot be."""
    try:
        objects, _absent = quotas.objects({namespace: row}, QUOTA, "postgres_quota")
    except (OpenebsError, AttributeError, TypeError) as error:
        raise PostgresError(str(error) if isinstance(error, OpenebsError) else f"postgres_quota: {error}") from error
    return tuple([item for item in objects if item["kind"] == kind] for kind in ("ResourceQuota", "LimitRange"))
