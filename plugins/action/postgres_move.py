# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import of_namespace, rows, server_of
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import moving
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import read
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.errors import VolumesError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import claims_used
from ansible_collections.pikube.stateful.plugins.plugin_utils.failover import run_power
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres import PostgresAction, said_by_guard
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS

ARGUMENTS = {
    **ACCESS,
    "namespace": {"type": "str", "default": "database"},
    "name": {"type": "str", "default": "main"},
    "power_is_off": {"type": "str", "default": "", "no_log": True},
    "seen_off": {"type": "str", "default": ""},
    "notice_seconds": {"type": "int", "default": 120},
    "timeout": {"type": "int", "default": 300},
}
GIVEN_BACK, MOVED, MENDED = "given back", "moved", "mended"
POWER_SECONDS = 60.0
MEND_GRACE = 10
PAUSE = 1.0


class ActionModule(PostgresAction):
    ARGUMENTS = ARGUMENTS
    ERRORS = (PostgresError, FailoverError, VolumesError)

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        topology, _server = server_of(cluster, wanted["namespace"], wanted["name"])
        if topology != SINGLE:
            raise PostgresError(
                f"{wanted['namespace']}/{wanted['name']} has standbys, and its operator promotes one by itself. This is for"
                " postgres_topology single"
            )
        nodes = cluster.list("Node")
        back = self.given_back(cluster, wanted, nodes)
        step = self.look(cluster, wanted)
        result: dict[str, Any] = {
            "changed": bool(back),
            "given_back": back,
            "outcome": GIVEN_BACK if back else step.step,
            "node": step.node,
        }
        if step.step == moving.MEND:
            return {**result, **self.mended(cluster, wanted, step)}
        if step.step == moving.PROVE:
            return {**result, **self.moved(cluster, wanted, step)}
        return {**result, "text": f"{wanted['namespace']}/{wanted['name']}: {step.why}"}

    def look(self, cluster: Cluster, wanted: Mapping[str, Any]) -> moving.Step:
        pods = cluster.list("Pod", wanted["namespace"])
        nodes = cluster.list("Node")
        step = moving.judge(wanted["name"], pods, nodes, off=wanted["seen_off"])
        if step.step not in (moving.WAITS, moving.STAYS) or not step.node:
            return step
        return moving.judge(wanted["name"], pods, nodes, said_by_guard(cluster, wanted["namespace"], step.pod))

    # A node that is back

    def given_back(self, cluster: Cluster, wanted: Mapping[str, Any], nodes: list[dict[str, Any]]) -> list[str]:
        """Nodes that are Ready again and that this server was moved away from: pods may come to them."""
        run = run_of(wanted)
        back = [item["metadata"]["name"] for item in nodes if taints.has(item, run) and moving.ready(item)]
        for name in back if not self._task.check_mode else ():
            taints.remove(cluster, name, run)
        return back

    # A volume that went read-only

    def mended(self, cluster: Cluster, wanted: Mapping[str, Any], step: moving.Step) -> dict[str, Any]:
        if not self._task.check_mode:
            cluster.delete("Pod", step.pod, wanted["namespace"], uid=step.uid, grace_seconds=MEND_GRACE)
            step = self.until_it_works(cluster, wanted, step)
        return {"changed": True, "outcome": MENDED, "node": step.node, "text": f"{step.pod} was made anew on {step.node}: {step.why}"}

    # A node that does not answer

    def moved(self, cluster: Cluster, wanted: Mapping[str, Any], step: moving.Step) -> dict[str, Any]:
        moving.check_volume(self.rows(cluster, wanted, step.pod), step.node)
        proof = self.proof(wanted, step)
        if self._task.check_mode:
            return {"changed": True, "outcome": MOVED, "text": f"{step.pod} would be moved away from {step.node} ({proof})", "proof": proof}
        self.until_noticed(cluster, step.node, wanted["notice_seconds"])
        # Before the new pod is made, which then need not watch whether the old one still writes.
        moving.remember(cluster, wanted["namespace"], wanted["name"], step.uid)
        taints.add(cluster, step.node, run_of(wanted))
        now = self.until_it_works(cluster, wanted, step)
        text = f"{now.pod} works on {now.node}; {step.node} ({proof}) has the taint {taints.KEY} until it is back and this is run again"
        return {"changed": True, "outcome": MOVED, "node": now.node, "text": text, "proof": proof}

    def proof(self, wanted: Mapping[str, Any], step: moving.Step) -> str:
        """In words. Raises PostgresError without one: that a node does not answer is none."""
        if wanted["power_is_off"]:
            command = shlex.split(wanted["power_is_off"].replace("{node}", step.node))
            code, _said = run_power(command, POWER_SECONDS)
            if code == 0:
                return "the command says that it has no power"
            told = "says that it has power" if code == 1 else f"ended with {code}, which says nothing"
            raise PostgresError(f"move_power_is_off: the command {told}. {moving.unproven(step.node, step.pod)}")
        if wanted["seen_off"] == step.node:
            return "somebody saw that it has no power"
        raise PostgresError(moving.unproven(step.node, step.pod))

    def rows(self, cluster: Cluster, wanted: Mapping[str, Any], pod_name: str) -> list[dict[str, Any]]:
        snapshot = read.snapshot(cluster)
        namespace = wanted["namespace"]
        pods = [item for item in of_namespace(snapshot, "Pod", namespace) if item["metadata"]["name"] == pod_name]
        used = {name for item in pods for name in claims_used(item)}
        claims = [item for item in of_namespace(snapshot, "PersistentVolumeClaim", namespace) if item["metadata"]["name"] in used]
        return rows(snapshot, claims, None)

    # Waiting

    def until_noticed(self, cluster: Cluster, node: str, seconds: int) -> None:
        self.waited(
            f"{node} to be found not Ready",
            seconds,
            lambda: not moving.ready(cluster.get("Node", node)),
            f"{node} is off, and the cluster still calls it Ready (canonical/microk8s 5386): restart kubelite on the control plane that"
            " holds the Lease of kube-controller-manager, and run again",
        )

    def until_it_works(self, cluster: Cluster, wanted: Mapping[str, Any], before: moving.Step) -> moving.Step:
        seen: list[moving.Step] = []

        def works() -> bool:
            step = self.look(cluster, wanted)
            seen.append(step)
            return step.step == moving.STAYS and step.uid != before.uid

        self.waited(
            f"a new pod of {wanted['namespace']}/{wanted['name']}",
            wanted["timeout"],
            works,
            f'See "kubectl --namespace={wanted["namespace"]} describe pod {before.pod}" and playbooks/audit_storage.yml',
            lambda: seen[-1].why if seen else "",
        )
        return seen[-1]

    def waited(self, what: str, seconds: float, over: Callable[[], bool], cure: str, why: Callable[[], str] = lambda: "") -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                if over():
                    return
            except ClusterError as error:
                if not error.passing:
                    raise
            text = f"{what}{f' ({why()})' if why() else ''}"
            if time.monotonic() >= end:
                raise PostgresError(f"waited {seconds:.0f} s for {text}. {cure}")
            self.says(f"waits for {text}")
            time.sleep(PAUSE)


def run_of(wanted: Mapping[str, Any]) -> str:
    """Whose the taint is."""
    return f"move-{wanted['namespace']}-{wanted['name']}"
