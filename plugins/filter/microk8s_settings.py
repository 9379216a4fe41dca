# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: microk8s_settings
short_description: What a cluster is wanted to be, as arguments of MicroK8s' services
version_added: 0.2.0
description:
  - Turns wishes such as the grace period of a lost node into the arguments, files and registries that module
    M(pikube.stateful.microk8s_args) sets, and says which wishes cannot be meant.
  - C(launch_configuration) in the result is the same for a node that is yet to be installed, so that it starts with them.
positional: role
options:
  _input:
    description: The wishes.
    type: dict
    required: true
    suboptions:
      minor:
        description: Minor release of Kubernetes.
        type: str
        required: true
      cluster_cidr:
        description: Network of the pods.
        type: str
        default: 10.1.0.0/16
      service_cidr:
        description: Network of the services.
        type: str
        default: 10.152.183.0/24
      rbac:
        description: Whether the API server asks for roles. False leaves its way of authorization as it is.
        type: bool
        default: false
      leader_election:
        description: C(lease_duration), C(renew_deadline) and C(retry_period) of controller manager and scheduler. Empty leaves them.
        type: dict
        default: {}
      node_monitor_grace_period:
        description: Time without word from a node after which it counts as lost. Empty is Kubernetes' own.
        type: str
        default: ""
      shutdown_grace_period:
        description: Time that an orderly shutdown leaves the pods. Empty sets nothing.
        type: str
        default: ""
      shutdown_grace_period_critical_pods:
        description: The part of it that is kept for critical pods.
        type: str
        default: ""
      extra_sans:
        description: More names and addresses for the certificate of the API server.
        type: list
        elements: str
        default: []
      registry_mirrors:
        description: Registry to the list of URLs of its mirrors.
        type: dict
        default: {}
      proxy:
        description: C(http) and C(https) as URLs, C(no_proxy) as a list.
        type: dict
        default: {}
      node_networks:
        description: Networks of the nodes, which are reached without the proxy.
        type: list
        elements: str
        default: []
      arguments:
        description: Arguments by the name of their file that win over all others. V(null) takes one out.
        type: dict
        default: {}
  role:
    description: What the node is in the cluster. Workers get nothing of the control plane.
    type: str
    required: true
    choices: [control_plane, worker]
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.microk8s_args
"""

EXAMPLES = r"""
- name: Kubernetes' own grace period, and a faster change of leaders
  pikube.stateful.microk8s_args: "{{ settings.options }}"
  become: true
  vars:
    wishes:
      minor: "1.34"
      leader_election: {lease_duration: 15s, renew_deadline: 10s, retry_period: 2s}
      node_monitor_grace_period: 50s
    settings: "{{ wishes | pikube.stateful.microk8s_settings('control_plane') }}"
"""

RETURN = r"""
_value:
  description:
    - C(options), the options of module M(pikube.stateful.microk8s_args), C(arguments), C(environment), C(files), C(registries) and
      C(extra_sans).
    - C(launch_configuration), the text of a launch configuration, for option O(pikube.stateful.microk8s_snap#module:launch_configuration).
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import launch
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.settings import WISHES, launch_document, settings


def microk8s_settings(wanted: Mapping[str, Any], role: str) -> dict[str, Any]:
    unknown = sorted(set(wanted) - set(WISHES) - {"minor"})
    if unknown or "minor" not in wanted:
        raise AnsibleFilterError(f"microk8s_settings: unknown wishes {unknown}" if unknown else "microk8s_settings: minor is missing")
    try:
        wishes = {**WISHES, **wanted}
        options = settings(wishes, role)
        return {"options": options, "launch_configuration": launch.render(launch_document(options, wishes))}
    except MicroK8sError as error:
        raise AnsibleFilterError(f"{error}") from None


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"microk8s_settings": microk8s_settings}
