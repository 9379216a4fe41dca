# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: microk8s_differences
short_description: How a node of a MicroK8s cluster differs from what is wanted of it
version_added: 0.2.0
description:
  - Holds the facts of module M(pikube.stateful.microk8s_info) and what the cluster says of the node against what is wanted, and says each
    difference with what to do about it.
  - What stands against a node as such, filter P(pikube.stateful.microk8s_plan#filter) says.
positional: host, wanted, seen
options:
  _input:
    description: The facts (C(pikube_microk8s)) of module M(pikube.stateful.microk8s_info).
    type: dict
    required: true
  host:
    description: Name of the host, for the messages.
    type: str
    required: true
  wanted:
    description: What is wanted of the node.
    type: dict
    required: true
    suboptions:
      address:
        description: Address under which the cluster has to reach it.
        type: str
        required: true
      alone:
        description: Whether there is no other node.
        type: bool
        default: false
      hold:
        description: Whether snapd must not refresh MicroK8s by itself.
        type: bool
        default: true
      files:
        description: Files of arguments that module M(pikube.stateful.microk8s_args) would change, or would restart services for.
        type: list
        elements: str
        default: []
  seen:
    description: What module M(pikube.stateful.microk8s_nodes) says of the node, or nothing if the cluster does not know it.
    type: dict
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.microk8s_info
  - module: pikube.stateful.microk8s_nodes
"""

EXAMPLES = r"""
- name: Say how the node differs
  ansible.builtin.debug:
    msg: "{{ found | map(attribute='message') }}"
  vars:
    found: "{{ ansible_facts['pikube_microk8s'] | pikube.stateful.microk8s_differences(inventory_hostname, wanted) }}"
    wanted:
      address: 10.0.0.14
"""

RETURN = r"""
_value:
  description: The differences, each with C(id) (stable), C(host) and C(message). An empty list if there are none.
  type: list
  elements: dict
  sample:
    - id: C03
      host: pi04
      message: "pi04: snapd may refresh MicroK8s at any time. Run site.yml."
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.differences import Situation, node_differences


def microk8s_differences(
    info: Mapping[str, Any], host: str, wanted: Mapping[str, Any], seen: Mapping[str, Any] | None = None
) -> list[dict[str, str]]:
    return node_differences(Situation(host, info, {"alone": False, "hold": True, "files": [], **wanted}, seen or None))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"microk8s_differences": microk8s_differences}
