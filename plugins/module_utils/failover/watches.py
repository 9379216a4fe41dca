# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is watched while a run lasts: the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover import essences
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import (
    ATTACHMENT,
    CLAIM,
    CLUSTER,
    EVENT,
    LEADER,
    LEASE,
    NODE,
    OPERATOR,
    POD,
    SET,
    SLICE,
    TARGET,
)
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION, NAMESPACE

OWN = "*"  # in place of a namespace: that of the server
SINGLE, MANY = "single", "cluster"  # topologies


class Watched(NamedTuple):
    """word: the kind of its observations. namespace: None for objects of none. essence: of module essences.

    topologies: where it is watched. optional: a cluster may not have such objects, or not show them.
    """

    word: str
    kind: str
    api_version: str
    namespace: str | None
    essence: Callable[[Mapping[str, Any], str], Mapping[str, Any] | None]
    topologies: tuple[str, ...] = (SINGLE, MANY)
    optional: bool = False

    @property
    def title(self) -> str:
        return f"{self.kind} of {self.namespace}" if self.namespace else self.kind


WATCHED = (
    Watched(NODE, "Node", "v1", None, essences.node),
    Watched(LEASE, "Lease", "coordination.k8s.io/v1", "kube-node-lease", essences.lease),
    Watched(POD, "Pod", "v1", OWN, essences.pod),
    Watched(CLUSTER, "Cluster", API_VERSION, OWN, essences.cluster, (MANY,)),
    Watched(SET, "StatefulSet", "apps/v1", OWN, essences.stateful_set, (SINGLE,)),
    Watched(SLICE, "EndpointSlice", "discovery.k8s.io/v1", OWN, essences.endpoints),
    Watched(CLAIM, "PersistentVolumeClaim", "v1", OWN, essences.claim),
    Watched(OPERATOR, "Pod", "v1", NAMESPACE, essences.plain_pod, (MANY,), optional=True),
    Watched(LEADER, "Lease", "coordination.k8s.io/v1", "kube-system", essences.leader, optional=True),
    Watched(LEADER, "Lease", "coordination.k8s.io/v1", NAMESPACE, essences.leader, (MANY,), optional=True),
    # The operator promotes under a Lease of the cluster's name.
    Watched(LEADER, "Lease", "coordination.k8s.io/v1", OWN, essences.leader, (MANY,), optional=True),
    Watched(ATTACHMENT, "VolumeAttachment", "storage.k8s.io/v1", None, essences.attachment, (SINGLE,), optional=True),
    Watched(TARGET, "JivaVolume", "openebs.io/v1", "openebs", essences.target, (SINGLE,), optional=True),
    Watched(EVENT, "Event", "v1", OWN, essences.event, optional=True),
)
