#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_addon
short_description: Add-ons of MicroK8s, judged by what they do
version_added: 0.2.0
description:
  - Enables and disables add-ons in the given order. Run it on one control plane.
  - MicroK8s calls an add-on enabled as soon as some object of it exists, and several of its commands end well without having done
    anything. With O(kubeconfig) an add-on counts as there when its pods work, its services have addresses, its extensions of the API
    answer and its storage classes exist, on all API servers where it is a matter of these. It counts as gone when none of that is left.
  - The command is not run for an add-on that is there already. Arguments for it are then ignored, as MicroK8s would do, with a warning if
    they seem to differ.
  - Known are V(dns), V(helm), V(helm3), V(community), V(metrics-server), V(rbac), V(hostpath-storage) and V(openebs). Of others
    MicroK8s' own word is taken, with a warning.
author:
  - The pikube maintainers (@pikube)
options:
  addons:
    description: The add-ons, each V(NAME) or V(REPOSITORY/NAME).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the add-on.
        type: str
        required: true
      state:
        description: Whether it is to be there.
        type: str
        choices: [present, absent]
        default: present
      arguments:
        description:
          - Values (V(8.8.8.8,1.1.1.1) for V(dns)) or flags (V(--reclaim-policy) for V(hostpath-storage)) of the command.
          - To take V(hostpath-storage) away erases its data and wants the argument V(destroy-storage).
        type: list
        elements: str
        default: []
  command_timeout:
    description: Seconds that one command may take. Usual are 3 to 60, and up to 370 for disabling V(openebs).
    type: int
    default: 600
  timeout:
    description:
      - Seconds from the command until an add-on has to work or to be gone, with O(kubeconfig).
      - By default V(600) for V(openebs) and V(300) for all others.
    type: int
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
notes:
  - Needs the rights of root (C(become=true)).
  - All nodes have to be up, because add-ons such as V(dns) and V(rbac) change arguments on each of them.
seealso:
  - module: pikube.stateful.microk8s_info
"""

EXAMPLES = r"""
- name: Name resolution and authorization, and no metrics
  pikube.stateful.microk8s_addon:
    addons:
      - name: rbac
      - name: dns
        arguments: ["10.0.0.1"]
      - name: metrics-server
        state: absent
    kubeconfig: "{{ cluster.kubeconfig }}"
    servers: [10.0.0.12, 10.0.0.13]
  become: true
"""

RETURN = r"""
addons:
  description: What was done, in the order in which it was asked for.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The add-on with its repository.
      type: str
    state:
      description: What was asked for.
      type: str
    changed:
      description: Whether the command was run.
      type: bool
    outcome:
      description:
        - V(there) or V(gone) if it was so before, V(already) if MicroK8s says so, V(done) if it was changed.
        - In check mode also V(no_effect) if MicroK8s says so and it is not true.
      type: str
    seconds:
      description: Seconds from the command to its effect.
      type: int
    missing:
      description: What does not work or is still there, if RV(addons[].outcome) is V(no_effect).
      type: list
      elements: str
  sample: [{name: core/dns, state: present, changed: true, outcome: done, seconds: 21}]
outcome:
  description: The reason, such as V(unknown_addon), V(iscsid), V(node_down), V(chart_repository), V(api_down) or V(no_effect).
  returned: on failure
  type: str
  sample: iscsid
repositories:
  description: The add-ons that there are, by repository.
  returned: on failure, if there is no such add-on
  type: dict
  sample: {core: [dns, rbac]}
missing:
  description: What is not there or does not work, or is still there.
  returned: on failure, if there was no effect in time
  type: list
  elements: str
  sample: ["Deployment kube-system/coredns: 0 of 1 pods work (coredns-5d on pi02: ImagePullBackOff)"]
output:
  description: The end of what the command said.
  returned: on failure, if it was run
  type: str
  sample: iscsid is not available or enabled.
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import enabling
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine

ADDON = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "arguments": {"type": "list", "elements": "str", "default": []},
}
ARGUMENTS = {
    "addons": {"type": "list", "elements": "dict", "required": True, "options": ADDON},
    "command_timeout": {"type": "int", "default": 600},
    # The action plugin of the same name uses these on the controller and sends none of them.
    "timeout": {"type": "int"},
    "kubeconfig": {"type": "dict", "no_log": True},
    "servers": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = module.params
    try:
        result = enabling.run(
            Machine(Command(module.run_command)), wanted["addons"], wanted["command_timeout"], module.check_mode, module.warn
        )
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
