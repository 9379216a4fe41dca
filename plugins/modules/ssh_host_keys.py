#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_host_keys
short_description: Give a node ssh host keys of its own
version_added: 0.1.0
description:
  - Makes new host keys if the node has one that it must not have, such as one that a cloned card brought along.
  - The new keys are complete before an old one goes, and the server is reloaded, which keeps open sessions.
  - Whoever connects anew needs the new keys in known_hosts. With O(state=staged) they are known before the server shows them.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: debian
options:
  unwanted:
    description:
      - Fingerprints of keys that the node must not have, as C(ssh-keygen -l) shows them.
      - If it has one of them, all its keys are made anew.
    type: list
    elements: str
    required: true
  state:
    description:
      - With V(staged) new keys are made, if the node needs them, and kept beside the old ones, which stay in force.
        Keys that were staged before are taken over.
      - With V(present) they are put in force. What was not staged is made first.
    type: str
    choices: [present, staged]
    default: present
  directory:
    description: Folder of the keys.
    type: path
    default: /etc/ssh
author:
  - The pikube maintainers (@pikube)
seealso:
  - plugin: pikube.stateful.identity_conflicts
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Have host keys that the other node does not have
  pikube.stateful.ssh_host_keys:
    unwanted:
      - SHA256:e071ONkZZpKpXkp7/C9tNnzbt+BWmlzb7yZ9OZubCVc
  become: true

- name: Make the keys that the node is about to have
  pikube.stateful.ssh_host_keys:
    unwanted:
      - SHA256:e071ONkZZpKpXkp7/C9tNnzbt+BWmlzb7yZ9OZubCVc
    state: staged
  register: staged
  become: true
"""

RETURN = r"""
public_keys:
  description:
    - The public keys after the run. In check mode those that there are.
    - With O(state=staged) those that the node has after the next run with O(state=present).
  type: list
  elements: str
  returned: success
  sample:
    - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHcVh3ocFZmoSYNJLpeyMNUNLpT6zy28UQqkqaBKLkkd root@pi02
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.node.identity import fingerprint
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.host_keys import public_keys, stage, swap

ARGUMENTS = {
    "unwanted": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "staged"], "default": "present"},
    "directory": {"type": "path", "default": "/etc/ssh"},
}


def fingerprints(keys: list[str]) -> list[str]:
    return [found[1] for found in map(fingerprint, keys) if found]


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    folder = Path(module.params["directory"])
    before = after = public_keys(folder)
    unwanted = module.params["unwanted"]
    changed = not set(fingerprints(before)).isdisjoint(unwanted)
    if changed and not module.check_mode:
        try:
            after = stage(folder, module.run_command, lambda keys: set(fingerprints(keys)).isdisjoint(unwanted))
            if module.params["state"] == "present":
                swap(folder, module.run_command)
        except (SshError, OSError) as error:
            module.fail_json(msg=str(error))
    new = "(new keys)" if module.check_mode and changed else "\n".join(fingerprints(after))
    diff = {"before": "\n".join(fingerprints(before)) + "\n", "after": f"{new}\n"}
    module.exit_json(changed=changed, public_keys=after, diff=diff)


if __name__ == "__main__":
    main()
