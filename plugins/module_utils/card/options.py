# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module card, in the form of Ansible's argument specification."""

from __future__ import annotations

USER = {
    "name": {"type": "str", "required": True},
    "authorized_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "password_hash": {"type": "str", "no_log": True},
    "sudo": {"type": "str", "choices": ["nopasswd", "password", "none"], "default": "nopasswd"},
    "groups": {"type": "list", "elements": "str", "default": []},
}
NETWORK = {
    "ssid": {"type": "str", "required": True},
    "psk": {"type": "str", "no_log": True},
    "passphrase": {"type": "str", "no_log": True},
    "security": {"type": "str", "choices": ["wpa2", "wpa2-wpa3", "wpa3", "open"], "default": "wpa2"},
    "hidden": {"type": "bool", "default": False},
    "priority": {"type": "int"},
    "address": {"type": "str"},
    "gateway": {"type": "str"},
    "nameservers": {"type": "list", "elements": "str", "default": []},
    "metric": {"type": "int"},
}
ARGUMENTS = {
    "target": {"type": "path", "required": True},
    "hostname": {"type": "str", "required": True},
    "users": {"type": "list", "elements": "dict", "default": [], "options": USER},
    "ssh_password_authentication": {"type": "bool", "default": False, "no_log": False},
    "timezone": {"type": "str"},
    "wifi_country": {"type": "str"},
    "wifi_networks": {"type": "list", "elements": "dict", "default": [], "options": NETWORK},
    "kernel_parameters_present": {"type": "list", "elements": "str", "default": []},
    "kernel_parameters_absent": {"type": "list", "elements": "str", "default": []},
    "init_format": {"type": "str", "choices": ["auto", "cloud_init", "custom_toml", "userconf"], "default": "auto"},
}
