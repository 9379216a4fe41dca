#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_drain
short_description: Take the pods from a node, or give it back
version_added: 0.2.0
description:
  - Cordons, drains or uncordons a node. A drain asks for each pod to go (eviction), so PodDisruptionBudgets are kept. A pod that one
    forbids to go is asked again until O(timeout).
  - Says every 10 seconds which pods are still there, and which PodDisruptionBudget is in the way.
  - Pods of DaemonSets stay, and so do those of the kubelet's own files.
  - Looks for what speaks against a drain before anything is done. A drain that does not end leaves the node cordoned.
  - Works on the controller alone.
author:
  - The pikube maintainers (@pikube)
options:
  kubeconfig:
    required: true
  name:
    description: Name of the Node object.
    type: str
    required: true
  state:
    description: What the node is to be. V(drained) includes V(cordoned).
    type: str
    choices: [cordoned, drained, uncordoned]
    default: drained
  force:
    description: Whether pods may go that no controller makes again.
    type: bool
    default: false
  delete_emptydir_data:
    description: Whether pods with an C(emptyDir) may go, whose content is lost then. Most pods that have one can do without.
    type: bool
    default: true
  grace_seconds:
    description: Seconds that a pod has to stop, instead of its own.
    type: int
  reason:
    description:
      - A word that is kept at the node while it is cordoned (annotation C(pikube.stateful/cordoned-for)).
      - With V(uncordoned) only a node that was cordoned for this reason is given back. What somebody else cordoned stays so.
    type: str
  timeout:
    description: Seconds until all pods have to be gone.
    type: int
    default: 600
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
"""

EXAMPLES = r"""
- name: Take the pods from pi03
  pikube.stateful.node_drain:
    name: pi03
    kubeconfig: "{{ cluster.kubeconfig }}"

- name: Give pi03 back
  pikube.stateful.node_drain:
    name: pi03
    state: uncordoned
    kubeconfig: "{{ cluster.kubeconfig }}"
"""

RETURN = r"""
name:
  description: Name of the node.
  returned: success
  type: str
  sample: pi03
cordoned:
  description: Whether it takes no new pods.
  returned: success
  type: bool
  sample: true
evicted:
  description: The pods that went, in check mode those that would.
  returned: success
  type: list
  elements: str
  sample: [default/web-0]
pods:
  description: The pods that are still there.
  returned: on failure
  type: list
  elements: str
  sample: [database/main-1]
budgets:
  description: The PodDisruptionBudgets that are in the way, by pod.
  returned: on failure
  type: dict
  sample: {database/main-1: [database/main-primary]}
"""
