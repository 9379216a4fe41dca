#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_move
short_description: Have a server alone go on where its node is lost, or its volume read-only
version_added: 0.3.0
description:
  - For a server alone (topology V(single) of role P(pikube.stateful.postgres#role)) on a volume that other nodes can use, as those of
    Jiva.
  - Kubernetes never moves the pod of a StatefulSet from a node that does not answer, since it may still write there. This does, by the
    taint C(node.kubernetes.io/out-of-service), and only where the node is proven off. That it does not answer is no proof.
  - A pod whose volume went read-only on a node that works is deleted, so that the volume is mounted anew. The guard of the pod does that
    by itself; this does it where the guard could not.
  - When the node is Ready again the next run takes the taint away. Nothing is done to a server that works.
  - Works on the controller alone.
author:
  - The pikube maintainers (@pikube)
options:
  kubeconfig:
    required: true
  namespace:
    description: Namespace of the server.
    type: str
    default: database
  name:
    description: Its name, as in role P(pikube.stateful.postgres#role).
    type: str
    default: main
  power_is_off:
    description:
      - Command line that tells whether a node has power, in which C({node}) stands for its name. It runs on the controller, without a
        shell. It ends with 0 if the node has no power, with 1 if it has, and with anything else if that is not known.
      - It is not logged.
    type: str
    default: ""
  seen_off:
    description:
      - The name of the node, where there is no such command and somebody saw that it has no power. It counts for this node only.
    type: str
    default: ""
  notice_seconds:
    description: Seconds in which the cluster has to notice that the node is gone. Before that no other node may mount the volume.
    type: int
    default: 120
  timeout:
    description: Seconds in which the server has to work again.
    type: int
    default: 300
attributes:
  check_mode:
    details:
      - The command of O(power_is_off) runs in check mode, too.
    support: full
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.failover_verify
  - module: pikube.stateful.volume_info
"""

EXAMPLES = r"""
- name: Let the server go on elsewhere if its node has no power
  pikube.stateful.postgres_move:
    kubeconfig: "{{ cluster.kubeconfig }}"
    power_is_off: plug is-off {node}
  delegate_to: localhost

- name: The same where somebody pulled the plug of pi02
  pikube.stateful.postgres_move:
    kubeconfig: "{{ cluster.kubeconfig }}"
    seen_off: pi02
  delegate_to: localhost
"""

RETURN = r"""
outcome:
  description:
    - V(stays) where the server works, V(waits) where Kubernetes is at it, V(moved), V(mended), or V(given back) where only the taint of a
      node went that is back.
  returned: success
  type: str
  sample: moved
node:
  description: The node of the server, empty while it has none.
  returned: success
  type: str
  sample: pi03
given_back:
  description: Nodes that are back, and whose taint went.
  returned: success
  type: list
  elements: str
  sample: []
proof:
  description: What says that the node is off.
  returned: when the server was moved
  type: str
  sample: the command says that it has no power
text:
  description: What was found and done, a sentence for people.
  returned: success
  type: str
  sample: main-0 works on pi03; pi02 (the command says that it has no power) has the taint node.kubernetes.io/out-of-service until it is
    back and this is run again
"""
