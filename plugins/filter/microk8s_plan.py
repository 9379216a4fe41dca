# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: microk8s_plan
short_description: What has to happen so that hosts are one MicroK8s cluster
version_added: 0.2.0
description:
  - Looks at the facts of all hosts at once and says which control plane the others join by, who joins, who is a member already, who is in
    another cluster, and what speaks against it.
  - Hosts that could not be reached are missing from the facts. The plan works without them, and has a problem where it would be wrong to
    go on without them. It never forms a cluster while a control plane that may be in one cannot be asked.
positional: wanted
options:
  _input:
    description:
      - By host the facts of modules M(pikube.stateful.node_facts) and M(pikube.stateful.microk8s_info), under C(node) and C(microk8s) or
        under their own names (C(pikube_node), C(pikube_microk8s)) among others.
    type: dict
    required: true
  wanted:
    description: What is wanted.
    type: dict
    default: {}
    suboptions:
      control_planes:
        description: Hosts that are to be control planes, in the order of the inventory, those that cannot be reached too.
        type: list
        elements: str
        default: []
      workers:
        description: Hosts that are to be workers, likewise.
        type: list
        elements: str
        default: []
      channel:
        description: The channel that is wanted, like V(1.34/stable).
        type: str
      version:
        description: The version of the snap file, if there is one.
        type: str
      releases:
        description:
          - By host the C(channel) and the C(version) that are wanted of it, where hosts could want different ones. These have to be of one
            release. Its C(architecture) is that of the host's own snap file.
        type: dict
        default: {}
      architecture:
        description: The architecture that the snap file is built for, or a list of them, in Debian's words.
        type: raw
      cluster_cidr:
        description: The network of pods.
        type: str
        default: 10.1.0.0/16
      service_cidr:
        description: The network of services.
        type: str
        default: 10.152.183.0/24
      addresses:
        description: By host the address that its node is to have in the cluster. A host that is not in it has its first one.
        type: dict
        default: {}
      hostnames:
        description: By host the name that it will have, for hosts where MicroK8s is not installed yet.
        type: dict
        default: {}
      start:
        description: Whether MicroK8s is started where somebody stopped it.
        type: bool
        default: true
      upgrade:
        description: Whether an upgrade is under way, so that releases may differ.
        type: bool
        default: false
      discard:
        description: Hosts whose own MicroK8s may be emptied by joining.
        type: list
        elements: str
        default: []
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.microk8s_info
  - module: pikube.stateful.node_facts
  - plugin: pikube.stateful.microk8s_problems
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Plan the cluster
  ansible.builtin.set_fact:
    plan: "{{ facts | pikube.stateful.microk8s_plan(wanted) }}"
  vars:
    facts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'ansible_facts'))) }}"
    wanted:
      control_planes: "{{ groups['control_plane'] }}"
      workers: "{{ groups['workers'] }}"
      channel: 1.34/stable
  run_once: true

- name: Refuse what cannot work
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors | join(' ') }}"
  vars:
    errors: "{{ plan.problems | selectattr('severity', 'eq', 'error') | map(attribute='message') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - C(seed) is the control plane by which others join, V(null) if there is none. C(formed) tells whether it is in a cluster with others
      already, and C(cluster_ca_sha256) is then what tells that cluster from others.
    - C(install) are hosts without MicroK8s, C(join) those that are to join, in that order, C(members) those that are in the cluster, the
      seed included, C(strangers) those in another one, C(unreachable) those that did not answer.
    - C(stale) are hosts that are to join although the datastore still lists their address. C(foreign) are addresses in the datastore that
      no host stands for.
    - C(problems) are as those of filter P(pikube.stateful.microk8s_problems#filter).
  type: dict
  sample:
    seed: pi01
    formed: true
    cluster_ca_sha256: 0b6a1c5f2d1b9d7d2f9f6f0a4a0e3a6c9e9a4a5d5d7e2d5b3c1f0e9d8c7b6a59
    install:
      - pi03
    join:
      control_planes:
        - pi03
      workers: []
    members:
      - pi01
      - pi02
    strangers: []
    unreachable: []
    stale: []
    foreign: []
    problems: []
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.gates import GATES
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.problems import problems


def microk8s_plan(facts: Mapping[str, Any], wanted: Mapping[str, Any] | None = None) -> dict[str, Any]:
    try:
        hosts = Hosts(facts, wanted)
        made = plan(hosts)
        return {**made.as_dict(), "problems": problems(hosts, made, GATES)}
    except MicroK8sError as error:
        raise AnsibleFilterError(f"microk8s_plan: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"microk8s_plan": microk8s_plan}
