# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: identity_conflicts
short_description: Identities that nodes share although each must have its own
version_added: 0.1.0
description:
  - Compares the facts of all hosts of a play and finds what cloned cards leave behind. Host names, machine-ids, ssh host keys, iSCSI
    initiator names and NVMe host NQNs that two or more hosts have in common.
  - Two hosts of the inventory that are one and the same machine are found too, by the serial number of the board, or by hardware addresses
    where there is none. They are not taken for clones of each other.
positional: hostnames
options:
  _input:
    description: The facts (C(pikube_node)) of module M(pikube.stateful.node_facts) by host, in the order of the inventory.
    type: dict
    required: true
  hostnames:
    description: The names that hosts are to have, by host. A host that is not in it, or with an empty name, keeps the name that it has.
    type: dict
    default: {}
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.node_facts
"""

EXAMPLES = r"""
- name: Know the nodes
  pikube.stateful.node_facts:
  become: true

- name: Show what nodes have in common that they should not
  ansible.builtin.debug:
    msg: "{{ facts | pikube.stateful.identity_conflicts(hostnames) | map(attribute='message') }}"
  vars:
    facts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['ansible_facts', 'pikube_node']))) }}"
    names: "{{ ansible_play_hosts | map('extract', hostvars) | map(attribute='pi_hostname', default='') }}"
    hostnames: "{{ dict(ansible_play_hosts | zip(names)) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - The conflicts, an empty list if there are none. C(kind) is C(hostname), C(machine_id), C(ssh_host_key), C(initiator_name),
      C(host_nqn) or C(same_machine).
    - C(keeper) is the host that stays as it is. It is the first one that already runs MicroK8s, else the first one. C(repair) are the
      others, none if the conflict is C(same_machine).
    - C(blocked) are those of C(repair) that run MicroK8s, if what they share is no host name and no ssh host key. They have to be taken out
      of the cluster before they can be repaired.
    - C(message) names hosts, value and cure.
  type: list
  elements: dict
  sample:
    - kind: machine_id
      value: 3d1219c7c4c5404aaa1f6d2a48adfda4
      hosts:
        - pi01
        - pi02
      keeper: pi01
      repair:
        - pi02
      blocked: []
      message: >-
        pi01 and pi02 have the same machine-id "3d1219c7c4c5404aaa1f6d2a48adfda4": DHCP gives them one address. It is to be made anew on
        pi02, which takes a reboot.
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.node.conflicts import conflicts
from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError


def identity_conflicts(facts: Mapping[str, Any], hostnames: Mapping[str, str | None] | None = None) -> list[dict[str, Any]]:
    names = hostnames or {}
    if not isinstance(facts, Mapping) or not isinstance(names, Mapping):
        raise AnsibleFilterError("identity_conflicts: facts and names must be dictionaries with hosts as keys.")
    try:
        return conflicts({host: {"facts": facts[host], "hostname_wanted": names.get(host)} for host in facts})
    except NodeError as error:
        raise AnsibleFilterError(f"identity_conflicts: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"identity_conflicts": identity_conflicts}
