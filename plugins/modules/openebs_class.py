#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: openebs_class
short_description: Storage classes as they are described, and one default among them
version_added: 0.3.0
description:
  - Makes storage classes and the objects they refer to. All of it is judged before any of it is written. Works on the controller alone.
  - Kubernetes lets nobody change provisioner, parameters, reclaim policy and binding mode of a class. A class that is there and differs in
    one of them is refused with what to do. It is never deleted by itself.
  - Where O(default_named) is false, the default is taken only from classes of this collection, of OpenEBS and of MicroK8s' add-on
    hostpath-storage. A default that somebody else chose is refused until one is named.
author:
  - The pikube maintainers (@pikube)
attributes:
  diff_mode:
    support: full
options:
  kubeconfig:
    required: true
  state:
    description: With V(absent) all classes that this collection made are taken away. Volumes and claims stay as they are.
    type: str
    choices: [present, absent]
    default: present
  classes:
    description: The classes.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the class.
        type: str
        required: true
      provisioner:
        description: Who makes its volumes.
        type: str
        required: true
      parameters:
        description: What the provisioner is told.
        type: dict
        default: {}
      annotations:
        description: Annotations that tell the provisioner something. Others on the class stay.
        type: dict
        default: {}
      reclaim_policy:
        description: What becomes of a volume and its data when its claim is deleted.
        type: str
        choices: [Retain, Delete]
        default: Retain
      volume_binding_mode:
        description: V(WaitForFirstConsumer) makes a volume where its first pod is scheduled.
        type: str
        choices: [WaitForFirstConsumer, Immediate]
        default: WaitForFirstConsumer
      allow_volume_expansion:
        description: Whether claims may grow.
        type: bool
        default: false
      mount_options:
        description: Options of the mount.
        type: list
        elements: str
        default: []
  default_class:
    description: The class that is to be the only default. Empty leaves the default as it is.
    type: str
    default: ""
  default_named:
    description: Whether somebody named it, so that the default is taken from whichever class has it.
    type: bool
    default: false
  objects:
    description: Custom resources that the classes refer to, made before them. They have to have what is said of their C(spec).
    type: list
    elements: dict
    default: []
  node_labels:
    description:
      - Labels that nodes get, by the name of the node. None is taken away, since copies of volumes that are kept to it would not start
        again.
    type: dict
    default: {}
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.openebs_proof
"""

EXAMPLES = r"""
- name: A class that keeps its data when a claim is deleted
  pikube.stateful.openebs_class:
    kubeconfig: "{{ cluster.kubeconfig }}"
    classes:
      - name: openebs-hostpath-retain
        provisioner: openebs.io/local
        annotations:
          openebs.io/cas-type: local
          cas.openebs.io/config: |
            - name: StorageType
              value: hostpath
            - name: BasePath
              value: /var/snap/microk8s/common/var/openebs/local
    default_class: openebs-hostpath-retain
  delegate_to: localhost
"""

RETURN = r"""
classes:
  description: What was done about each class, V(there), V(create), V(change) or V(removed).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the class.
      type: str
    outcome:
      description: What was done.
      type: str
  sample: [{name: openebs-hostpath-retain, outcome: create}]
default:
  description: The default class that was asked for.
  returned: success
  type: str
  sample: openebs-hostpath-retain
default_taken_from:
  description: Classes that were the default before.
  returned: success
  type: list
  elements: str
  sample: [microk8s-hostpath]
name:
  description: The class that was refused.
  returned: on failure
  type: str
  sample: openebs-hostpath-retain
differs:
  description: In which of the unchangeable options it differs.
  returned: on failure, if that is the reason
  type: list
  elements: str
  sample: [reclaim_policy]
"""
