# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a node out: what `microk8s leave` and `microk8s remove-node` can end with. The second call of either fails.

Source: scripts/wrappers/leave.py and remove_node.py of canonical/microk8s, the same in 1.30 to 1.36.
"""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import Outcome

# leave, on the node that goes
LEAVE = (
    Outcome("not_clustered", (1,), r"not acting as a node in a cluster", "it is in no cluster", good=True),
    Outcome("not_clustered", (2,), r"Not in clustering mode", "it is in no cluster", good=True),
    Outcome(
        "only_copy",
        (3,),
        r"holds the only copy",
        "it is the only voter of the datastore: the others hold no copy",
        "Join control planes until there are three, or take out the others and keep this one",
    ),
    Outcome(
        "members_unreachable",
        (2,),
        r"Contacting node",
        "no other member of the datastore could be reached to say goodbye",
        "Check the network (tcp 19001), or remove it from a control plane (microk8s_member with force)",
        touched=True,
    ),
    Outcome("left", (0,), None, "", good=True, touched=True),
)

# remove-node, on a control plane that stays
REMOVE = (
    Outcome(
        "registered",
        (1,),
        r"is registered with dqlite",
        "it is still a member of the datastore",
        "Let it leave first (microk8s_leave on it); if it is lost for good, or in no cluster by its own files, give force",
    ),
    Outcome("no_node", (1,), r"does not exist in Kubernetes", "there is no Node object of that name", good=True, touched=True),
    Outcome(
        "usage", (1,), r"Please provide|Usage:|No such option|unknown option", "remove-node did not understand its arguments", "Report this"
    ),
    Outcome("removed", (0,), r"^\s*$", "", good=True, touched=True),
)
