# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wifi_psk
short_description: Derive the PSK of a Wi-Fi network from its passphrase
version_added: 0.1.0
author:
  - The pikube maintainers (@pikube)
description:
  - Makes the PSK that WPA2 uses from a passphrase and the name of the network, as C(wpa_passphrase) does, so that the passphrase
    itself need not leave the controller.
  - The PSK opens this one network like the passphrase does. Treat it as a secret.
  - WPA3 cannot be done with a PSK; it needs the passphrase.
positional: _input, ssid
options:
  _input:
    description: The passphrase, 8 to 63 printable ASCII characters. A line end after it is dropped.
    type: str
    required: true
  ssid:
    description: Name of the network, 1 to 32 octets in UTF-8.
    type: str
    required: true
seealso:
  - module: pikube.stateful.wifi
  - plugin: pikube.stateful.wifi_hashed
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the PSK of IEEE 802.11's own example
  ansible.builtin.debug:
    msg: "{{ 'password' | pikube.stateful.wifi_psk('IEEE') }}"
# f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e
"""

RETURN = r"""
_value:
  description: The PSK, 64 hexadecimal digits.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.wifi import derive_psk


def wifi_psk(passphrase: Any, ssid: Any) -> str:
    """Derive the PSK; the error of a bad passphrase gives its length, not its text."""
    try:
        return derive_psk(ssid, passphrase)
    except NetworkError as error:
        raise AnsibleFilterError(f"pikube.stateful.wifi_psk: {error}") from None


class FilterModule:
    """Offer the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"wifi_psk": wifi_psk}
