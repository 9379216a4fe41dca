# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server alone whose pod does not work: what it takes to have it elsewhere, judged over objects as the API gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import single_guard
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import MANAGED_BY
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import SINGLE

# stays: it works. waits: Kubernetes is at it. mend: its volume is read-only on a node that works. prove: its node does not answer.
STAYS, WAITS, MEND, PROVE = "stays", "waits", "mend", "prove"
KEPT_UIDS = 20
READ_ONLY = "Read-only file system"


class Step(NamedTuple):
    """pod, uid, node: of the server, "" where there is none. why: half a sentence."""

    step: str
    why: str
    pod: str = ""
    uid: str = ""
    node: str = ""


def ready(item: Mapping[str, Any] | None) -> bool:
    """Of a Node or a Pod, by its condition."""
    conditions = ((item or {}).get("status") or {}).get("conditions") or []
    return any(row.get("type") == "Ready" and row.get("status") == "True" for row in conditions)


def pod_of(name: str, pods: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """pods: of its namespace."""
    return next((pod for pod in pods if (pod["metadata"].get("labels") or {}).get(SINGLE) == name), None)


def judge(name: str, pods: Sequence[Mapping[str, Any]], nodes: Sequence[Mapping[str, Any]], guard: str = "", off: str = "") -> Step:
    """What is to be done. guard: what the guard of the pod says of its volume, "" for nothing. off: a node that somebody says is off."""
    pod = pod_of(name, pods)
    if pod is None:
        return Step(WAITS, "its pod is to be made")
    metadata, node_name = pod["metadata"], (pod.get("spec") or {}).get("nodeName") or ""
    of = {"pod": metadata["name"], "uid": metadata.get("uid") or "", "node": node_name}
    if not node_name:
        return Step(WAITS, "no node takes its pod yet", **of)
    node = next((item for item in nodes if item["metadata"]["name"] == node_name), None)
    if node is None:
        return Step(WAITS, f"{node_name} is no node of the cluster any more, and Kubernetes takes its pod away", **of)
    if node_name == off and ready(node):
        return Step(PROVE, f"{node_name} is said to be off, and the cluster has not noticed yet", **of)
    if not ready(node):
        return Step(PROVE, f"{node_name} is not Ready, and what its pod does there is not known", **of)
    if metadata.get("deletionTimestamp"):
        return Step(WAITS, f"its pod is being deleted on {node_name}", **of)
    if READ_ONLY in guard:
        return Step(MEND, f"its volume is read-only on {node_name}, and stays so until its pod is gone", **of)
    if ready(pod):
        return Step(STAYS, f"it works on {node_name}", **of)
    return Step(WAITS, f"its pod is on {node_name} and not Ready", **of)


def check_volume(rows: Sequence[Mapping[str, Any]], node: str) -> None:
    """Raises PostgresError where no other node could use the volume. rows: of volume_info, of the claims of the server.

    What is not known is no reason: where the engine's operator is on the lost node nothing is known until that is given up.
    """
    for row in rows:
        answer = row["survives"].get(node) or {}
        if row["known"] and not answer.get("survives"):
            raise PostgresError(
                f"{row['namespace']}/{row['name']} cannot be used without {node}: {answer.get('because') or 'it has no other copy'}."
                f" Nothing was done. Bring {node} or the nodes of the other copies back"
            )


def unproven(node: str, pod: str) -> str:
    return (
        f"{pod} is on {node}, which does not answer, and may still write. Nothing was done. Only where {node} surely has no power may the"
        " server start elsewhere: give the command that tells (move_power_is_off), or switch it off, look at it, and say so:"
        f" move_seen_off: {node}"
    )


def remember(cluster: Any, namespace: str, name: str, uid: str) -> None:
    """That a pod of a server is surely gone: the next one need not watch the volume for it. cluster: a Cluster."""
    there = cluster.get("ConfigMap", single_guard.gone_name(name), namespace) or {}
    uids = remembered((there.get("data") or {}).get("uids") or "", uid)
    cluster.apply(single_guard.gone(name, namespace, MANAGED_BY, uids))


def remembered(uids: str, uid: str) -> str:
    """The list with one more, the newest last; those that nobody can ask for any more go."""
    known = [line for line in uids.splitlines() if line and line != uid]
    return "".join(f"{line}\n" for line in [*known, uid][-KEPT_UIDS:])
