#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_kubeconfig
short_description: The administrator's kubeconfig of a MicroK8s cluster
version_added: 0.2.0
description:
  - Reads the administrator's kubeconfig on a control plane and returns it with the API server at an address that others can reach.
  - Reads a file and runs no command, so it works while the API server does not.
  - The result is the key to the whole cluster. Set C(no_log=true) on the task, and do not write it into a fact cache.
author:
  - The pikube maintainers (@pikube)
options:
  address:
    description: The address or name of the API server for those who use the kubeconfig.
    type: str
    required: true
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
notes:
  - Needs the rights of root (C(become=true)).
seealso:
  - module: pikube.stateful.microk8s_args
"""

EXAMPLES = r"""
- name: Get the key to the cluster
  pikube.stateful.microk8s_kubeconfig:
    address: "{{ ansible_host }}"
  become: true
  no_log: true
  register: access

- name: Keep it for kubectl
  ansible.builtin.copy:
    content: "{{ access.kubeconfig | ansible.builtin.to_nice_yaml }}"
    dest: "{{ playbook_dir }}/kubeconfig"
    mode: "0600"
  delegate_to: localhost
  no_log: true
"""

RETURN = r"""
kubeconfig:
  description: The kubeconfig. It holds the administrator's private key.
  returned: success
  type: dict
  sample:
    apiVersion: v1
    kind: Config
    current-context: microk8s
server:
  description: The URL of the API server in it.
  returned: success
  type: str
  sample: https://10.0.0.11:16443
ca_sha256:
  description: Fingerprint of the certificate authority in it.
  returned: success
  type: str
  sample: 0b6a1c5f2d1b9d7d2f9f6f0a4a0e3a6c9e9a4a5d5d7e2d5b3c1f0e9d8c7b6a59
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, restart, state
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.kubeconfig import authority_of, kubeconfig, names_server

ARGUMENTS = {"address": {"type": "str", "required": True}}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    files, address = Files(), module.params["address"]
    try:
        if state.locked(files, paths.LOCK_WORKER):
            raise MicroK8sError("This node is a worker, whose kubeconfig opens nothing. Ask a control plane.")
        found = kubeconfig(files.text(paths.CLIENT_CONFIG), address, restart.api_port(state.arguments(files)))
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **error.facts)
    if names_server(files.text(f"{paths.CERTS}/server.crt"), address) is False:
        module.warn(f"The API server's certificate is not valid for {address}. Add it to extra_sans of module microk8s_args.")
    module.exit_json(changed=False, kubeconfig=found, server=found["clusters"][0]["cluster"]["server"], ca_sha256=authority_of(found))


if __name__ == "__main__":
    main()
