# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: openebs_mirrored
short_description: The values of a chart of OpenEBS with images from a registry of one's own
version_added: 0.3.0
description:
  - Puts a registry into all places in which the chart names one, as far as the values switch that part on.
  - Where it does not know the places of a chart it says so. Containerd can then be told to ask the mirror.
positional: chart, version, mirror
options:
  _input:
    description: The values.
    type: dict
    required: true
  chart:
    description: Name of the chart.
    type: str
    required: true
  version:
    description: Its version.
    type: str
    required: true
  mirror:
    description: Host, port and prefix of the registry, without a scheme. Empty changes nothing.
    type: str
    default: ""
author:
  - The pikube maintainers (@pikube)
"""

EXAMPLES = r"""
- name: Images from the site's own registry
  ansible.builtin.set_fact:
    values: "{{ engine.decision.chart['values'] | pikube.stateful.openebs_mirrored('openebs', '4.6.1', 'registry.example.org:5000') }}"
"""

RETURN = r"""
_value:
  description: The values.
  type: dict
  sample:
    localpv-provisioner:
      localpv:
        image:
          registry: registry.example.org:5000/mirror/
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.mirror import mirrored


def openebs_mirrored(values: Mapping[str, Any], chart: str, version: str, mirror: str = "") -> dict[str, Any]:
    try:
        return mirrored(values, chart, version, mirror)
    except OpenebsError as error:
        raise AnsibleFilterError(f"openebs_mirrored: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"openebs_mirrored": openebs_mirrored}
