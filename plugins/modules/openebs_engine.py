#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: openebs_engine
short_description: Which storage engine of OpenEBS fits these nodes and this workload
version_added: 0.3.0
description:
  - Decides from the facts of all nodes and a stated workload which engine of OpenEBS to use, with how many copies, on which nodes and
    disks, by which chart and StorageClass, and says why.
  - For every engine that it does not take it gives the rules that speak against it, with cures.
  - If no engine is right, the verdict is V(none) with what to buy or change. An engine that would lose data which must survive is never
    taken.
  - Decides from values alone. It asks no cluster and no node, changes nothing, and gives the same answer for the same input.
  - A fact that is not known speaks against nothing. What was not known is said among the reasons.
options:
  nodes:
    description: The facts (C(pikube_node) of module M(pikube.stateful.node_facts)) of every node that may hold volumes, by name.
    type: dict
    required: true
  workload:
    description: What will be stored, and what is asked of the storage. What is left out has the default that is shown.
    type: dict
    default: {}
    suboptions:
      name:
        description: What people call it. V(database) by default.
        type: str
      size:
        description: Size of one volume as Kubernetes writes it, like V(5Gi) or V(500M). V(5Gi) by default.
        type: str
      size_later:
        description: The largest size that one volume will have. By default O(workload.size).
        type: str
      performance:
        description: V(any), V(low_latency) or V(high_throughput). V(any) by default.
        type: str
      application_replicas:
        description:
          - How many instances of the application keep the data, each with a volume of its own and in step with the others. 1 by default.
        type: raw
      survive_node_loss:
        description: Whether the data must survive the loss of a node. V(true) by default.
        type: bool
      snapshots:
        description: Whether snapshots are wanted. V(false) by default.
        type: bool
      clones:
        description: Whether clones are wanted. V(false) by default.
        type: bool
      expansion:
        description: Whether volumes must be expandable. V(false) by default.
        type: bool
      access_mode:
        description: V(ReadWriteOnce), V(ReadWriteOncePod), V(ReadOnlyMany) or V(ReadWriteMany). V(ReadWriteOnce) by default.
        type: str
      volume_mode:
        description: V(Filesystem) or V(Block). V(Filesystem) by default.
        type: str
      backup_window:
        description: Time in which a backup must be done, like V(2h) or V(90m). By default there is no limit.
        type: str
      accept_archived:
        description: Whether an engine may be used that nobody mends any more. V(false) by default.
        type: bool
      accept_experimental:
        description: Whether an engine may be used that its makers call experimental. V(false) by default.
        type: bool
  kubernetes:
    description: The release of Kubernetes, like V(1.34). Without it none speaks against a chart.
    type: str
  engine:
    description:
      - An engine that is asked for by name, V(hostpath), V(lvm), V(zfs), V(mayastor), V(rawfile), V(cstor), V(jiva) or V(device). The
        verdict is then this engine or V(none).
      - V(auto) and an empty text stand for no engine in particular.
    type: str
  replicas:
    description: How many copies a replicated engine keeps. By default 3, the fewest that go on after a loss.
    type: raw
  copies_on:
    description:
      - Names of the nodes that may have copies of a replicated engine. By default all that will do.
      - Where not all may, copies are kept to them by a label (RV(decision.labels)). It does not count for a local engine.
    type: list
    elements: str
    default: []
  copies_tolerations:
    description: Taints, as Kubernetes writes tolerations, in spite of which copies and what leads to them may be on a node.
    type: list
    elements: dict
    default: []
  overrides:
    description:
      - Ids of rules that are not to count against O(engine), which must be given with them. They are recorded in the result.
      - A rule that protects data, or without which nothing works, cannot be overridden.
    type: list
    elements: str
    default: []
  disks:
    description:
      - The disks that may be claimed for volumes, by node, each as a list of paths like C(/dev/sda). By default all that are free.
      - A disk that holds anything is never claimed, whether named or not.
    type: dict
    default: {}
  installed:
    description:
      - What is there already, as module M(pikube.stateful.openebs_info) returns it. Without it the decision is one for new nodes.
      - An engine that is installed is kept while nothing speaks against it. That its own volumes and claims fill the room and the disks
        does not, and is a warning. An engine whose chart would take away another one that has volumes is refused.
    type: dict
    default: {}
    suboptions:
      classes:
        description: All storage classes.
        type: list
        elements: dict
        default: []
      volumes:
        description: The volumes that an engine of OpenEBS made.
        type: list
        elements: dict
        default: []
author:
  - The pikube maintainers (@pikube)
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
seealso:
  - module: pikube.stateful.node_facts
  - plugin: pikube.stateful.engine_table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Decide for a database of three instances that replicates itself
  pikube.stateful.openebs_engine:
    nodes: "{{ dict(names | zip(names | map('extract', hostvars, ['ansible_facts', 'pikube_node']))) }}"
    workload:
      size: 5Gi
      application_replicas: 3
    kubernetes: "1.34"
  vars:
    names: "{{ groups['control_plane'] }}"
  delegate_to: localhost
  run_once: true
  register: storage

- name: Ask for an engine by name, although it is archived
  pikube.stateful.openebs_engine:
    nodes: "{{ nodes }}"
    engine: jiva
    overrides: [E06]
  delegate_to: localhost
  run_once: true
  register: storage

- name: Decide again, where OpenEBS is installed
  pikube.stateful.openebs_engine:
    nodes: "{{ nodes }}"
    installed:
      classes: "{{ openebs.classes }}"
      volumes: "{{ openebs.volumes }}"
  delegate_to: localhost
  run_once: true
  register: storage

- name: Stop where nothing fits
  ansible.builtin.assert:
    that: storage.decision.verdict != 'none'
    fail_msg: "{{ storage.decision.to_do | join(' ') }}"
"""

RETURN = r"""
decision:
  description: The decision. All keys are always there.
  returned: success
  type: dict
  contains:
    verdict:
      description: Name of the engine, or V(none).
      type: str
      sample: hostpath
    engine:
      description: Name of the engine, V(null) if none fits.
      type: str
      sample: hostpath
    forced:
      description: Whether the engine was asked for by name.
      type: bool
      sample: false
    overridden:
      description: Rules that speak against the engine and were overridden.
      type: list
      elements: dict
      sample: []
    replicas:
      description: How many copies the engine keeps of a volume. 1 for a local engine, 0 without an engine.
      type: int
      sample: 1
    nodes:
      description: The nodes where copies may lie, each with its C(path) or its C(disk), V(null) for a volume group that is there already.
      type: list
      elements: dict
      sample:
        - name: pi01
          path: /var/snap/microk8s/common/var/openebs/local
    chart:
      description: The Helm chart (C(name), C(version), C(repository), C(values)), V(null) without an engine.
      type: dict
      sample:
        name: openebs
        version: 4.6.1
        repository: https://openebs.github.io/openebs
        values:
          loki:
            enabled: false
    addon:
      description: Whether MicroK8s' add-on openebs brings the engine too.
      type: bool
      sample: true
    namespace:
      description: Where it is installed, V(null) without an engine.
      type: str
      sample: openebs
    storage_class:
      description: The StorageClass, V(null) without an engine.
      type: dict
      sample:
        name: openebs-hostpath-retain
        provisioner: openebs.io/local
        parameters: {}
        annotations:
          openebs.io/cas-type: local
        reclaim_policy: Retain
        volume_binding_mode: WaitForFirstConsumer
        allow_volume_expansion: false
        mount_options: []
    objects:
      description: Custom resources that the engine wants besides.
      type: list
      elements: dict
      sample: []
    labels:
      description: By node the labels that it gets, so that copies are on no others. Empty where all may have copies.
      type: dict
      sample: {}
    components:
      description: The workloads that have to work (C(kind), C(name)), and C(of) how many or V(every node).
      type: list
      elements: dict
      sample:
        - kind: Deployment
          name: openebs-localpv-provisioner
          of: 1
    prepare:
      description:
        - What each node is given before. C(packages), kernel C(modules), C(services), C(hugepages) of 2 MiB, the C(disks) that are
          claimed, by node, and the C(pool) that is made of them (C(kind), V(volume group) or V(zpool), and C(name)), V(null) for an engine
          that takes disks as they are, or none; C(initiator), settings of open-iscsi. V(null) without an engine.
      type: dict
      sample:
        packages: []
        modules: []
        services: []
        hugepages: 0
        disks: {}
        pool: null
        initiator: {}
    reasons:
      description: Why the engine was taken, which nodes were left out of it by which rule, and what was not known.
      type: list
      elements: dict
      sample:
        - id: R05
          because: "3 of 3 nodes will do: pi01, pi02, pi03"
    refused:
      description:
        - For each engine that was not taken, what speaks against it (C(id), C(because), C(cure)). V(E00) stands for an engine that would
          do, but which another one comes before.
      type: dict
      sample:
        jiva:
          - id: E06
            because: "Jiva is archived: no corrections, no security updates since its last release"
            cure: Set accept_archived if that may be, knowing that nobody mends what is found
    usable_bytes:
      description:
        - The largest volume that every node which holds its data has room for, in bytes. V(null) where the room is not known, 0 without an
          engine.
      type: int
      sample: 54760833024
    survives_node_losses:
      description: How many nodes may be lost so that the data can still be read and written.
      type: int
      sample: 2
    data_survives:
      description: The same in words.
      type: str
      sample: a volume is lost with its node, but the application has 3 copies, and survives the loss of 2 if they are in step
    warnings:
      description: What to know about the choice, and overrides on which nothing depends.
      type: list
      elements: str
      sample:
        - "Local PV hostpath does not hold a volume to its size: watch the free space of the nodes"
    to_do:
      description: What to buy or change if no engine fits, the engine that lacks least first. Empty otherwise.
      type: list
      elements: str
      sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError

AUTO = ("auto", "")

ARGUMENTS = {
    "nodes": {"type": "dict", "required": True},
    "workload": {
        "type": "dict",
        "default": {},
        "options": {
            "name": {"type": "str"},
            "size": {"type": "str"},
            "size_later": {"type": "str"},
            "performance": {"type": "str"},
            "application_replicas": {"type": "raw"},
            "survive_node_loss": {"type": "bool"},
            "snapshots": {"type": "bool"},
            "clones": {"type": "bool"},
            "expansion": {"type": "bool"},
            "access_mode": {"type": "str"},
            "volume_mode": {"type": "str"},
            "backup_window": {"type": "str"},
            "accept_archived": {"type": "bool"},
            "accept_experimental": {"type": "bool"},
        },
    },
    "kubernetes": {"type": "str"},
    "engine": {"type": "str"},
    "replicas": {"type": "raw"},
    "copies_on": {"type": "list", "elements": "str", "default": []},
    "copies_tolerations": {"type": "list", "elements": "dict", "default": []},
    "overrides": {"type": "list", "elements": "str", "default": []},
    "disks": {"type": "dict", "default": {}},
    "installed": {
        "type": "dict",
        "default": {},
        "options": {
            "classes": {"type": "list", "elements": "dict", "default": []},
            "volumes": {"type": "list", "elements": "dict", "default": []},
        },
    },
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wishes = {name: value for name, value in module.params.items() if name not in ("nodes", "workload")}
    wishes["engine"] = None if wishes["engine"] in AUTO else wishes["engine"]
    try:
        decision = decide(module.params["nodes"], module.params["workload"], **wishes)
    except EnginesError as error:
        module.fail_json(msg=f"openebs_engine: {error}.", **error.facts)
    module.exit_json(changed=False, decision=decision)


if __name__ == "__main__":
    main()
