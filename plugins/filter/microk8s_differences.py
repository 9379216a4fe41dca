# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: microk8s_differences
short_description: How a MicroK8s cluster and its nodes differ from what is wanted of them
version_added: 0.2.0
description:
  - Holds the facts of module M(pikube.stateful.microk8s_info) and what other modules found, in check mode, against what is wanted, and says
    each difference with what to do about it.
  - What stands against nodes as such, filter P(pikube.stateful.microk8s_plan#filter) says.
positional: wanted, seen
options:
  _input:
    description:
      - By host, of those that answered, the facts of module M(pikube.stateful.microk8s_info), under C(microk8s) or under their own name
        (C(pikube_microk8s)) among others.
    type: dict
    required: true
  wanted:
    description: What is wanted.
    type: dict
    default: {}
    suboptions:
      addresses:
        description: By host the address under which the cluster has to reach its node. A host that is not in it has its first one.
        type: dict
        default: {}
      alone:
        description: Whether the cluster is to have one node only.
        type: bool
        default: false
      ha:
        description: Whether the datastore is to have three voters.
        type: bool
        default: false
      hold:
        description: Whether snapd must not refresh MicroK8s by itself.
        type: bool
        default: true
      channel:
        description: The channel that the snap has to follow. Without it any will do.
        type: str
  seen:
    description: What was found.
    type: dict
    default: {}
    suboptions:
      nodes:
        description: The nodes of module M(pikube.stateful.microk8s_nodes). Without them there is no cluster that could be asked.
        type: list
        elements: dict
      silence:
        description: What the same module said when it failed. There is a cluster then, and it does not answer.
        type: str
        default: ""
      ha:
        description: The members of the datastore, of the same module.
        type: dict
      addons:
        description: The add-ons of module M(pikube.stateful.microk8s_addon).
        type: list
        elements: dict
        default: []
      addons_failure:
        description: What that module said if it failed.
        type: str
        default: ""
      repositories:
        description: By host the repositories of add-ons, of the same module.
        type: dict
        default: {}
      arguments:
        description: By host the result of module M(pikube.stateful.microk8s_args).
        type: dict
        default: {}
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.microk8s_info
  - module: pikube.stateful.microk8s_nodes
  - module: pikube.stateful.microk8s_addon
  - module: pikube.stateful.microk8s_args
"""

EXAMPLES = r"""
- name: Say what differs
  ansible.builtin.debug:
    msg: "{{ facts | pikube.stateful.microk8s_differences(wanted, seen) | map(attribute='message') }}"
  vars:
    facts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'ansible_facts'))) }}"
    wanted:
      addresses:
        pi04: 10.0.0.14
      ha: true
    seen:
      nodes: "{{ cluster.nodes }}"
      ha: "{{ cluster.ha }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - The differences, those of each host first, an empty list if there are none. Each has C(id) (stable), C(host) (V(null) for the cluster
      as a whole) and C(message).
  type: list
  elements: dict
  sample:
    - id: C03
      host: pi04
      message: "pi04: snapd may refresh MicroK8s at any time. Run site.yml."
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.differences import differences
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError


def microk8s_differences(
    facts: Mapping[str, Any], wanted: Mapping[str, Any] | None = None, seen: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    try:
        return differences(facts, wanted, seen)
    except MicroK8sError as error:
        raise AnsibleFilterError(f"microk8s_differences: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"microk8s_differences": microk8s_differences}
