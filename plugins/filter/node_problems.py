# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: node_problems
short_description: What speaks against a node as part of a cluster
version_added: 0.1.0
description:
  - Holds the facts of module M(pikube.stateful.node_facts) against what is wanted of the node and gives every reason why it will not do.
  - A fact that is V(null) speaks against nothing.
positional: host, wanted
options:
  _input:
    description: The facts (C(pikube_node)) of module M(pikube.stateful.node_facts).
    type: dict
    required: true
  host:
    description: Name of the host, for the messages.
    type: str
    required: true
  wanted:
    description: What is wanted of the node.
    type: dict
    default: {}
    suboptions:
      node_role:
        description: What the node will be in the cluster. With V(none) only what hurts any Raspberry Pi is looked at.
        type: str
        choices:
          - control_plane
          - worker
          - none
        default: none
      hostname:
        description: The name that the node is to have. Without one the name that it has is looked at, if it joins a cluster.
        type: str
      allow_16k_pages:
        description: Do not refuse a kernel with pages of 16 KiB, because it is about to be changed or all programs can do with it.
        type: bool
        default: false
      page_size_fix:
        description: Whether a kernel with pages of 16 KiB is to be changed for C(kernel8.img), which must then be there.
        type: bool
        default: false
      swap:
        description: Whether swap is to be off.
        type: str
        choices:
          - keep
          - "off"
        default: keep
      data_path:
        description: Where the datastore will lie. One of the paths in C(file_systems) of the facts.
        type: str
        default: /var/snap
      prepared:
        description:
          - Whether preparation is over. Control groups that are off, an unsynchronised clock and missing kernel modules are then errors,
            and no longer something that will be put right.
        type: bool
        default: false
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.node_facts
"""

EXAMPLES = r"""
- name: Know the node
  pikube.stateful.node_facts:
  become: true

- name: Refuse a node that cannot become what it is meant to be
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors | join(' ') }}"
  vars:
    wanted:
      node_role: control_plane
      hostname: pi-02
    problems: "{{ ansible_facts['pikube_node'] | pikube.stateful.node_problems(inventory_hostname, wanted) }}"
    errors: "{{ problems | selectattr('severity', 'eq', 'error') | map(attribute='message') }}"
"""

RETURN = r"""
_value:
  description:
    - The problems, an empty list if there are none. Each has C(id) (stable, for a list of exceptions), C(severity) (C(error) or
      C(warning)) and C(message), which names the host, the value and the cure.
  type: list
  elements: dict
  sample:
    - id: N11
      severity: warning
      message: >-
        pi02: control groups are version 1, which Kubernetes 1.35 and later refuses. Remove systemd.unified_cgroup_hierarchy from
        /boot/firmware/cmdline.txt and reboot.
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError
from ansible_collections.pikube.stateful.plugins.module_utils.node.gates import GATES
from ansible_collections.pikube.stateful.plugins.module_utils.node.problems import problems


def node_problems(facts: Mapping[str, Any], host: str, wanted: Mapping[str, Any] | None = None) -> list[dict[str, str]]:
    try:
        return problems(host, facts, wanted, GATES)
    except NodeError as error:
        raise AnsibleFilterError(f"node_problems: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"node_problems": node_problems}
