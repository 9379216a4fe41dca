#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_dns
short_description: DNS of a cluster that survives the loss of a node
version_added: 0.3.0
description:
  - MicroK8s runs one pod of CoreDNS. If its node is lost, no name in the cluster is resolved for about six minutes, and a standby of
    PostgreSQL, which looks for its new primary by name, cannot follow it.
  - Gives the Deployment C(kube-system/coredns) more pods, and keeps them on different nodes. Pods are never taken away. Works on the
    controller alone.
  - Changes nothing where there is no such Deployment.
author:
  - The pikube maintainers (@pikube)
attributes:
  diff_mode:
    support: full
options:
  kubeconfig:
    required: true
  pods:
    description: How many there have to be at least. No more than there are nodes, as no two of them come to the same one.
    type: int
    default: 2
  timeout:
    description: Seconds for the new pods to work.
    type: int
    default: 300
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
"""

EXAMPLES = r"""
- name: Names are resolved whichever node is lost
  pikube.stateful.microk8s_dns:
    kubeconfig: "{{ cluster.kubeconfig }}"
    pods: 2
  delegate_to: localhost
"""

RETURN = r"""
pods:
  description: How many there are to be now; 0 where there is no such Deployment.
  returned: success
  type: int
  sample: 2
"""
