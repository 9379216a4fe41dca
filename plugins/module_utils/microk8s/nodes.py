# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node objects as values, and what is missing until a node is as it has to be. MicroK8s sets no node-role labels, but its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.members import VOTERS, host_of

JOURNAL = "journalctl -u snap.microk8s.daemon-kubelite"
LABELS = {
    "control_plane": "node.kubernetes.io/microk8s-controlplane",
    "worker": "node.kubernetes.io/microk8s-worker",
}


@dataclass(frozen=True)
class NodeView:
    """since, seen: when the Ready condition last changed, and the kubelet last wrote (RFC 3339). reason: of a node that is not Ready."""

    name: str
    ready: bool
    reason: str
    role: str | None
    address: str | None
    version: str | None
    since: str | None
    seen: str | None
    schedulable: bool
    uid: str | None

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> NodeView:
        metadata, status = node.get("metadata", {}), node.get("status", {})
        labels = metadata.get("labels") or {}
        ready = next((row for row in status.get("conditions") or [] if row.get("type") == "Ready"), {})
        is_ready = ready.get("status") == "True"
        addresses = {row.get("type"): row.get("address") for row in reversed(status.get("addresses") or [])}
        return cls(
            name=metadata.get("name", ""),
            ready=is_ready,
            reason="" if is_ready else condition_text(ready),
            role=next((role for role in ("worker", "control_plane") if LABELS[role] in labels), None),
            address=addresses.get("InternalIP"),
            version=(status.get("nodeInfo") or {}).get("kubeletVersion"),
            since=ready.get("lastTransitionTime"),
            seen=ready.get("lastHeartbeatTime"),
            schedulable=not node.get("spec", {}).get("unschedulable"),
            uid=metadata.get("uid"),
        )

    def facts(self) -> dict[str, Any]:
        return asdict(self)


def condition_text(ready: Mapping[str, Any]) -> str:
    """What a node's own condition says: the kubelet's words, or that nothing was heard of it."""
    if not ready:
        return "its kubelet has not reported yet"
    message = " ".join(str(ready.get("message") or "").split()).rstrip(".")
    reason = ready.get("reason") or "not Ready"
    return f"{reason}: {message}" if message else reason


@dataclass(frozen=True)
class Lack:
    """One thing that is not as it has to be. final: waiting does not help. cure: what does."""

    id: str
    text: str
    cure: str = ""
    final: bool = False


def lacks(view: NodeView | None, name: str, role: str | None = None, address: str | None = None, version: str | None = None) -> list[Lack]:
    """Everything that is missing until the node `name` is Ready with that role, InternalIP and version ("1.34" or "v1.34.4")."""
    if view is None:
        return [Lack("no_node", f"the cluster has no Node {name}", f"See the kubelet on {name}: {JOURNAL}")]
    found = []
    if not view.ready:
        since = f", since {view.since}" if view.since else ""
        found.append(Lack("not_ready", f"not Ready ({view.reason}{since})", f"See the kubelet on {name}: {JOURNAL}"))
    if address and view.address != address:
        found.append(
            Lack(
                "address",
                f"its InternalIP is {view.address or 'not there yet'} and not {address}",
                f"If its address was changed, take it out (microk8s_leave on {name}, microk8s_member on a control plane) and join it again;"
                f" if it has several, let the kubelet take {address} (--node-ip)",
                final=view.address is not None,
            )
        )
    if role and view.role != role:
        found.append(
            Lack(
                "role",
                f"it carries the labels of {words(view.role)} and not of {words(role)}",
                f"The Node object is of an earlier life: remove it (microk8s_member) and join {name} again",
                final=view.role is not None,
            )
        )
    if version and not same_version(view.version, version):
        found.append(
            Lack("version", f"its kubelet is {view.version or 'of unknown version'} and not {version}", f"Refresh the snap on {name}")
        )
    return found


def not_heard(name: str) -> Lack:
    """Of a node that is Ready only by what its kubelet said before the wait began."""
    return Lack("not_heard", "the cluster has not heard of its kubelet since the wait began", f"See the kubelet on {name}: {JOURNAL}")


def words(role: str | None) -> str:
    return f"a {role.replace('_', ' ')}" if role else "no role"


def same_version(have: str | None, wanted: str) -> bool:
    """v1.34.4 is 1.34, v1.34 and v1.34.4, but not 1.34.5 or 1.3."""
    has, wants = ((text or "").lstrip("v").partition("+")[0].split(".") for text in (have, wanted))
    return has[: len(wants)] == wants


def high_availability(members: Sequence[Mapping[str, Any]] | None, views: Sequence[NodeView]) -> dict[str, Any] | None:
    """The members of the datastore by role, of the voters those whose nodes are not Ready, and formed: the datastore survives the loss of
    any one of them. None if they are not known. A member that is off keeps its role where nobody can take it over. Before the first join
    the only one is at 127.0.0.1.
    """
    if members is None:
        return None
    roles = {role: [row["address"] for row in members if row.get("role") == role] for role in ("voter", "standby", "spare")}
    ready = ["127.0.0.1", *(view.address for view in views if view.ready)]
    lost = [address for address in roles["voter"] if host_of(address) not in ready]
    return {
        "voters": roles["voter"],
        "voters_lost": lost,
        "standbys": roles["standby"],
        "spares": roles["spare"],
        "formed": len(roles["voter"]) - len(lost) >= VOTERS,
    }


def few_voters(members: Sequence[Mapping[str, Any]] | None, wanted: int) -> dict[str, list[Lack]]:
    """What is missing of the datastore until `wanted` members vote, under its name; empty if nothing is."""
    voters = [row for row in members or () if row.get("role") == "voter"]
    if len(voters) >= wanted:
        return {}
    cure = (
        "A member becomes a voter within 30 s after it has joined; see microk8s status on a control plane"
        if len(members or ()) >= wanted
        else ""
    )
    return {"datastore": [Lack("voters", f"{len(voters)} of {wanted} voters", cure)]}
