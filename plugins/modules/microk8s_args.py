#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_args
short_description: Arguments of MicroK8s' services, registries and names of the API server
version_added: 0.2.0
description:
  - Sets and removes arguments and environment variables of the services of MicroK8s on one node, mirrors of registries, and further names
    in the certificate of the API server. All in one call with at most one restart of each service.
  - Works on values. Comments, order and quoting of what is not named stay as they are, in either form of an argument, C(--flag=value) or
    C(--flag value).
  - Restarts only services whose files have changed, and waits until they are well on this node. An interrupted run is finished by the
    next one. A file that is written and not yet in force is known by a note, and by when the service was started.
  - Joining a cluster as a control plane replaces the arguments of the kubelet by those of the node that was joined, and leaving one as a
    worker resets them, so this module belongs after both.
author:
  - The pikube maintainers (@pikube)
options:
  arguments:
    description:
      - Arguments by file (C(kubelet), C(kube-apiserver), C(kube-proxy), C(kube-controller-manager), C(kube-scheduler), C(kubelite),
        C(containerd), C(k8s-dqlite), C(cluster-agent), C(apiserver-proxy), C(etcd), C(flanneld)) and flag.
      - V(null) as the value removes the flag.
      - In a value C($SNAP_DATA) and other variables are expanded when the service starts. Write C(\$) for a dollar sign.
    type: dict
    default: {}
  environment:
    description:
      - Variables by file (C(kubelite-env), C(containerd-env), C(k8s-dqlite-env), C(cluster-agent-env), C(apiserver-proxy-env),
        C(etcd-env), C(flanneld-env), C(fips-env), C(ha-conf), C(cni-env)) and name.
      - V(null) as the value removes the variable. Users and passwords in URLs are hidden in diffs.
    type: dict
    default: {}
  files:
    description:
      - Other files in the folder of arguments by name, such as one that an argument of the kubelet names. Written as a whole.
      - V(null) as the text removes the file. The services of C(kubelite) are restarted for them.
    type: dict
    default: {}
  registries:
    description:
      - Text of C(hosts.toml) by registry, such as V(docker.io). V(null) removes it. containerd reads it at each pull, without a restart.
    type: dict
    default: {}
  extra_sans:
    description:
      - Exactly these DNS names and IP addresses are asked for in the next certificate of the API server besides MicroK8s' own. Without the
        option they stay as they are.
      - On a control plane whose certificate lacks one of them a new certificate is made, which restarts the API server. For one that is
        taken out none is made, so it stays valid until the next certificate (C(microk8s refresh-certs -e server.crt)).
    type: list
    elements: str
  restart:
    description: Whether to restart services for their files. Otherwise RV(restart_required) says which are owed a restart.
    type: bool
    default: true
  see_well:
    description:
      - Whether to wait until all services of the node are well also where none is restarted. On a control plane its own API server has to
        answer then, which it does only with its datastore.
    type: bool
    default: false
  timeout:
    description: Seconds until the restarted services have to be well.
    type: int
    default: 300
  kubeconfig:
    description:
      - How the controller reaches the cluster, as module M(pikube.stateful.microk8s_kubeconfig) returns it. It is never sent to a node.
      - A control plane that works is then refused, before anything is changed, while another one is not Ready or its API server does not
        answer. Hosts that follow one that failed in the same task are spared by that.
      - After a restart of the kubelet the task then waits until the cluster has heard of the node anew and calls it Ready.
  node_name:
    description: Name of the Node object, if it is not the name of the host in the inventory.
    type: str
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
attributes:
  diff_mode:
    details: The texts of registries are hidden, since they may hold passwords.
    support: partial
notes:
  - Needs the rights of root (C(become=true)).
  - A restart of C(kubelite) on a control plane interrupts its API server for some seconds. Pods go on. Do one node after the other.
  - On a node that was stopped by C(microk8s stop) the files are written and nothing is started.
seealso:
  - module: pikube.stateful.microk8s_info
"""

EXAMPLES = r"""
- name: More pods on a node, and none of the oldest ciphers
  pikube.stateful.microk8s_args:
    arguments:
      kubelet:
        --max-pods: 60
      kube-apiserver:
        --tls-min-version: VersionTLS12
        --enable-admission-plugins: null
  become: true
  throttle: 1

- name: Pull by way of a mirror and a proxy
  pikube.stateful.microk8s_args:
    registries:
      docker.io: |
        server = "https://registry-1.docker.io"

        [host."http://mirror:5000"]
        capabilities = ["pull", "resolve"]
    environment:
      containerd-env:
        HTTPS_PROXY: http://proxy:3128
        NO_PROXY: 10.1.0.0/16,10.152.183.0/24,10.0.0.0/24
  become: true

- name: Reach the API server by a name
  pikube.stateful.microk8s_args:
    extra_sans:
      - k8s.example.org
  become: true
"""

RETURN = r"""
files:
  description: The files that were changed, in check mode those that would be.
  returned: success
  type: list
  elements: str
  sample:
    - /var/snap/microk8s/current/args/kubelet
restarted:
  description: Services that were restarted, in check mode those that would be.
  returned: success
  type: list
  elements: str
  sample:
    - kubelite
restart_required:
  description: Services that still run with what was in their files before.
  returned: success
  type: list
  elements: str
  sample: []
certificate_renewed:
  description: Whether the certificate of the API server was made anew for O(extra_sans).
  returned: success
  type: bool
  sample: false
waited_seconds:
  description: How long it took until the services were well.
  returned: success
  type: float
  sample: 12.4
ailments:
  description: What was not well at the end of O(timeout).
  returned: on failure of services
  type: list
  elements: str
  sample:
    - kubelite does not run
hindrances:
  description: The other control planes that do not work, by name.
  returned: with O(kubeconfig), if the node was refused for them
  type: dict
  sample: {pi01: the API server of pi01 does not answer}
seen:
  description: The node as the cluster sees it, like an element of RV(pikube.stateful.microk8s_nodes#module:nodes).
  returned: with O(kubeconfig), if C(kubelite) was restarted
  type: dict
  sample: {name: pi02, ready: true, role: control_plane, address: 10.0.0.12}
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.files import disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.apply import Apply
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.environment import secrets
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

ARGUMENTS: dict[str, dict[str, Any]] = {
    "arguments": {"type": "dict", "default": {}},
    "environment": {"type": "dict", "default": {}},
    "files": {"type": "dict", "default": {}},
    "registries": {"type": "dict", "default": {}, "no_log": True},
    "extra_sans": {"type": "list", "elements": "str"},
    "restart": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 300},
    "see_well": {"type": "bool", "default": False},
}
# The action plugin of the same name uses these on the controller and sends none of them.
CONTROLLER: dict[str, dict[str, Any]] = {
    "kubeconfig": {"type": "dict", "no_log": True},
    "servers": {"type": "list", "elements": "str", "default": []},
    "node_name": {"type": "str"},
}
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin:/snap/bin"}


def main() -> None:
    # no_log keeps the texts of all files out of the node's journal, where Ansible would copy its arguments.
    module = AnsibleModule(argument_spec={**ARGUMENTS, **CONTROLLER}, supports_check_mode=True, no_log=True)
    module.no_log_values.update(secrets(module.params["environment"]))
    apply = Apply(lambda argv: module.run_command(list(argv), environ_update=ENVIRONMENT), disk, module.check_mode)
    try:
        result = apply(**{key: module.params[key] for key in ARGUMENTS})
    except (MicroK8sError, FilesError) as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
