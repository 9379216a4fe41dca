# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take nodes out: a node leaves by itself, or a control plane removes one. The truth comes from files, the datastore and the API."""

from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import members, state
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.leaving import LEAVE, REMOVE
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import NodeView
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import meaning, recognise

KEPT = "the certificates of the cluster it left and changed arguments stay on {node}; a clean node is one that is installed anew"
LOST = "microk8s leave put args/kubelet and args/kube-proxy of {node} back to the snap's defaults; run microk8s_args"
OUTPUT = 2000


def judged(found: tuple[members.Member, ...], one: members.Member, node: str, accept_even: bool, what: str) -> list[str]:
    """The warnings about the datastore without that member. Raises MicroK8sError if it must not go."""
    verdict = members.removal(found, one, accept_even=accept_even)
    if verdict.refused:
        raise MicroK8sError(
            f"{node} {what}: {verdict.reason}. Nothing was changed. {verdict.cure}.",
            outcome=verdict.id,
            members=[{"address": member.address, "role": member.role, "answers": member.alive} for member in found],
        )
    return [f"{node}: {verdict.warning}"] if verdict.warning else []


def leave(machine: Machine, accept_even: bool, seconds: int, check: bool) -> dict[str, Any]:
    """The result of module microk8s_leave."""
    facts = machine.facts()
    node = facts["hostname"]
    result = {"node": node, "role": facts["role"], "address": facts["datastore"]["address"], "warnings": [], "changed": False}
    if not facts["installed"] or not facts["clustered"]:
        return {**result, "outcome": "not_clustered"}
    facts = machine.working("did not leave")
    if facts["role"] == state.CONTROL_PLANE:
        found = machine.members()
        own = members.find(found, facts["datastore"]["address"] or "")
        if own is None:
            raise MicroK8sError(
                f"{node} did not leave: its datastore does not tell who its members are. See microk8s inspect", outcome="unknown"
            )
        if len(found) == 1:
            # It accepted joins once, and all others are gone: leaving would throw the cluster away.
            return {**result, "outcome": "alone"}
        result["warnings"] = judged(found, own, node, accept_even, "did not leave")
    if check:
        return {**result, "changed": True, "outcome": "check_mode"}
    ran = machine.command("leave", seconds=seconds)
    outcome = recognise(LEAVE, ran.rc, ran.text)
    after = machine.facts()
    if after["clustered"]:
        why = meaning(outcome, ran.rc, ran.text) or "the command ended well, and it is still clustered by its files"
        raise MicroK8sError(
            f"{node} did not leave: {why}. {outcome.cure or 'See microk8s inspect'}.",
            outcome=outcome.id,
            rc=ran.rc,
            output=ran.text[-OUTPUT:],
        )
    if not outcome.good:
        result["warnings"].append(f"{node} left, and the command complained: {meaning(outcome, ran.rc, ran.text)}")
    result["warnings"].append((LOST if facts["role"] == state.WORKER else KEPT).format(node=node))
    return {**result, "changed": True, "outcome": outcome.id, "output": ran.text[-OUTPUT:]}


def remove(
    machine: Machine, name: str | None, address: str | None, force: bool, accept_even: bool, seconds: int, check: bool
) -> dict[str, Any]:
    """The result of module microk8s_member with state absent."""
    facts = machine.control_plane("cannot remove a node")
    label = name or address or ""
    node = machine.node_object(name) if name else None
    addresses = [one for one in (address, NodeView.of(node).address if node else None) if one]
    address = addresses[0] if addresses else None
    found = machine.members()
    # The member of a Node goes with it, also where somebody knows the node by another address.
    member = next((one for one in (members.find(found, wanted) for wanted in addresses) if one), None)
    own = facts["datastore"]["address"]
    if name == facts["hostname"] or (member and member.address == own):
        raise MicroK8sError(
            f"{label} was not removed: it is the node that the module runs on. Run it on another control plane", outcome="self"
        )
    rows = [{"address": one.address, "role": one.role, "answers": one.alive} for one in found]
    result = {"name": name, "address": address, "warnings": [], "members": rows, "removed": {"node": False, "member": False}}
    if node is None and member is None:
        return {**result, "changed": False, "outcome": "absent"}
    if member:
        if not force and not check:
            raise MicroK8sError(
                f"{label} was not removed: it is a {member.role} of the datastore ({member.address}). Nothing was changed."
                " Let it leave first (microk8s_leave on it); if it is lost for good, or in no cluster by its own files, give force",
                outcome="registered",
                members=rows,
            )
        result["warnings"] = judged(found, member, label, accept_even, "was not removed")
        if member.alive:
            result["warnings"].append(f"{label} answers at {member.address} and was removed by force: it still takes itself for a member")
    planned = {"node": node is not None, "member": member is not None}
    if check:
        return {**result, "changed": True, "removed": planned, "outcome": "check_mode"}
    said = []
    if node is not None:
        said.append(machine.command("remove-node", name, *(["--force"] if member else []), seconds=seconds))
    if member and members.find(machine.members(probe=False), member.address):
        # The Node object was gone, or has another address by now. Status 1 "does not exist in Kubernetes" is usual here and means nothing.
        said.append(machine.command("remove-node", member.host, "--force", seconds=seconds))
    gone = {}

    def settled() -> bool:
        gone["node"] = name is None or machine.node_object(name) is None
        rest = machine.members(probe=False)
        gone["member"] = member is None or (bool(rest) and members.find(rest, member.address) is None)
        gone["rows"] = [{"address": one.address, "role": one.role} for one in rest]
        return gone["node"] and gone["member"]

    if not machine.wait(settled, members.SETTLE_SECONDS, 3.0):
        text = " ".join(meaning(recognise(REMOVE, ran.rc, ran.text), ran.rc, ran.text) for ran in said)
        left = [] if gone["node"] else [f"Node {name}"]
        left += [] if gone["member"] else [f"member {member.address if member else ''} of the datastore"]
        raise MicroK8sError(
            f"{label} was not removed: {' and '.join(left)} still there. {text}".strip(),
            outcome="still_there",
            members=gone["rows"],
            output="\n".join(ran.text for ran in said)[-OUTPUT:],
        )
    return {**result, "changed": True, "removed": planned, "members": gone["rows"], "outcome": "removed"}
