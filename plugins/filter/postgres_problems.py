# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: postgres_problems
short_description: What speaks against the variables of role postgres
version_added: 0.3.0
description:
  - Gives what can be known to be wrong before a node or a cluster is asked, so that a long run does not end there.
  - That is what P(pikube.stateful.postgres#role) would refuse by its variables alone, and a Python library that is missing on this machine.
positional: nodes
options:
  _input:
    description: Variables of the role by their names; others are left out.
    type: dict
    required: true
  nodes:
    description: How many nodes the inventory has.
    type: int
    required: true
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.postgres_servers
"""

EXAMPLES = r"""
- name: Refuse what cannot be
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join(' ') }}"
  vars:
    problems: "{{ {'postgres_size': '5 GB'} | pikube.stateful.postgres_problems(3) }}"
"""

RETURN = r"""
_value:
  description: Each with the variable and what to write instead, an empty list if there are none. None holds a password.
  type: list
  elements: str
  sample:
    - >-
      postgres_size: "5 GB" is not a size as Kubernetes writes it. Write 5Gi (units of 1024: Mi, Gi, Ti; units of 1000: M, G, T), without a
      blank
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import connection, wishes
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils.postgres_checks import wanted_quota

PREFIX = "postgres_"
FLAGS = ("sample_data", "rotate_password", "operator_upgrade")


def postgres_problems(variables: Mapping[str, Any], nodes: int) -> list[str]:
    if not isinstance(variables, Mapping):
        raise AnsibleFilterError("postgres_problems: these are no variables. Give a dictionary.")
    given = {name.removeprefix(PREFIX): value for name, value in variables.items() if name.startswith(PREFIX)}
    checks: list[Callable[[], Any]] = [
        lambda: wishes.Wishes.parse(given, nodes),
        lambda: [wishes.flag(name, given.get(name, False)) for name in FLAGS],
        lambda: wanted_quota(str(given.get("namespace", "database")), wishes.mapping("quota", given.get("quota"))),
    ]
    if given.get("password") is not None:
        checks.append(lambda: wishes.password(str(given["password"])))
    if given.get("service_type") != "ClusterIP":
        checks.append(connection.library)
    found = []
    for check in checks:
        try:
            check()
        except PostgresError as error:
            found.append(f"{error}.")
    return found


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"postgres_problems": postgres_problems}
