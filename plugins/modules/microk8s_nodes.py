#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_nodes
short_description: The nodes of a cluster as the cluster sees them
version_added: 0.2.0
description:
  - Reads the Node objects and says for each whether it is Ready, why not and since when, its role, address and version.
  - Can wait until certain nodes are as they have to be, and says every 10 seconds what it waits for.
  - Works on the controller alone, unless it waits for voters.
author:
  - The pikube maintainers (@pikube)
options:
  kubeconfig:
    required: true
  members:
    description:
      - The members of the datastore, C(datastore.members) of M(pikube.stateful.microk8s_info) on a control plane. The API does not tell of
        them.
    type: list
    elements: dict
  volumes:
    description: Whether to return RV(volumes).
    type: bool
    default: false
  wait_for:
    description: What to wait for.
    type: dict
    suboptions:
      api:
        description: Whether to wait until the API answers, if nothing else is waited for. Otherwise one that is silent is an error at once.
        type: bool
        default: false
      nodes:
        description: Nodes that have to be Ready, by name, each with C(role) (V(control_plane) or V(worker)) and C(address), if they matter.
        type: dict
        default: {}
      others:
        description: Whether all other nodes of the cluster have to be Ready, too.
        type: bool
        default: false
      version:
        description: The version that the kubelets of these nodes have to have, V(1.34) or V(v1.34.4).
        type: str
      voters:
        description:
          - How many members of the datastore have to vote. The node that the task runs on is asked (M(pikube.stateful.microk8s_info)), so
            it has to be a control plane then, with C(become=true).
          - MicroK8s makes a new member a voter up to 30 seconds after it has joined.
        type: int
        default: 0
      heard_anew:
        description:
          - Whether the kubelets of these nodes have to report once more from now on. The cluster calls a node Ready for another 40 seconds
            after its kubelet was stopped, so this is for nodes whose services were down a moment ago.
        type: bool
        default: false
      seconds:
        description: Seconds to wait, at most.
        type: int
        default: 300
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.microk8s_info
"""

EXAMPLES = r"""
- name: The cluster is whole
  pikube.stateful.microk8s_nodes:
    kubeconfig: "{{ cluster.kubeconfig }}"
    servers: [10.0.0.12, 10.0.0.13]
    members: "{{ ansible_facts.pikube_microk8s.datastore.members }}"
    wait_for:
      nodes:
        pi01:
          role: control_plane
          address: 10.0.0.11
        pi04:
          role: worker
      version: "1.34"
      seconds: 120
  register: cluster_nodes
"""

RETURN = r"""
nodes:
  description: All nodes, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the Node object.
      type: str
    ready:
      description: Whether it is Ready.
      type: bool
    reason:
      description: Why it is not Ready, in the words of its kubelet. Empty if it is.
      type: str
    since:
      description: When it became so (RFC 3339).
      type: str
    seen:
      description: When its kubelet wrote its whole state last, which it does every 5 minutes or on a change.
      type: str
    role:
      description: V(control_plane) or V(worker), by MicroK8s' labels.
      type: str
    address:
      description: Its InternalIP.
      type: str
    version:
      description: The version of its kubelet.
      type: str
    schedulable:
      description: V(false) for a node that is cordoned.
      type: bool
    uid:
      description: Of the Node object.
      type: str
  sample:
    - name: pi01
      ready: true
      reason: ""
      since: "2026-11-23T12:00:00Z"
      seen: "2026-11-23T12:30:00Z"
      role: control_plane
      address: 10.0.0.11
      version: v1.34.4
      schedulable: true
      uid: 7a0bd2f0-8b0f-4c9e-b2d3-2f7a55f4c1aa
control_planes:
  description: Names of the control planes.
  returned: success
  type: list
  elements: str
  sample: [pi01, pi02, pi03]
ha:
  description:
    - The members of the datastore by role, in C(voters_lost) those voters whose nodes are not Ready, and with C(formed) whether it
      survives the loss of any one of them now. V(null) without O(members).
  returned: success
  type: dict
  sample: {voters: ["10.0.0.11:19001"], voters_lost: [], standbys: [], spares: [], formed: false}
volumes:
  description: All PersistentVolumes, by name.
  returned: with O(volumes)
  type: list
  elements: dict
  contains:
    name:
      description: Name of the PersistentVolume.
      type: str
    claim:
      description: The claim that it is bound to, as NAMESPACE/NAME.
      type: str
    storage_class:
      description: Name of its StorageClass.
      type: str
    lost_with:
      description: Nodes of which each may be the only one that has the data, by the volume's own affinity.
      type: list
      elements: str
  sample:
    - {name: pvc-5f1c, claim: database/data-main-0, storage_class: openebs-hostpath, lost_with: [pi04]}
missing:
  description: What is not as it has to be, by node.
  returned: on failure to wait
  type: dict
  sample: {pi04: ["not Ready (NodeStatusUnknown: Kubelet stopped posting node status, since 2026-11-23T12:00:00Z)"]}
"""
