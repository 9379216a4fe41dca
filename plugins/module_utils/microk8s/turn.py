# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May the services of a control plane be interrupted now? Only while all others carry the cluster: what stops one may stop the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.nodes import NodeView

CONTROL_PLANE = "control_plane"


def addresses(views: Sequence[NodeView]) -> list[str]:
    """Of all control planes."""
    return [view.address for view in views if view.role == CONTROL_PLANE and view.address]


def hindrances(views: Sequence[NodeView], name: str, answering: Collection[str]) -> dict[str, str]:
    """By name the other control planes that do not work, and what is wrong with each.

    answering: addresses whose API servers answer on their own; none where the controller reaches them by another way only. The cluster
    calls a node Ready for another 40 s after its services have stopped, so these are the faster witness.
    Nothing hinders a worker, and a control plane that does not work itself: it has nothing to lose and much to be repaired.
    """
    own = next((view for view in views if view.name == name), None)
    if own is None or own.role != CONTROL_PLANE or not own.ready or (answering and own.address not in answering):
        return {}
    found = {}
    for view in views:
        if view.role != CONTROL_PLANE or view.name == name:
            continue
        if not view.ready:
            found[view.name] = f"{view.name} is not Ready ({view.reason})"
        elif answering and view.address not in answering:
            found[view.name] = f"the API server of {view.name} does not answer"
    return found


def refusal(name: str, what: str, found: dict[str, str]) -> MicroK8sError:
    """what: that was not done with the node, such as "was not restarted"."""
    return MicroK8sError(
        f"{name} {what}, and nothing on it was changed: {'; '.join(found.values())}. With one control plane less the cluster could stop."
        f" Bring {', '.join(found)} back first, or, if it is gone for good, take it out (playbooks/remove_node.yml); then run again.",
        outcome="not_its_turn",
        hindrances=found,
    )
