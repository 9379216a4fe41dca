# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Options of those modules whose controller side asks the cluster."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - How the controller reaches the cluster, as module M(pikube.stateful.microk8s_kubeconfig) returns it.
      - It stays on the controller and is never sent to a node.
    type: dict
  servers:
    description: Addresses or URLs of further API servers of the cluster, which are asked when one does not answer.
    type: list
    elements: str
    default: []
notes:
  - The Python that runs Ansible needs the libraries C(kubernetes) and C(openshift).
"""
