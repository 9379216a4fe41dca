#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_leave
short_description: Let a node leave its MicroK8s cluster
version_added: 0.2.0
description:
  - Lets the node that the task runs on leave the cluster. Its Node object stays until M(pikube.stateful.microk8s_member) removes it on a
    control plane. Drain the node before.
  - Refuses if the datastore would lose its quorum, would be left with an even number of voters, or would be gone. What the last member of
    a cluster holds is never thrown away.
  - A node that is in no cluster is left as it is.
author:
  - The pikube maintainers (@pikube)
options:
  accept_even:
    description: Whether an even number of voters may stay for a while, of which the loss of one stops the datastore.
    type: bool
    default: false
  timeout:
    description: Seconds that the command may take. Usual are 34 for a worker and 47 for a control plane.
    type: int
    default: 300
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
notes:
  - Needs the rights of root (C(become=true)).
  - The certificates of the cluster stay on a former control plane, and a worker gets the default arguments of kubelet and kube-proxy.
seealso:
  - module: pikube.stateful.microk8s_member
  - module: pikube.stateful.node_drain
"""

EXAMPLES = r"""
- name: Let the node leave
  pikube.stateful.microk8s_leave:
  become: true
  register: left

- name: Remove it from the cluster, on a control plane that stays
  pikube.stateful.microk8s_member:
    name: pi03
    address: "{{ left.address }}"
  delegate_to: pi01
  become: true
"""

RETURN = r"""
outcome:
  description:
    - V(left), V(not_clustered), or V(alone) for a control plane whose cluster has no other member.
    - On failure the reason, such as V(only_voter), V(loses_quorum), V(no_quorum), V(even), V(members_unreachable) or V(stopped).
  returned: always
  type: str
  sample: left
node:
  description: The name of the node.
  returned: success
  type: str
  sample: pi03
role:
  description: What the node was.
  returned: success
  type: str
  sample: control_plane
address:
  description: The address that it had as a member of the datastore. V(null) for a worker.
  returned: success
  type: str
  sample: 10.0.0.13:19001
members:
  description: The members of the datastore, each with C(address), C(role) and C(answers).
  returned: on failure, if one of them is the reason
  type: list
  elements: dict
  sample: [{address: "10.0.0.12:19001", role: voter, answers: false}]
output:
  description: The end of what the command said.
  returned: if it was run
  type: str
  sample: Waiting for node to start.
rc:
  description: Exit status of the command.
  returned: on failure, if it was run
  type: int
  sample: 2
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import departing
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine

ARGUMENTS = {"accept_even": {"type": "bool", "default": False}, "timeout": {"type": "int", "default": 300}}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        machine = Machine(Command(module.run_command))
        result = departing.leave(machine, module.params["accept_even"], module.params["timeout"], module.check_mode)
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **error.facts)
    for text in result.pop("warnings"):
        module.warn(text)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
