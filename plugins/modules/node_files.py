#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: node_files
short_description: Write many small files of a node in one call and put them in force
version_added: 0.1.0
description:
  - Brings any number of configuration files to the wanted text, mode and owner, or removes them,
    and then runs the commands that put the changed ones in force.
  - One call costs one round trip however many files there are. Everything is read, compared and validated before the first file is written.
  - A file is replaced in one step, and only when its new text is on the medium, so that a power cut leaves the old file or the new one.
  - Which changed files are not in force yet is noted in O(pending_directory) before they are written.
    When a run is killed in between, the next one puts them in force although it finds no difference any more.
  - Meant for folders that only root can write to. Symbolic links are followed.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: posix
options:
  files:
    description: The files, in the order in which they are written.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The file. Missing folders are made, with mode C(0755).
        type: path
        required: true
      content:
        description:
          - The whole text of the file, or of the block when O(files[].block) is given.
          - Needed for O(files[].state=present) unless O(files[].absent_lines) is given.
        type: str
      state:
        description: Whether there shall be such a file, or such a block.
        type: str
        choices: [present, absent]
        default: present
      block:
        description:
          - Manage only the lines between C(# BEGIN) and C(# END), followed by these words. The rest of the file is left alone.
          - A new block goes to the end of the file.
        type: str
      absent_lines:
        description:
          - Regular expressions. Lines in which one of them is found are removed, except inside the block.
          - Allowed together with O(files[].block), or alone, without O(files[].content).
        type: list
        elements: str
      create:
        description: Whether to make the file when it is missing. With V(false) a missing file is no change and no error.
        type: bool
        default: true
      mode:
        description: Permissions as an octal number in quotes. Without it a file keeps its permissions, and a new one gets V(0644).
        type: str
      owner:
        description: Name of the user who owns the file. Without it a file keeps its owner.
        type: str
      group:
        description: Name of the group of the file. Without it a file keeps its group.
        type: str
      validate:
        description: Command that accepts the new text by exit status 0 before anything is written. V(%s) stands for a file that holds it.
        type: str
      backup:
        description:
          - Whether to keep the text from before the first change beside the file, with the suffix C(.before-pikube).
          - It is never overwritten.
        type: bool
        default: false
      sensitive:
        description: Whether to hide the content in diffs and results.
        type: bool
        default: false
      activation:
        description:
          - Name of the entry of O(activations) that puts the file in force.
          - A name without an entry stays pending until the next boot.
        type: str
  activations:
    description: What puts files in force, in the order in which it is done. Each is done once, however many of its files changed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Lower-case letters, digits, dots, dashes and underscores.
        type: str
        required: true
      commands:
        description: Commands with their arguments. No shell reads them.
        type: list
        elements: str
        required: true
  due:
    description: Names of activations that are needed even if no file differs, because the running system is known not to follow its files.
    type: list
    elements: str
    default: []
  pending_directory:
    description: Folder of the notes. It has to be one that a boot empties.
    type: path
    default: /run/pikube/pending
author:
  - The pikube maintainers (@pikube)
"""

EXAMPLES = r"""
- name: Let the node forward packets
  pikube.stateful.node_files:
    files:
      - path: /etc/sysctl.d/90-example.conf
        content: |
          net.ipv4.ip_forward = 1
        mode: "0644"
        activation: sysctl
    activations:
      - name: sysctl
        commands: ["/lib/systemd/systemd-sysctl /etc/sysctl.d/90-example.conf"]
  become: true

- name: Know the neighbours, and nothing about 127.0.1.1 from elsewhere
  pikube.stateful.node_files:
    files:
      - path: /etc/hosts
        block: example cluster
        content: |
          127.0.1.1 pi01
          10.0.0.12 pi02
        absent_lines: ['^127\.0\.1\.1\s']
        backup: true
  become: true

- name: Let the operators in, if sudo understands the file
  pikube.stateful.node_files:
    files:
      - path: /etc/sudoers.d/010_operators
        content: "%operators ALL=(ALL) NOPASSWD: ALL\n"
        mode: "0440"
        validate: visudo -cf %s
  become: true
"""

RETURN = r"""
changed_paths:
  description: The files that were written or removed, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [/etc/sysctl.d/90-example.conf]
backup_files:
  description: The backups that were made.
  type: list
  elements: str
  returned: success
  sample: [/etc/hosts.before-pikube]
activated:
  description: Names of the activations that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [sysctl]
pending:
  description: Names of the activations that are still owed, those that wait for the next boot and, after an error, those that failed.
  type: list
  elements: str
  returned: always
  sample: [reboot-swap]
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.files import accounts, carry_out, disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.pending import Pending
from ansible_collections.pikube.stateful.plugins.module_utils.files.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.files.wanted import WantedFile

FILE = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "block": {"type": "str"},
    "absent_lines": {"type": "list", "elements": "str"},
    "create": {"type": "bool", "default": True},
    "mode": {"type": "str"},
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "validate": {"type": "str"},
    "backup": {"type": "bool", "default": False},
    "sensitive": {"type": "bool", "default": False},
    "activation": {"type": "str"},
}
ARGUMENTS = {
    "files": {"type": "list", "elements": "dict", "required": True, "options": FILE},
    "activations": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "commands": {"type": "list", "elements": "str", "required": True},
        },
    },
    "due": {"type": "list", "elements": "str", "default": []},
    "pending_directory": {"type": "path", "default": "/run/pikube/pending"},
}


def main() -> None:
    # no_log keeps the texts of all files out of the node's journal, where Ansible would copy its arguments.
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, no_log=True)
    options = module.params
    module.no_log_values.update(file["content"] for file in options["files"] if file["sensitive"] and file["content"])
    pending = Pending(Path(options["pending_directory"]))
    commands = {activation["name"]: activation["commands"] for activation in options["activations"]}
    try:
        wanted = [WantedFile.from_options(file) for file in options["files"]]
        new = disk.Found("", 0o644, os.geteuid(), os.getegid())
        changes = plan(wanted, lambda path: disk.find(Path(path)), accounts.uid_of, accounts.gid_of, new)
        carry_out.validate(changes, module.run_command)
        needed = [change for change in changes if change.needed]
        owed = {change.wanted.activation for change in needed if change.wanted.activation}.union(pending.names(), options["due"])
        names = [name for name in commands if name in owed]
        backups, failures = [], []
        if not module.check_mode:
            backups = carry_out.write(changes, pending)
            failures = carry_out.activate(names, commands, pending, module.run_command)
    except FilesError as error:
        module.fail_json(msg=str(error), pending=pending.names(), **error.facts)
    result = {
        "changed": bool(needed or names),
        "changed_paths": [change.wanted.path for change in needed],
        "backup_files": backups,
        "activated": names,
        "pending": sorted(owed.difference(names)) if module.check_mode else pending.names(),
        "diff": [change.diff() for change in needed] + [{"prepared": f"{name}: {'; '.join(commands[name])}\n"} for name in names],
    }
    if failures:
        module.fail_json(msg=f"The files are written, but not all are in force: {'; '.join(failures)}. The next run tries again", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
