#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: volume_info
short_description: Where the copies of volumes are, and which node's loss they survive
version_added: 0.3.0
description:
  - Says for each claim its engine, the node that has it attached, where its copies are, which of them are in sync, whether it survives the
    loss of each node of the cluster, and why not.
  - That a claim is Bound and a custom resource says Ready is no evidence. Each answer names what it rests on and how old that is. What
    cannot be known is said to be unknown, with what to do, and never counts as survived.
  - A custom resource is believed only while the pod that writes it runs on a Ready node. Copies are believed only while their pods do. A
    pod that is called Running on a node that is not Ready does not count.
  - A node that was cut off less than 25 seconds ago cannot be told from one that works. Whether the file system of a pod has become
    read-only cannot be seen from the API.
  - Knows the engines hostpath, device, lvm, zfs, rawfile, jiva, cstor and mayastor, and says of others what their PersistentVolume tells.
  - Works on the controller alone and changes nothing.
author:
  - The pikube maintainers (@pikube)
options:
  kubeconfig:
    required: true
  namespaces:
    description: Namespaces whose claims are looked at, all by default.
    type: list
    elements: str
    default: []
  claims:
    description: Claims that are looked at, each as NAMESPACE/NAME, all by default. One that does not exist is an error.
    type: list
    elements: str
    default: []
  nodes_lost:
    description:
      - Names of nodes that are taken for lost besides the one that each answer of C(survives) is about. The other results tell of the
        cluster as it is.
    type: list
    elements: str
    default: []
  ask_engines:
    description:
      - Whether the target of a Jiva volume and the REST API of Mayastor are asked themselves, through the API server. It takes the right to
        C(get) C(services/proxy) and C(pods/proxy) in the engine's namespace.
      - Without an answer Jiva is judged by its custom resource, and nothing is known of Mayastor.
    type: bool
    default: true
  wait_for:
    description: What to wait for.
    type: dict
    suboptions:
      copies_in_sync:
        description:
          - Whether all copies of all chosen volumes have to be in sync, as before the next node is drained. Engines without copies are not
            waited for.
        type: bool
        default: false
      seconds:
        description: Seconds to wait, at most. It fails after that.
        type: int
        default: 300
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.microk8s_nodes
"""

EXAMPLES = r"""
- name: What the loss of a node would do
  pikube.stateful.volume_info:
    kubeconfig: "{{ cluster.kubeconfig }}"
  register: storage

- name: Show it
  ansible.builtin.debug:
    msg: "{{ storage.text.splitlines() }}"

- name: The database survives the loss of pi02 while pi03 is off
  pikube.stateful.volume_info:
    kubeconfig: "{{ cluster.kubeconfig }}"
    claims: [database/data-main-0]
    nodes_lost: [pi03]
  register: database
  failed_when: not database.claims[0].survives.pi02.survives

- name: All copies are in sync before the next node is drained
  pikube.stateful.volume_info:
    kubeconfig: "{{ cluster.kubeconfig }}"
    wait_for:
      copies_in_sync: true
      seconds: 600
"""

RETURN = r"""
claims:
  description: Claims that have a volume, by namespace and name.
  returned: success
  type: list
  elements: dict
  contains:
    namespace:
      description: Namespace of the claim.
      type: str
    name:
      description: Name of the claim.
      type: str
    engine:
      description: The engine, V(static) for a volume that a person made, V(unknown) for one of another provisioner.
      type: str
    provisioner:
      description: Driver or provisioner of the volume. V(null) for one that a person made.
      type: str
    replicated:
      description: Whether volumes of this engine can have several copies.
      type: bool
    capacity:
      description: Size of the volume.
      type: str
    requested:
      description: Size that the claim asks for.
      type: str
    class:
      description: Name of the StorageClass.
      type: str
    volume:
      description: Name of the PersistentVolume.
      type: str
    phase:
      description: Phase of the claim.
      type: str
    part_of:
      description: The volume that this one is a copy of, for claims that an engine made for its own use.
      type: str
    pods:
      description: Pods that use the claim, with C(name), C(node), C(phase), C(running) by a node that is Ready, and C(why_not).
      type: list
      elements: dict
    attached_to:
      description: The node that has it attached. A node that may still write counts as that until it is known to be off.
      type: str
    held_by:
      description:
        - The node that the engine's own book names, which for Jiva is the label C(nodeID) of its JivaVolume. Empty if that names none,
          which proves nothing. V(null) for an engine that keeps no book.
      type: str
    copies:
      description:
        - The copies, with C(node), C(place) (path, pool or volume group), C(state) in the engine's own word, C(in_sync) (V(null) if that is
          not known) and C(ready_node).
      type: list
      elements: dict
    wanted_copies:
      description: How many copies there should be. V(null) if that is not known.
      type: int
    in_sync:
      description: How many copies are in sync on nodes that are Ready. V(null) if that is not known.
      type: int
    known:
      description: Whether there is evidence for the state of the copies. If not, the first of C(warnings) says why and what to do.
      type: bool
    takes_writes:
      description: Whether writes to the volume work now, by the engine's quorum. V(null) if that is not known.
      type: bool
    healthy:
      description: Whether all wanted copies are in sync and writes work. V(null) if that is not known.
      type: bool
    survives:
      description:
        - For each node what holds after its loss. C(data_kept) is whether a copy in sync is left, C(takes_writes) whether there are
          enough of them for writes, both V(null) if that is not known. C(survives) is whether both are so, C(because) says why.
      type: dict
    evidence:
      description:
        - What the answers rest on. C(says) is what, C(from) the object and its field or what was asked, C(age_seconds) how long ago that
          was surely true, V(null) if nothing tells.
      type: list
      elements: dict
    warnings:
      description: What a person has to know, with what to do.
      type: list
      elements: str
  sample:
    - namespace: database
      name: data-main-0
      engine: jiva
      provisioner: jiva.csi.openebs.io
      replicated: true
      capacity: 5Gi
      requested: 5Gi
      class: openebs-jiva-3-retain
      volume: pvc-5f1c
      phase: Bound
      part_of: null
      pods:
        - {name: main-0, node: pi01, phase: Running, running: true, why_not: ""}
      attached_to: pi01
      held_by: pi01
      copies:
        - {node: pi01, place: /var/openebs/local/pvc-6a2d, state: RW, in_sync: true, ready_node: true}
        - {node: pi02, place: /var/openebs/local/pvc-7b3e, state: RW, in_sync: true, ready_node: true}
        - {node: pi03, place: /var/openebs/local/pvc-8c4f, state: WO, in_sync: false, ready_node: true}
      wanted_copies: 3
      in_sync: 2
      known: true
      takes_writes: true
      healthy: false
      survives:
        pi01:
          {survives: false, data_kept: true, takes_writes: false, because: "1 of 3 copies left in sync, on pi02; a write needs 2"}
        pi02:
          {survives: false, data_kept: true, takes_writes: false, because: "1 of 3 copies left in sync, on pi01; a write needs 2"}
        pi03:
          {survives: true, data_kept: true, takes_writes: true, because: "2 of 3 copies left in sync, on pi01, pi02; a write needs 2"}
      evidence:
        - says: 2 RW of 3 copies, 1 WO
          from: the target itself (/api/v1/namespaces/openebs/services/pvc-5f1c-jiva-ctrl-svc:9501/proxy/v1/replicas)
          age_seconds: 0
      warnings: []
unbound:
  description:
    - Claims without a volume, with C(namespace), C(name), C(class), C(requested), C(phase), C(because) (the newest event, if there is one)
      and C(age_seconds) of that.
  returned: success
  type: list
  elements: dict
  sample:
    - namespace: database
      name: data-main-1
      class: openebs-hostpath-retain
      requested: 5Gi
      phase: Pending
      because: "WaitForFirstConsumer: waiting for first consumer to be created before binding"
      age_seconds: 12
doubts:
  description: What makes all ages doubtful, such as clocks that differ. Empty if nothing does.
  returned: success
  type: list
  elements: str
  sample: []
text:
  description: The claims as a table for a person, with all warnings below it.
  returned: success, and failure to wait
  type: str
  sample: |-
    CLAIM                 ENGINE  SIZE  ATTACHED TO  IN SYNC  COPIES ON                       SURVIVES THE LOSS OF
    database/data-main-0  jiva    5Gi   pi01         2 of 3   pi01, pi02, pi03 (not in sync)  pi03
missing:
  description: What is not in sync, by claim.
  returned: on failure to wait
  type: dict
  sample: {database/data-main-0: "2 of 3 copies in sync (pi03: WO)"}
"""
