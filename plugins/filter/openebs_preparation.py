# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: openebs_preparation
short_description: What nodes lack for an engine of OpenEBS, and what speaks against preparing them
version_added: 0.3.0
description:
  - Holds what an engine needs on each node against the facts of module M(pikube.stateful.node_facts). No node is asked.
  - A disk that is not free is refused, never wiped. One that is free is refused, too, until somebody has named it.
  - Nodes that share an iSCSI initiator name, as cloned cards do, are refused with the cure, since a target takes them for one machine.
positional: prepare, named, in_use
options:
  _input:
    description: The facts (C(pikube_node)) by host.
    type: dict
    required: true
  prepare:
    description:
      - What the engine needs, as module M(pikube.stateful.openebs_engine) says it. C(packages), C(modules) of the kernel, C(services),
        C(hugepages) of 2 MiB and the C(disks) that are claimed.
    type: dict
    required: true
  named:
    description: By host the paths of the disks that may be written to.
    type: dict
    default: {}
  in_use:
    description: Whether volumes exist, so that no node may get a new initiator name by itself.
    type: bool
    default: false
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.openebs_engine
"""

EXAMPLES = r"""
- name: Refuse nodes that cannot be prepared
  ansible.builtin.assert:
    that: preparation[inventory_hostname].problems | length == 0
    fail_msg: "{{ preparation[inventory_hostname].problems | join(' ') }}"
  vars:
    facts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['ansible_facts', 'pikube_node']))) }}"
    preparation: "{{ facts | pikube.stateful.openebs_preparation(engine.decision.prepare) }}"
"""

RETURN = r"""
_value:
  description:
    - By host C(packages) to install and C(services) to enable and start, as far as the facts do not say that they are; C(modules) and
      C(hugepages) that the engine needs; C(files), whether there are files to look after; C(problems), one sentence each with the cure.
  type: dict
  sample:
    pi01:
      packages: []
      services: [iscsid]
      modules: [iscsi_tcp]
      hugepages: 0
      files: true
      problems: []
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.preparation import problems, steps


def openebs_preparation(
    facts: Mapping[str, Any], prepare: Mapping[str, Any], named: Mapping[str, Sequence[str]] | None = None, in_use: bool = False
) -> dict[str, dict[str, Any]]:
    if not isinstance(facts, Mapping) or not isinstance(prepare, Mapping):
        raise AnsibleFilterError("openebs_preparation: facts are a dictionary with hosts as keys, and what an engine needs is one, too.")
    against = problems(prepare, facts, prepare.get("disks"), named=named, in_use=in_use)
    return {host: {**steps(prepare, own), "problems": against[host]} for host, own in facts.items()}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"openebs_preparation": openebs_preparation}
