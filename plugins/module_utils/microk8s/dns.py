# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS of the cluster that survives the loss of a node: servers of CoreDNS on several nodes.

MicroK8s runs one. Where its node is lost, no name is resolved until Kubernetes moves it, after the grace of the node monitor and the 300 s
for which pods tolerate a lost node; standbys of PostgreSQL, which look for their new primary by name, find none for as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.evidence import Workload, condition

SERVERS = Workload("Deployment", "kube-system", "coredns")
HOST = "kubernetes.io/hostname"


def places(nodes: Iterable[Mapping[str, Any]]) -> int:
    """On how many nodes pods can come to be now."""
    return sum(condition(node, "Ready").get("status") == "True" and not node["spec"].get("unschedulable") for node in nodes)


def due(found: Mapping[str, Any], pods: int) -> dict[str, Any] | None:
    """A merge patch for the Deployment, None if it has so many pods or more, and keeps them on different nodes. None is ever taken away."""
    spec = found["spec"]
    have = spec.get("replicas", 1)
    if max(have, pods) < 2:
        return None
    rows = spec["template"]["spec"].get("topologySpreadConstraints") or []
    apart = any(row["topologyKey"] == HOST and row["whenUnsatisfiable"] == "DoNotSchedule" and row["maxSkew"] == 1 for row in rows)
    if have >= pods and apart:
        return None
    own = {
        "maxSkew": 1,
        "topologyKey": HOST,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": dict(spec["selector"]["matchLabels"])},
    }
    spread = rows if apart else [*(row for row in rows if row["topologyKey"] != HOST), own]
    return {"spec": {"replicas": max(have, pods), "template": {"spec": {"topologySpreadConstraints": spread}}}}


def shape(found: Mapping[str, Any], patch: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What due() looks at, as it is or as a patch makes it."""
    spec = (patch or found)["spec"]
    rows = spec["template"]["spec"].get("topologySpreadConstraints") or []
    return {"replicas": spec.get("replicas", 1), "topologySpreadConstraints": list(rows)}
