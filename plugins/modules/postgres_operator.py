#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_operator
short_description: The operator of CloudNativePG, installed from its released manifest
version_added: 0.3.0
description:
  - Applies the manifest on the server's side, fitted to a site of its own. Two replicas on two nodes, so that the loss of a node does not
    take the one that would notice it; and an image that a node has is not pulled again, so that it starts without its registry.
  - An operator that is there in another version stays as it is, and the task fails with what to do. With O(upgrade) an older one is
    upgraded; a newer one never becomes an older one.
  - One that Helm installed, in whatever namespace, is left alone; it has to be 1.28 or newer.
  - Where the default manifest cannot be downloaded, and the operator that runs is of its version, it is left as it is, with a warning.
  - Waits until the operator judges an object that the API shows it, which is later than its pods being there, and says every 10 seconds
    what it waits for. With O(begin) it does not.
author:
  - The pikube maintainers (@pikube)
attributes:
  diff_mode:
    support: full
options:
  kubeconfig:
    required: true
  manifest:
    description: Address, or path on the controller, of the released manifest.
    type: str
    default: https://github.com/cloudnative-pg/cloudnative-pg/releases/download/v1.30.0/cnpg-1.30.0.yaml
  image_mirror:
    description: A registry, with a path if need be, that has the operator's image in the place of its own.
    type: str
    default: ""
  upgrade:
    description:
      - Whether an operator of an older version becomes that of the manifest. All its clusters get a new instance manager then, standbys
        first and the primary by a switchover.
    type: bool
    default: false
  begin:
    description:
      - Whether to install an operator only where there is none, without waiting for it, and to leave any that is there to a later task. It
        starts while something else is done.
    type: bool
    default: false
  wait_seconds:
    description: Seconds until it has to work.
    type: int
    default: 300
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.postgres_servers
"""

EXAMPLES = r"""
- name: The operator from a file of the controller
  hosts: pi01
  gather_facts: false
  tasks:
    - name: The way into the cluster
      pikube.stateful.microk8s_kubeconfig:
        address: 10.213.47.11
      become: true
      register: access
      no_log: true

    - name: Install it
      pikube.stateful.postgres_operator:
        kubeconfig: "{{ access.kubeconfig }}"
        manifest: /srv/pikube/cnpg-1.30.0.yaml
      delegate_to: localhost
"""

RETURN = r"""
objects:
  description: What was made or changed, kind and NAMESPACE/NAME; in check mode what would be.
  returned: success
  type: list
  elements: str
  sample: [Namespace cnpg-system, Deployment cnpg-system/cnpg-controller-manager]
version:
  description: Of the operator, by the tag of its image.
  returned: success
  type: str
  sample: 1.30.0
"""
