# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: microk8s_problems
short_description: What speaks against hosts as one MicroK8s cluster
version_added: 0.2.0
description:
  - Gives the problems of a plan that filter P(pikube.stateful.microk8s_plan#filter) made, those of one severity, of one host, or without
    those that a site knows and accepts.
positional: severity
options:
  _input:
    description: The plan.
    type: dict
    required: true
  severity:
    description: Only those of this severity.
    type: str
    choices:
      - error
      - warning
  host:
    description: Only those of this host, and those of the cluster as a whole.
    type: str
  accepted:
    description: Ids of warnings that are left out. Errors cannot be accepted.
    type: list
    elements: str
    default: []
author:
  - The pikube maintainers (@pikube)
seealso:
  - plugin: pikube.stateful.microk8s_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors | map(attribute='message') | join(' ') }}"
  vars:
    errors: "{{ plan | pikube.stateful.microk8s_problems('error') }}"

- name: Say what had better be otherwise, but not that there are two control planes
  ansible.builtin.debug:
    msg: "{{ plan | pikube.stateful.microk8s_problems('warning', accepted=['M10']) | map(attribute='message') }}"
"""

RETURN = r"""
_value:
  description:
    - The problems, an empty list if there are none. Each has C(id) (stable, for a list of exceptions), C(severity) (C(error) or
      C(warning)), C(host) (V(null) for the cluster as a whole), C(message), which names host, value and cure, and C(cure) by itself.
  type: list
  elements: dict
  sample:
    - id: M10
      severity: warning
      host:
      message: >-
        cluster: with two control planes (pi01 and pi02) one holds the datastore, and losing that one loses the datastore. Use three control
        planes, or one and a worker.
      cure: Use three control planes, or one and a worker.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.problems import ERROR, WARNING


def microk8s_problems(
    plan: Mapping[str, Any], severity: str | None = None, host: str | None = None, accepted: Sequence[str] = ()
) -> list[dict[str, Any]]:
    if not isinstance(plan, Mapping) or not isinstance(plan.get("problems"), list):
        raise AnsibleFilterError("microk8s_problems: this is not a plan. Make one with filter pikube.stateful.microk8s_plan.")
    if severity not in (None, ERROR, WARNING):
        raise AnsibleFilterError(f'microk8s_problems: severity "{severity}" is not one of {ERROR}, {WARNING}.')
    return [
        problem
        for problem in plan["problems"]
        if (severity is None or problem["severity"] == severity)
        and (host is None or problem["host"] in (None, host))
        and (problem["severity"] == ERROR or problem["id"] not in accepted)
    ]


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"microk8s_problems": microk8s_problems}
