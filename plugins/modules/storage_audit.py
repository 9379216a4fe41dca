#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: storage_audit
short_description: What is not well with the storage of a cluster
version_added: 0.3.0
description:
  - Checks a running cluster against the practice of storage and the known problems of the OpenEBS engines. Each check has an id, a
    severity, and for what it finds the object, the evidence and the cure.
  - Looks at StorageClasses, claims, volumes, pods, quotas, nodes and the workloads and resources of the engines. Changes nothing in the
    cluster, reads no Secret and no ConfigMap, and runs nothing on nodes.
  - What it cannot look at it says, with the reason. A check that was not looked at has not passed.
  - Works on the controller alone.
author:
  - The pikube maintainers (@pikube)
options:
  kubeconfig:
    required: true
  nodes:
    description:
      - Facts of the nodes, by name, as RV(pikube.stateful.node_facts#module:ansible_facts) has them in C(pikube_node).
      - Checks of iSCSI, media, kernels, memory and space need them. For nodes without facts these checks are not looked at.
    type: dict
    default: {}
  volumes:
    description:
      - C(claims) of module C(pikube.stateful.volume_info). Checks of where copies are, and whether they are in step, need them.
      - An empty list means that there are no claims, and without this option those checks are not looked at.
    type: list
    elements: dict
  namespaces:
    description: Namespaces whose claims and pods are judged. By default all, without C(kube-*) and those in which engines run.
    type: list
    elements: str
    default: []
  ignore:
    description: Findings that are accepted. They are listed as such. One that matches no finding is a warning.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: The id of the check.
        type: str
        required: true
      object:
        description: A pattern as of a shell for the object, such as V(PersistentVolume old-*).
        type: str
        default: "*"
      because:
        description: Why the finding is accepted.
        type: str
        required: true
  fail_on:
    description: The severity from which on a finding makes the module fail. Notes never do.
    type: str
    choices: [error, warning, never]
    default: error
  junit_path:
    description:
      - A file of the controller for a JUnit report. Each check is a test case, which fails where the module would by O(fail_on).
      - Its folder has to be there.
    type: path
  report_path:
    description: A file of the controller for the result as JSON. Its folder has to be there.
    type: path
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.node_facts
  - module: pikube.stateful.microk8s_kubeconfig
"""

EXAMPLES = r"""
- name: Look at the storage of the cluster
  pikube.stateful.storage_audit:
    kubeconfig: "{{ access.kubeconfig }}"
    servers: [10.0.0.12, 10.0.0.13]
    nodes: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['ansible_facts', 'pikube_node']))) }}"
    volumes: "{{ volumes.claims }}"
    junit_path: reports/storage.xml
    ignore:
      - id: S33
        object: PersistentVolume archive-*
        because: a disk of old backups, mounted by hand and read only
  delegate_to: localhost
  run_once: true
  register: audit

- name: Show what was found
  ansible.builtin.debug:
    msg: "{{ audit.text.splitlines() }}"
"""

RETURN = r"""
findings:
  description: What is not well, errors first, then in the order of the checks.
  returned: when the audit could be made
  type: list
  elements: dict
  contains:
    id:
      description: The check. An id never changes its meaning.
      type: str
    severity:
      description: V(error), V(warning) or V(note).
      type: str
    object:
      description: Kind and name.
      type: str
    evidence:
      description: What was seen.
      type: str
    cure:
      description: What to do.
      type: str
  sample:
    - id: S32
      severity: error
      object: PersistentVolume postgres-pv
      evidence: >-
        it is hostPath /var/data, made by hand, under class "openebs-jiva-csi-default" of engine jiva: no copy of the data exists.
      cure: Copy the data into a claim that the class provisions, and delete this volume.
accepted:
  description: Findings that O(ignore) accepts, with C(because).
  returned: when the audit could be made
  type: list
  elements: dict
  sample: []
passed:
  description: Checks that were looked at everywhere and found nothing, with C(id) and C(title).
  returned: when the audit could be made
  type: list
  elements: dict
  sample:
    - {id: S02, title: not more than one class is the default}
not_looked_at:
  description:
    - What was not looked at, with C(id), C(title) and C(because). Ids that begin with S are checks that lacked something in this run, and
      those with N are what this module never looks at.
  returned: when the audit could be made
  type: list
  elements: dict
  sample:
    - id: S65
      title: iscsid is enabled
      because: "facts of nodes were not given: give the option nodes what module node_facts returned"
failing:
  description: Ids of the checks that make the module fail by O(fail_on).
  returned: when the audit could be made
  type: list
  elements: str
  sample: [S32]
counts:
  description: How many findings there are of each severity, and how many were accepted, passed and not looked at.
  returned: when the audit could be made
  type: dict
  sample: {error: 1, warning: 0, note: 0, accepted: 0, passed: 61, not_looked_at: 30}
text:
  description: The findings as a table for people.
  returned: when the audit could be made
  type: str
  sample: "storage: 0 errors, 0 warnings, 0 notes, 0 accepted, 92 checks passed, 0 not looked at"
"""
