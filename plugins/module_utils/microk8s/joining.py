# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Join a node: clear away what an earlier join left, join, tell what happened from the node's files."""

from __future__ import annotations

from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import join, paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.join import CONTROL_PLANE, WORKER, Traces
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import recognise
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.tokens import JoinUrl, redact

LAUNCH_SECONDS = 180  # for what the launch configuration still does after the install
OUTPUT = 2000  # characters of the command's output in a result


def already(facts: dict[str, Any], role: str, cluster_ca: str | None) -> bool:
    """Whether the node is a member of this cluster. Raises MicroK8sError if it is one of another, or in another role."""
    node = facts["hostname"]
    if not facts["clustered"]:
        return False
    others = [row["address"] for row in facts["datastore"]["members"] or [] if row["address"] != facts["datastore"]["address"]]
    at = ", ".join(facts["api_servers"] or others) or "itself alone"
    if not cluster_ca:
        raise MicroK8sError(
            f"{node} was not joined: it is a member of a cluster already (of {at}), and cluster_ca is not given to tell which one",
            members=others,
        )
    if facts["cluster_ca_sha256"] != cluster_ca:
        raise MicroK8sError(
            f"{node} was not joined: it is a member of another cluster, that of {at}. Nothing was changed on {node}."
            " If it shall leave that one, run microk8s_leave on it first",
            outcome="other_cluster",
            members=facts["api_servers"] or others,
        )
    if facts["role"] != role:
        raise MicroK8sError(
            f"{node} was not joined as {role.replace('_', ' ')}: it is a {facts['role'].replace('_', ' ')} of this cluster."
            " Take it out (drain, microk8s_leave, microk8s_member) and join it again",
            outcome="other_role",
        )
    return True


def traces(machine: Machine) -> Traces:
    return Traces.of(machine.facts(), machine.files.exists(f"{paths.BACKEND}/init.yaml"))


def run(machine: Machine, url: str, role: str, cluster_ca: str | None, seconds: int, check: bool) -> dict[str, Any]:
    """The result of the module. Raises MicroK8sError with `outcome`, `retryable` and `half_joined`."""
    parsed = JoinUrl.parse(url)
    facts = machine.working("was not joined")
    node, done = facts["hostname"], []
    if machine.joining():
        if not machine.wait(lambda: not machine.joining(), seconds):
            raise MicroK8sError(f"{node} was not joined: another microk8s join has been running on it for {seconds} s", outcome="running")
        done.append("waited for a join that was running")
        facts = machine.facts()
    if facts["join_in_progress"]:
        if not check:
            machine.unlock(paths.LOCK_JOINING)
        done.append("removed what a failed join left (join-in-progress)")
    result = {"role": role, "node": node, "outcome": "member", "retryable": None, "actions": done}
    if already(facts, role, cluster_ca):
        return {**result, "changed": facts["join_in_progress"], "joined": False}
    if facts["low_memory_guard"] and role == CONTROL_PLANE:
        raise MicroK8sError(f"{node} was not joined: it has too little memory for a control plane. Make it a worker", outcome="low_memory")
    if parsed.address in facts["default_addresses"]:
        raise MicroK8sError(
            f"{node} was not joined: {parsed.address} is its own address. Nothing was changed, and the token can still be used",
            outcome="same_address",
        )
    if check:
        return {**result, "changed": True, "joined": True, "outcome": "check_mode"}
    if not machine.wait(lambda: not pending(machine), LAUNCH_SECONDS):
        raise MicroK8sError(
            f"{node} was not joined: its launch configuration ({', '.join(pending(machine))}) has not been carried out"
            f" for {LAUNCH_SECONDS} s. See journalctl -u snap.microk8s.daemon-cluster-agent there",
            outcome="launch",
        )
    before = traces(machine)
    ran = machine.command("join", str(parsed), *(["--worker"] if role == WORKER else []), seconds=seconds)
    text = redact(ran.text, str(parsed), parsed.token)
    outcome = recognise(join.JOIN, ran.rc, text)
    after = traces(machine)
    if not outcome.good:
        machine.unlock(paths.LOCK_JOINING)
        outcome, sentence = join.failure(node, ran.rc, text, before, after)
        raise MicroK8sError(
            sentence,
            outcome=outcome.id,
            retryable=outcome.retry,
            half_joined=before != after,
            rc=ran.rc,
            output=text[-OUTPUT:],
            address=parsed.address,
        )
    if not (after.clustered and after.role == role and cluster_ca in (None, after.ca)):
        raise MicroK8sError(
            f"{node} was not joined: the command ended well, and by its files the node is {join.state_words(after)}."
            " Take it out (microk8s_leave) and run again",
            outcome="nothing_done",
            retryable=join.NEW_TOKEN,
            half_joined=before != after,
            output=text[-OUTPUT:],
        )
    machine.unlock(paths.LOCK_JOINING)
    return {**result, "changed": True, "joined": True, "outcome": outcome.id, "output": text[-OUTPUT:]}


def pending(machine: Machine) -> list[str]:
    return [name for name in machine.files.names(paths.LAUNCHER) if name.endswith(".yaml")]
