#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_join
short_description: Join a node to a MicroK8s cluster
version_added: 0.2.0
description:
  - Joins the node that the task runs on as control plane or worker, and does not believe that it worked. With O(kubeconfig) the controller
    then waits until the cluster has a Node of this name that is Ready, at this address and with the label of its role, and until a control
    plane is a member of the datastore.
  - Says every 10 seconds what it waits for.
  - A node that is a member already is left as it is, and judged all the same. A member of another cluster is refused.
  - Clears away what a join that failed has left (the lock C(join-in-progress)).
  - A joining control plane takes over C(args/kubelet) of the control plane that it contacts, and loses its own. Run
    M(pikube.stateful.microk8s_args) after it.
author:
  - The pikube maintainers (@pikube)
options:
  url:
    description: What to join by, from M(pikube.stateful.microk8s_token). Each try needs a new one.
    type: str
    required: true
  role:
    description: What the node becomes.
    type: str
    choices: [control_plane, worker]
    required: true
  cluster_ca:
    description:
      - Fingerprint of the cluster's certificate authority, C(ca_sha256) of M(pikube.stateful.microk8s_info) on a control plane.
      - Tells whether a node that is a member of a cluster is one of this cluster. Without it such a node is refused.
    type: str
  node_name:
    description: Name of the Node object, if it is not the host name of the node.
    type: str
  address:
    description: The address that the Node has to have (its InternalIP), and by which it is a member of the datastore.
    type: str
  timeout:
    description:
      - Seconds until the node has to be a working member.
      - By default V(300) for a control plane and V(180) for a worker.
    type: int
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
notes:
  - Needs the rights of root (C(become=true)).
  - While C(microk8s join) runs the url is among the arguments of a process, because it takes it in no other way. The token in it is used up
    within the first moments.
seealso:
  - module: pikube.stateful.microk8s_token
  - module: pikube.stateful.microk8s_nodes
"""

EXAMPLES = r"""
- name: Join as control plane, one node after the other
  pikube.stateful.microk8s_join:
    url: "{{ token.url }}"
    role: control_plane
    cluster_ca: "{{ hostvars['pi01'].ansible_facts.pikube_microk8s.ca_sha256 }}"
    address: 10.0.0.12
    kubeconfig: "{{ cluster.kubeconfig }}"
  become: true
  register: join
"""

RETURN = r"""
outcome:
  description:
    - What happened, a word. V(member) if the node was a member before, V(done) or V(done_in_silence) if it has joined.
    - On failure the reason, such as V(token), V(already_known), V(clock), V(refused), V(unreachable), V(same_address), V(fingerprint),
      V(other_cluster), V(other_role), V(datastore_not_joined), V(not_ready), V(address) or V(unknown).
  returned: always
  type: str
  sample: done
retryable:
  description: V(token) if the same may work with a new token, V(null) if something has to be put right first.
  returned: always
  type: str
  sample: token
half_joined:
  description: Whether the node was changed although it has not joined. Take it out before the next try.
  returned: on failure
  type: bool
  sample: false
joined:
  description: Whether the node joined now.
  returned: success
  type: bool
  sample: true
actions:
  description: What was done besides.
  returned: success
  type: list
  elements: str
  sample: [removed what a failed join left (join-in-progress)]
role:
  description: The role of the node.
  returned: success
  type: str
  sample: control_plane
node:
  description: The name of the node.
  returned: success
  type: str
  sample: pi02
seen:
  description: The node as the cluster sees it, like an element of RV(pikube.stateful.microk8s_nodes#module:nodes).
  returned: with O(kubeconfig), outside check mode
  type: dict
  sample: {name: pi02, ready: true, role: control_plane, address: 10.0.0.12}
seconds:
  description: Seconds from the beginning of the task until the node was a working member.
  returned: with O(kubeconfig), outside check mode
  type: int
  sample: 74
output:
  description: The end of what the command said, without the token.
  returned: if it was run
  type: str
  sample: Successfully joined the cluster.
members:
  description: Addresses of the cluster that the node is a member of.
  returned: on failure, if it is another cluster
  type: list
  elements: str
  sample: ["10.9.0.1:19001"]
rc:
  description: Exit status of the command.
  returned: on failure, if it was run
  type: int
  sample: 6
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import joining
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.join import TIMEOUTS
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine

ARGUMENTS = {
    "url": {"type": "str", "required": True, "no_log": True},
    "role": {"type": "str", "choices": ["control_plane", "worker"], "required": True},
    "cluster_ca": {"type": "str"},
    "node_name": {"type": "str"},
    "address": {"type": "str"},
    "timeout": {"type": "int"},
    # The action plugin of the same name uses these on the controller and sends neither.
    "kubeconfig": {"type": "dict", "no_log": True},
    "servers": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = module.params
    seconds = wanted["timeout"] or TIMEOUTS[wanted["role"]]
    try:
        machine = Machine(Command(module.run_command))
        result = joining.run(machine, wanted["url"], wanted["role"], wanted["cluster_ca"], seconds, module.check_mode)
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **{"outcome": None, "retryable": None, "half_joined": False, **error.facts})
    module.exit_json(**result)


if __name__ == "__main__":
    main()
