#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_member
short_description: Remove a node from a MicroK8s cluster
version_added: 0.2.0
description:
  - Removes the Node object of a node that has left, and with O(force) also its membership in the datastore. Run it on a control plane that
    stays.
  - The exit status of C(microk8s remove-node) is not believed. The module looks at the Node object and at the members of the datastore
    before and after it. With O(kubeconfig) the controller also asks the other API servers whether the Node is gone.
  - Refuses if the datastore would lose its quorum or would be left with an even number of voters.
  - In check mode a member that has not left is no error, because it may leave before. What the datastore would make of it is.
author:
  - The pikube maintainers (@pikube)
options:
  name:
    description: Name of the Node object. At least one of O(name) and O(address) is needed.
    type: str
  address:
    description:
      - Address of the member of the datastore, with or without its port. By default that of the Node object.
      - Alone it removes a member that has no Node object, such as one that a failed join has left.
    type: str
  state:
    description: The node is not there.
    type: str
    choices: [absent]
    default: absent
  force:
    description:
      - Remove a member of the datastore that has not left. For nodes that are lost for good, and for those that are in no cluster by their
        own files, such as one that was installed anew.
      - A node that comes back later still takes itself for a member. Install it anew.
    type: bool
    default: false
  accept_even:
    description: Whether an even number of voters may stay for a while, of which the loss of one stops the datastore.
    type: bool
    default: false
  timeout:
    description: Seconds that the command may take.
    type: int
    default: 120
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
notes:
  - Needs the rights of root (C(become=true)).
seealso:
  - module: pikube.stateful.microk8s_leave
"""

EXAMPLES = r"""
- name: Remove a node that has left
  pikube.stateful.microk8s_member:
    name: pi03
  become: true

- name: Remove a control plane that is lost for good
  pikube.stateful.microk8s_member:
    name: pi03
    address: 10.0.0.13
    force: true
  become: true

- name: Remove what the datastore remembers of a node that was installed anew
  pikube.stateful.microk8s_member:
    address: 10.0.0.13
    force: true
  become: true
"""

RETURN = r"""
outcome:
  description:
    - V(removed), or V(absent) if nothing of it was there.
    - On failure the reason, such as V(registered), V(self), V(only_voter), V(loses_quorum), V(no_quorum), V(even) or V(still_there).
  returned: always
  type: str
  sample: removed
name:
  description: Name of the Node object.
  returned: success
  type: str
  sample: pi03
address:
  description: Address of the member that was looked for.
  returned: success
  type: str
  sample: 10.0.0.13
removed:
  description: What was there and was removed.
  returned: success
  type: dict
  contains:
    node:
      description: Whether it was the Node object.
      type: bool
    member:
      description: Whether it was the member of the datastore.
      type: bool
  sample: {node: true, member: true}
members:
  description: The members of the datastore that there are now, each with C(address) and C(role).
  returned: success
  type: list
  elements: dict
  sample: [{address: "10.0.0.11:19001", role: voter}, {address: "10.0.0.12:19001", role: spare}]
output:
  description: The end of what the command said.
  returned: on failure, if it was run
  type: str
  sample: Removal failed. Node pi03 is registered with dqlite.
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import departing
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine

ARGUMENTS = {
    "name": {"type": "str"},
    "address": {"type": "str"},
    "state": {"type": "str", "choices": ["absent"], "default": "absent"},
    "force": {"type": "bool", "default": False},
    "accept_even": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 120},
    # The action plugin of the same name uses these on the controller and sends neither.
    "kubeconfig": {"type": "dict", "no_log": True},
    "servers": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, required_one_of=[["name", "address"]], supports_check_mode=True)
    wanted = {key: module.params[key] for key in ("name", "address", "force", "accept_even")}
    try:
        machine = Machine(Command(module.run_command))
        result = departing.remove(machine, **wanted, seconds=module.params["timeout"], check=module.check_mode)
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **error.facts)
    for text in result.pop("warnings"):
        module.warn(text)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
