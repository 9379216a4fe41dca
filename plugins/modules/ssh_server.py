#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_server
short_description: Change settings of a node's ssh server without being locked out
version_added: 0.1.0
description:
  - Keeps settings of the ssh server in a file of its own beside the main configuration.
    A reload, which keeps open sessions, puts them in force.
  - Before a change is made, sshd itself is asked about the whole configuration as it would be. The module refuses settings
    that sshd does not accept, that another file overrules, or under which O(login_users) could not log in by key any more.
  - A change has to be confirmed from a new connection with O(confirm=true).
    Otherwise the node takes it back by itself after O(rollback_seconds), to the settings that were confirmed last.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: debian
options:
  settings:
    description:
      - Keywords of sshd_config(5) and their values. Booleans become V(yes) and V(no), lists become words.
      - C(Include) and C(Match) are not accepted.
    type: dict
    default: {}
  path:
    description: The file of the settings. The first value that sshd reads wins, so the name sorts before those of other files.
    type: path
    default: /etc/ssh/sshd_config.d/10-pikube.conf
  state:
    description:
      - With V(present) the file holds exactly O(settings), with V(absent) there is no such file.
    type: str
    choices: [present, absent]
    default: present
  confirm:
    description: Keep a change that was made before. It is an error if the node has taken it back already.
    type: bool
    default: false
  login_users:
    description: Users who must be able to log in after the change, besides the one through whose ssh session the module runs.
    type: list
    elements: str
    default: []
  coming_users:
    description:
      - Users of O(login_users) who get a key in the same run, before this module.
      - In check mode they count as having one, because the key is not there yet. Otherwise the option has no effect.
    type: list
    elements: str
    default: []
  rollback_seconds:
    description: Seconds that a change waits for its confirmation, at least V(15).
    type: int
    default: 60
author:
  - The pikube maintainers (@pikube)
"""

EXAMPLES = r"""
- name: Nobody logs in by password
  pikube.stateful.ssh_server:
    settings:
      PasswordAuthentication: false
      KbdInteractiveAuthentication: false
      PermitRootLogin: false
      MaxAuthTries: 4
  register: ssh
  become: true

- name: The change is proved by a new connection
  when: ssh.confirm_required
  block:
    - name: Forget the connection that is open
      ansible.builtin.meta: reset_connection

    - name: Keep the change
      pikube.stateful.ssh_server:
        settings: "{{ ssh.settings }}"
        confirm: true
      become: true
"""

RETURN = r"""
path:
  description: The file of the settings.
  type: str
  returned: success
  sample: /etc/ssh/sshd_config.d/10-pikube.conf
settings:
  description: The settings as they stand in the file.
  type: dict
  returned: success
  sample: {"PasswordAuthentication": "no", "MaxAuthTries": "4"}
login_users:
  description: The users who were checked.
  type: list
  elements: str
  returned: success
  sample: [ubuntu]
confirm_required:
  description: Whether a change waits for O(confirm=true). It may be one of an earlier run that was interrupted.
  type: bool
  returned: success
  sample: true
"""

import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.files import disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.judge import judge
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.rollback import RELOAD, Rollback
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.server import Server
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.session import find_session
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.settings import as_options, render

ARGUMENTS = {
    "settings": {"type": "dict", "default": {}},
    "path": {"type": "path", "default": "/etc/ssh/sshd_config.d/10-pikube.conf"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "confirm": {"type": "bool", "default": False},
    "login_users": {"type": "list", "elements": "str", "default": []},
    "coming_users": {"type": "list", "elements": "str", "default": []},
    "rollback_seconds": {"type": "int", "default": 60},
}
COMMENT = "Managed by Ansible (pikube.stateful). Changes are overwritten."


def change(module: AnsibleModule, path: Path, before: disk.Found | None, after: disk.Found | None, rollback: Rollback) -> None:
    """Write the file and reload the server, with the way back prepared first."""
    if module.params["rollback_seconds"] < 15:
        raise SshError(
            "rollback_seconds: 15 at least, a new connection takes a while on a slow node",
            rollback_seconds=module.params["rollback_seconds"],
        )
    rollback.arm(path, before.text if before else None, module.params["rollback_seconds"])
    if after is None:
        disk.remove(path)
    else:
        disk.write(path, after)
    module.run_command(RELOAD, check_rc=True)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    path = Path(module.params["path"])
    rollback = Rollback(module.run_command)
    session = find_session()
    try:
        options = as_options(module.params["settings"])
        before = disk.find(path)
        after = None if module.params["state"] == "absent" else disk.Found(render(options, COMMENT), 0o644, 0, 0)
        users = sorted({*module.params["login_users"], *([session.user] if session and session.user else [])})
        changed = after != before
        if module.params["confirm"]:
            if changed:
                raise SshError(
                    f"the node has taken {path} back: no new connection confirmed it in time. See its journal for why sshd refused one"
                )
            changed = rollback.armed
            if not module.check_mode:
                rollback.confirm()
        # A run that was killed may have left a file that was never loaded, or a change whose timer is gone.
        elif changed or rollback.armed:
            with tempfile.TemporaryDirectory(prefix="pikube-") as scratch:
                sshd = module.get_bin_path("sshd", required=True, opt_dirs=["/usr/sbin"])
                server = Server([sshd], module.run_command, Path("/etc/ssh/sshd_config"))
                coming = module.params["coming_users"] if module.check_mode else []
                judge(server, path, after.text if after else None, options, users, session, Path(scratch), coming)
            if not module.check_mode:
                change(module, path, before, after, rollback)
    except (SshError, FilesError) as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(
        changed=changed,
        path=str(path),
        settings=options,
        login_users=users,
        confirm_required=rollback.armed,
        diff={
            "before": before.text if before else "",
            "after": after.text if after else "",
            "before_header": str(path),
            "after_header": str(path),
        },
    )


if __name__ == "__main__":
    main()
