# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: user_problems
short_description: What is wrong with a list of accounts
version_added: 0.1.0
description:
  - Holds accounts against the rules of Debian and Ubuntu before any is made. Keys must be public ones and passwords must be hashes.
  - The rules are those of a card that is prepared before its first boot, so that one list does for both.
positional: host, ansible_user, become_password
options:
  _input:
    description: The accounts. Each has C(name), and may have C(authorized_keys), C(password_hash), C(sudo) and C(groups).
    type: list
    elements: dict
    required: true
  host:
    description: Name of the host, for the messages.
    type: str
    required: true
  ansible_user:
    description: Name of the user Ansible logs in as, empty if it is not known.
    type: str
    default: ""
  become_password:
    description:
      - Whether Ansible has a password for sudo from a variable. One that the command line asks for or reads from a file counts by itself.
      - Without one, the user Ansible logs in as must keep C(sudo=nopasswd), or the run would cut itself off from root.
    type: bool
    default: true
author:
  - The pikube maintainers (@pikube)
"""

EXAMPLES = r"""
- name: Refuse accounts that cannot be made
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | join(' ') }}"
  vars:
    problems: "{{ pi_users | pikube.stateful.user_problems(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: One sentence for each problem, with host, value and cure. An empty list if there is none. No secret is repeated.
  type: list
  elements: str
  sample:
    - >-
      pi_users on host pi02: password_hash of "ops" is not a hash of crypt(5) ("$6$..."), and a password in clear text is written nowhere;
      make a hash with "openssl passwd -6"
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible import context
from ansible_collections.pikube.stateful.plugins.module_utils.card.errors import CardError
from ansible_collections.pikube.stateful.plugins.module_utils.card.settings import User


def _has_password_for_all_hosts() -> bool:
    return any(context.CLIARGS.get(option) for option in ("become_ask_pass", "become_password_file"))


def user_problems(users: Iterable[Mapping[str, Any]], host: str, ansible_user: str = "", become_password: bool = True) -> list[str]:
    become_password = become_password or _has_password_for_all_hosts()
    found = []
    names = [user["name"] for user in users]
    for place, user in enumerate(users):
        try:
            User.from_options(user)
        except CardError as error:
            found.append(f"pi_users on host {host}: {str(error).removeprefix('users: ')}")
        if user["name"] in names[:place]:
            found.append(f'pi_users on host {host}: "{user["name"]}" is there twice; give one entry with all keys')
        sudo = user.get("sudo") or "nopasswd"
        if user["name"] == ansible_user and sudo in ("password", "none") and not become_password:
            found.append(
                f'pi_users on host {host}: "{ansible_user}" is the user Ansible logs in as, and sudo "{sudo}" takes its root rights away '
                "in the middle of the run; give the password with --ask-become-pass or ansible_become_password, or set sudo to nopasswd"
            )
    return found


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"user_problems": user_problems}
