#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: openebs_quota
short_description: What namespaces may ask for in storage
version_added: 0.3.0
description:
  - Makes one ResourceQuota and one LimitRange for each namespace, both with the name O(name). A namespace that is not there is
    made. Works on the controller alone.
  - Where a namespace has no such row any more, its objects stay. An empty row takes them away.
author:
  - The pikube maintainers (@pikube)
attributes:
  diff_mode:
    support: full
options:
  kubeconfig:
    required: true
  quotas:
    description:
      - By namespace a dictionary with C(storage) (the sum of all claims, such as V(50Gi)), C(claims) (their number), C(min) and C(max) (of
        one claim), and C(classes), by storage class again C(storage) and C(claims).
    type: dict
    required: true
  name:
    description: Of the objects. Those of other names in a namespace are not looked at, and hold as well.
    type: str
    default: pikube-storage
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
"""

EXAMPLES = r"""
- name: The database may have 50 GiB, in claims of 1 to 20 GiB
  pikube.stateful.openebs_quota:
    kubeconfig: "{{ cluster.kubeconfig }}"
    quotas:
      database:
        storage: 50Gi
        claims: 6
        min: 1Gi
        max: 20Gi
        classes:
          openebs-hostpath:
            claims: 0
  delegate_to: localhost
"""

RETURN = r"""
objects:
  description: What was made, changed or taken away.
  returned: success
  type: list
  elements: str
  sample: [ResourceQuota database/pikube-storage, LimitRange database/pikube-storage]
"""
