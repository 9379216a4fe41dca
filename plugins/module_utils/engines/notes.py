# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an engine was chosen, and what to know about the choice: two tables."""

from __future__ import annotations

from typing import Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.engines.capacity import losses_survived, room
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import PATH
from ansible_collections.pikube.stateful.plugins.module_utils.engines.conditions import Case, little_room
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import Node

Nodes = tuple[Node, ...]


class Note(NamedTuple):
    """One sentence about a choice. when: over the case, the nodes that fit and all nodes. text: a template over the case c and {nodes}."""

    id: str
    when: Callable[[Case, Nodes, Nodes], bool]
    text: str
    of: Callable[[Case, Node], bool] = lambda case, node: True


def _unknown_modules(case: Case, node: Node) -> bool:
    return any(node.modules.get(name) is None for name in case.engine.modules)


def _on_card(case: Case, node: Node) -> bool:
    return case.engine.lies_on == PATH and node.medium == "sd"


def _no_room_known(case: Case, node: Node) -> bool:
    return room(case.engine, node) is None


def _too_full(case: Case, node: Node) -> bool:
    return case.installed and little_room(case, node)


REASONS = (
    Note(
        "R01",
        lambda case, fit, nodes: not case.engine.replicated and case.workload.replicates_itself,
        "the application keeps {c.workload.application_replicas} copies itself, so that one copy on each node, at the speed"
        " of its own medium, is enough",
    ),
    Note(
        "R02",
        lambda case, fit, nodes: case.engine.replicated and case.workload.survive_node_loss,
        "{c.engine.label} keeps {c.copies} copies of each volume on {c.copies} nodes, and the volume can be mounted on another node"
        " after a loss",
    ),
    Note(
        "R03",
        lambda case, fit, nodes: not case.engine.replicated and not case.workload.survive_node_loss,
        "nothing has to survive the loss of a node, so that no copies are needed",
    ),
    Note(
        "R04",
        lambda case, fit, nodes: any(getattr(case.workload, ability) for ability in ("snapshots", "clones", "expansion")),
        "snapshots, clones or expansion are wanted, and {c.engine.label} has what is wanted",
    ),
    Note("R05", lambda case, fit, nodes: True, "{c.fit} of {c.all} nodes will do: {nodes}"),
    Note(
        "R06",
        lambda case, fit, nodes: any(_unknown_modules(case, node) for node in fit),
        "it is not known whether the kernel has every module that {c.engine.label} needs on {nodes}; it was not held against them",
        _unknown_modules,
    ),
    Note(
        "R07",
        lambda case, fit, nodes: any(_no_room_known(case, node) for node in fit),
        "it is not known how much room there is on {nodes}; it was not held against them",
        _no_room_known,
    ),
    Note(
        "R08",
        lambda case, fit, nodes: case.installed,
        "{c.engine.label} is installed already, and stays while it does what is wanted",
    ),
)

WARNINGS = (
    Note(
        "W01",
        lambda case, fit, nodes: any(_on_card(case, node) for node in fit),
        "volumes will lie on an SD card on {nodes}: slow to sync, and worn out by a database. Use an SSD where the data matters",
        _on_card,
    ),
    Note(
        "W02",
        lambda case, fit, nodes: case.engine.replicated and len(fit) == case.copies,
        "there are as many nodes as copies: after a node is lost for good no place is left for a new copy. Add one more node",
    ),
    Note(
        "W03",
        lambda case, fit, nodes: not case.engine.enforces_size,
        "{c.engine.label} does not hold a volume to its size: watch the free space of the nodes",
    ),
    Note(
        "W04",
        lambda case, fit, nodes: (
            not case.engine.replicated and case.workload.replicates_itself and len(fit) < case.workload.application_replicas
        ),
        "{c.workload.application_replicas} instances are wanted and {c.fit} nodes will do: some nodes would hold two instances",
    ),
    Note(
        "W05",
        lambda case, fit, nodes: case.engine.replicated and len(fit) < len(nodes),
        "the application must run on nodes that will do ({nodes}): the others cannot mount its volumes",
    ),
    Note(
        "W06",
        lambda case, fit, nodes: case.engine.status == "archived",
        "{c.engine.label} is archived: plan to leave it",
    ),
    Note(
        "W07",
        lambda case, fit, nodes: bool(case.release and case.release.warning),
        "chart {c.release.version}: {c.release.warning}",
    ),
    Note(
        "W08",
        lambda case, fit, nodes: not case.engine.replicated and not case.workload.survive_node_loss and not case.workload.replicates_itself,
        "the data is gone with its node: make backups that lie elsewhere",
    ),
    Note(
        "W09",
        lambda case, fit, nodes: any(_too_full(case, node) for node in fit),
        "one more volume of {c.size_later} would not fit in the room that is left on {nodes}",
        _too_full,
    ),
)


def data_survives(case: Case, fit: int) -> str:
    """The promise in words."""
    losses = losses_survived(case.engine, case.copies, case.workload.application_replicas, fit)
    if case.engine.replicated:
        kept = f"{case.engine.label} keeps {case.copies} copies on different nodes"
        return f"{kept}; reading and writing go on after the loss of {losses} of them" if losses else f"{kept}, and needs all of them"
    if losses:
        kept = f"a volume is lost with its node, but the application has {losses + 1} copies"
        return f"{kept}, and survives the loss of {losses} if they are in step"
    return "a volume is lost with its node, and there is no other copy"
