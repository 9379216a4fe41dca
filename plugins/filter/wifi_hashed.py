# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wifi_hashed
short_description: Replace passphrases of Wi-Fi networks by PSKs wherever that is possible
version_added: 0.1.0
author:
  - The pikube maintainers (@pikube)
description:
  - Gives the same networks with C(psk) in place of C(passphrase) for WPA2, so that the passphrase does not leave the controller.
  - Networks with WPA3 keep the passphrase, which SAE needs, and open ones have neither.
options:
  _input:
    description: The networks, with the options that O(pikube.stateful.wifi#module:networks) has.
    type: list
    elements: dict
    required: true
seealso:
  - module: pikube.stateful.wifi
  - plugin: pikube.stateful.wifi_psk
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Connect to the networks
  pikube.stateful.wifi:
    country: "{{ pi_wifi_country }}"
    networks: "{{ pi_wifi_networks | pikube.stateful.wifi_hashed }}"
"""

RETURN = r"""
_value:
  description: The networks in their order.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.preflight import hashed


def wifi_hashed(networks: Any) -> list[dict[str, Any]]:
    """Hash where a hash will do; the error of a bad passphrase gives its length, not its text."""
    if isinstance(networks, (str, Mapping)) or not hasattr(networks, "__iter__"):
        raise AnsibleFilterError("pikube.stateful.wifi_hashed: not a list of networks")
    try:
        return [hashed(options) for options in networks]
    except NetworkError as error:
        raise AnsibleFilterError(f"pikube.stateful.wifi_hashed: {error}") from None


class FilterModule:
    """Offer the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"wifi_hashed": wifi_hashed}
