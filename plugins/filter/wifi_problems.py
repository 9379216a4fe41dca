# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wifi_problems
short_description: Say everything that is wrong with a wish for Wi-Fi
version_added: 0.1.0
author:
  - The pikube maintainers (@pikube)
description:
  - Checks a list of networks and the country as M(pikube.stateful.wifi) would, on the controller, so that a play can refuse before it
    touches anything.
  - Each message names the host, the variable, the value and the cure. Of passphrases and PSKs it names the length only.
positional: _input, country, host
options:
  _input:
    description: The networks, with the options that O(pikube.stateful.wifi#module:networks) has.
    type: list
    elements: dict
    required: true
  country:
    description: ISO 3166-1 code of the country. Needed with networks.
    type: str
  host:
    description: Name of the host that the messages are about.
    type: str
  prefix:
    description: Prefix of the variables' names in the messages.
    type: str
    default: pi_wifi_
seealso:
  - module: pikube.stateful.wifi
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  ansible.builtin.assert:
    that: __problems | length == 0
    fail_msg: "{{ __problems | join('\n') }}"
  vars:
    __problems: "{{ pi_wifi_networks | pikube.stateful.wifi_problems(pi_wifi_country, inventory_hostname) }}"
# pi_wifi_country "UK" on host pi02: not a country code of ISO 3166-1. Try "GB" (United Kingdom).
"""

RETURN = r"""
_value:
  description: The messages; an empty list if nothing is wrong.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.network.preflight import wifi_problems as problems_of


def wifi_problems(networks: Any, country: Any = None, host: str | None = None, prefix: str = "pi_wifi_") -> list[str]:
    """Say all problems, one text each."""
    return problems_of(networks, country, host=host, prefix=prefix)


class FilterModule:
    """Offer the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"wifi_problems": wifi_problems}
