#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_token
short_description: A new token by which a node joins a MicroK8s cluster
version_added: 0.2.0
description:
  - Makes a token on a control plane and returns the url by which M(pikube.stateful.microk8s_join) joins another node.
  - The url is that of O(address). The first join of all makes its address the one of the datastore, so no other is ever taken instead.
  - A token is used up when it is presented, also by a join that is refused afterwards. Take a new one for each try.
author:
  - The pikube maintainers (@pikube)
options:
  address:
    description: The IPv4 address of this control plane that the other nodes reach it by. It has to be one of its own, and has to stay.
    type: str
    required: true
  ttl:
    description:
      - Seconds for which the token can be used by any number of nodes.
      - With V(0) it can be used once, without an end in time.
    type: int
    default: 0
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
attributes:
  idempotent:
    support: none
    details: Each call makes a token, because each is used up by one join.
notes:
  - Needs the rights of root (C(become=true)).
  - The result is a secret. Set C(no_log=true) on the task.
seealso:
  - module: pikube.stateful.microk8s_join
"""

EXAMPLES = r"""
- name: Make a token on the first control plane
  pikube.stateful.microk8s_token:
    address: 10.0.0.11
  delegate_to: pi01
  become: true
  no_log: true
  register: token
"""

RETURN = r"""
url:
  description: What to join by. V(null) in check mode.
  returned: success
  type: str
  sample: 10.0.0.11:25000/0123456789abcdef0123456789abcdef/0123456789ab
address:
  description: The address in it.
  returned: success
  type: str
  sample: 10.0.0.11
addresses:
  description: The addresses that the control plane has.
  returned: on failure, if O(address) is none of them
  type: list
  elements: str
  sample: [192.168.1.11, fd00::11]
outcome:
  description: What was found, a word.
  returned: on failure
  type: str
  sample: stopped
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import tokens
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine

ARGUMENTS = {"address": {"type": "str", "required": True}, "ttl": {"type": "int", "default": 0}}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        url = tokens.make(Machine(Command(module.run_command)), module.params["address"], module.params["ttl"], module.check_mode)
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(changed=True, url=url, address=module.params["address"])


if __name__ == "__main__":
    main()
