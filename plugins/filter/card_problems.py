# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: card_problems
short_description: What is wrong with the wish for a card
version_added: 0.1.0
description:
  - Holds the wishes for the cards of a play against each other and against the rules of names, before any card is touched.
  - What only the card itself can tell is the matter of module M(pikube.stateful.card).
positional: hostnames, host
options:
  _input:
    description: The cards of the play, paths on the controller by host.
    type: dict
    required: true
  hostnames:
    description: The names that the hosts are to have, by host.
    type: dict
    required: true
  host:
    description: The host whose card it is about.
    type: str
    required: true
author:
  - The pikube maintainers (@pikube)
seealso:
  - plugin: pikube.stateful.user_problems
    plugin_type: filter
  - plugin: pikube.stateful.wifi_problems
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Refuse two hosts with one card
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join(' ') }}"
  vars:
    targets:
      pi01: /var/tmp/images/pi01.img
      pi02: /var/tmp/images/pi02.img
    hostnames:
      pi01: pi01
      pi02: pi02
    problems: "{{ targets | pikube.stateful.card_problems(hostnames, 'pi02') }}"
"""

RETURN = r"""
_value:
  description: One sentence for each problem, with host, value and cure. An empty list if there is none. No secret is repeated.
  type: list
  elements: str
  sample:
    - 'pi_hostname "pi_02" on host pi02: an underscore is not allowed in a host name (RFC 1123). Try "pi-02".'
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.card.sharing import HOSTNAME, TARGET, shared
from ansible_collections.pikube.stateful.plugins.module_utils.node.hostname import explain


def card_problems(targets: Mapping[str, str], hostnames: Mapping[str, str], host: str) -> list[str]:
    misnamed = explain("pi_hostname", hostnames[host], host) if host in hostnames else None
    return [
        *([misnamed] if misnamed else []),
        # Two paths may lead to one card.
        *shared(TARGET, targets, host, os.path.realpath),
        *shared(HOSTNAME, hostnames, host, str.lower),
    ]


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"card_problems": card_problems}
