# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of undo: the table, and how each is done."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.failover import node_commands, taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.draining import uncordon
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import KUBELITE, PARTITION, POWER_ON, UNCORDON, UNTAINT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Undo, Way
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.moving import ready

NODE_SECONDS = 30.0  # of one script; systemd gives a service 90 s to stop, and starts it at once
KUBELITE_SECONDS = 120.0
POWER_SECONDS = 60.0
BACK_SECONDS = 600.0  # a Pi boots from a card, and Kubernetes after it


def _uncordon(entry: Undo, hands: Hands) -> None:
    uncordon(hands.api, entry.node, str(entry.facts["run"]))


def _clean(entry: Undo, hands: Hands, seconds: float) -> None:
    said = hands.on_node(node_commands.undo(), seconds, entry.node)
    if node_commands.CLEAN not in said.split():
        raise FailoverError(f"{entry.node} did not say that it is clean, but: {said.strip() or 'nothing'}")


def _partition(entry: Undo, hands: Hands) -> None:
    _clean(entry, hands, NODE_SECONDS)


def _kubelite(entry: Undo, hands: Hands) -> None:
    _clean(entry, hands, KUBELITE_SECONDS)


def _power_on(entry: Undo, hands: Hands) -> None:
    code, said = hands.on_power("on", POWER_SECONDS, entry.node)
    if code:
        raise FailoverError(f"the command that switches {entry.node} on ended with {code}: {said.strip()}")
    code, said = hands.on_power("is_off", POWER_SECONDS, entry.node)
    if code != 1:
        state = "says that it is still off" if code == 0 else f"ended with {code}: {said.strip()}"
        raise FailoverError(f"{entry.node} was switched on, but the command is_off {state}")


def _untaint(entry: Undo, hands: Hands) -> None:
    """Once the node is back, as Kubernetes asks: a taint that goes earlier lets two servers at one volume."""
    node = hands.api.get("Node", entry.node)
    if not taints.has(node, str(entry.facts["run"])):
        return
    if not ready(node):
        raise FailoverError(f"{entry.node} is not Ready yet: the taint may only go when the node is back")
    taints.remove(hands.api, entry.node, str(entry.facts["run"]))


KINDS = {
    UNCORDON: Way(
        "{node} is given back to the scheduler",
        "microk8s kubectl uncordon {node} && microk8s kubectl annotate node {node} pikube.stateful/cordoned-for-",
        _uncordon,
    ),
    PARTITION: Way(
        "{node} is no longer cut off",
        f"on {{node}}: sudo sh {node_commands.FOLDER}/undo, or sudo reboot",
        _partition,
    ),
    KUBELITE: Way(
        "kubelite runs again on {node}",
        f"on {{node}}: sudo systemctl start {node_commands.KUBELITE} && sudo sh {node_commands.FOLDER}/undo",
        _kubelite,
        seconds=150.0,
    ),
    POWER_ON: Way("{node} has power again", "switch {node} on", _power_on, seconds=120.0),
    UNTAINT: Way(
        "{node} has no taint node.kubernetes.io/out-of-service",
        "when {node} is Ready: microk8s kubectl taint nodes {node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute-"
        " && microk8s kubectl annotate node {node} pikube.stateful/out-of-service-for-",
        _untaint,
        seconds=BACK_SECONDS,
    ),
}
