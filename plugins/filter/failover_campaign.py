# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: failover_campaign
short_description: Several reports of module failover_verify together
version_added: 0.3.0
description:
  - Minimum, median and maximum of each figure by kind of fault, and how many runs passed, failed or proved nothing.
author:
  - The pikube maintainers (@pikube)
positional: _input
options:
  _input:
    description: Paths of the files report.json on the controller.
    type: list
    elements: str
    required: true
seealso:
  - module: pikube.stateful.failover_verify
"""

EXAMPLES = r"""
- name: Three drains together
  ansible.builtin.debug:
    msg: "{{ (reports | pikube.stateful.failover_campaign).faults.drain.figures.rto_seconds.median }} s"
"""

RETURN = r"""
_value:
  description:
    - C(runs), the worst C(verdict), and by kind in C(faults) how many C(runs) there were, C(pass), C(fail) and C(unknown) of them, how many
      outages C(never) ended, and C(figures) with C(n), C(min), C(median) and C(max).
  type: dict
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_compare import campaign


def failover_campaign(paths: Sequence[str]) -> dict[str, Any]:
    try:
        return campaign(json.loads(Path(path).expanduser().read_text()) for path in paths)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AnsibleFilterError(f"failover_campaign: not all of {paths} are reports of failover_verify: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_campaign": failover_campaign}
