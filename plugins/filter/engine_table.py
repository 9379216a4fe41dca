# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: engine_table
short_description: The decision for a storage engine as lines of text
version_added: 0.3.0
description:
  - Makes a table for people of what module M(pikube.stateful.openebs_engine) decided. The engine with its reasons, room and promise, or
    what to buy or change, and then every engine that was not taken, with rule, reason and cure.
options:
  _input:
    description: The decision, RV(pikube.stateful.openebs_engine#module:decision).
    type: dict
    required: true
author:
  - The pikube maintainers (@pikube)
seealso:
  - module: pikube.stateful.openebs_engine
"""

EXAMPLES = r"""
- name: Show the decision
  ansible.builtin.debug:
    msg: "{{ storage.decision | pikube.stateful.engine_table }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
  sample:
    - engine      Local PV hostpath (hostpath)
    - "because     R05: 3 of 3 nodes will do: pi01, pi02, pi03"
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.table import table


def engine_table(decision: Mapping[str, Any]) -> list[str]:
    try:
        return table(decision)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"engine_table: this is no decision of module openebs_engine ({error} is missing or wrong)") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"engine_table": engine_table}
