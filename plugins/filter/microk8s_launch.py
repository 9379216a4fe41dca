# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: microk8s_launch
short_description: Text of a launch configuration of MicroK8s
version_added: 0.2.0
description:
  - Checks a launch configuration and writes it as MicroK8s reads it. A wrong one would make the installation fail, and undo it.
  - Values of arguments become texts, whatever they were in YAML.
  - C(join) is refused, because nodes are joined one after the other with a token each.
options:
  _input:
    description: The configuration, or a list of them, which are then applied in their order.
    type: raw
    required: true
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.microk8s_snap
"""

EXAMPLES = r"""
- name: Install MicroK8s with the add-on dns and more pods on a node
  pikube.stateful.microk8s_snap:
    channel: 1.34/stable
    launch_configuration: "{{ configuration | pikube.stateful.microk8s_launch }}"
  vars:
    configuration:
      version: 0.2.0
      addons:
        - name: dns
      extraKubeletArgs:
        --cluster-domain: cluster.local
        --cluster-dns: 10.152.183.10
        --max-pods: 60
  become: true
"""

RETURN = r"""
_value:
  description: The text.
  type: str
  sample: |
    ---
    version: "0.2.0"
    addons:
      - name: "dns"
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import launch
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError


def microk8s_launch(configuration: Any) -> str:
    try:
        return launch.render(configuration)
    except MicroK8sError as error:
        raise AnsibleFilterError(f"microk8s_launch: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"microk8s_launch": microk8s_launch}
