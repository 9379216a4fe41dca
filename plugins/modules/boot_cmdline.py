#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: boot_cmdline
short_description: Kernel parameters of a Raspberry Pi
version_added: 0.1.0
description:
  - Sets and removes parameters in the one-line file from which a Raspberry Pi's firmware takes the kernel's command line
    (C(cmdline.txt)).
  - Finds the file that the firmware really reads. The boot partition must be mounted at C(/boot/firmware) or C(/boot), and
    C(os_prefix) and C(cmdline) of C(config.txt) are followed. Files of the same name that nothing reads, such as C(/boot/cmdline.txt)
    since Bookworm, are refused.
  - In an A/B layout (Ubuntu 25.10 and later) the waiting set of boot files gets the same change, so that it survives the next kernel
    update.
  - Keeps the order and the quoting of all other parameters, and the newline at the end of the file or its absence. Carriage returns
    and a byte order mark are removed, because they would become part of a parameter.
  - A file is replaced as a whole and is on the medium when the module returns. Interrupted at any moment, it holds the old or the new
    line.
author:
  - The pikube maintainers (@pikube)
options:
  present:
    description:
      - Parameters that must be there, each V(key) or V(key=value).
      - A parameter replaces another value of its key where that stands, and is added at the end otherwise. Parameters that may be given
        several times (V(console=), V(cgroup_enable=), V(dyndbg=) and others) are added beside each other.
      - V(cgroup_enable=NAME) takes a later V(cgroup_disable=NAME) out of the line, and the reverse, because the last one would win.
    type: list
    elements: str
    default: []
  absent:
    description:
      - Parameters that must not be there. V(key) removes the parameter with any value, V(key=value) only that one.
    type: list
    elements: str
    default: []
  replaced:
    description:
      - Parameters that must be the only ones of their key, for keys that may be given several times. Each takes the place of the first
        one.
    type: list
    elements: str
    default: []
  boot_directory:
    description:
      - Folder where the boot partition is mounted, if it is neither C(/boot/firmware) nor C(/boot).
      - RV(reboot_required) is still about the system that the module runs on.
    type: path
  backup:
    description:
      - Keep the content from before a change beside the file, with C(.bak) at the end of its name. Only the last one is kept.
    type: bool
    default: true
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
attributes:
  diff_mode:
    support: full
seealso:
  - name: The kernel's command-line parameters
    description: The documentation of the Linux kernel.
    link: https://docs.kernel.org/admin-guide/kernel-parameters.html
notes:
  - Needs the rights of root (C(become=true)).
"""

EXAMPLES = r"""
- name: Give Kubernetes the memory controller
  pikube.stateful.boot_cmdline:
    present:
      - cgroup_enable=memory
    absent:
      - cgroup_disable=memory
      - systemd.unified_cgroup_hierarchy=0
  become: true
  register: kernel_parameters

- name: Restart if the running kernel was started without them
  ansible.builtin.reboot:
  become: true
  when: kernel_parameters.reboot_required

- name: Send kernel messages to the first screen only, whatever consoles there were
  pikube.stateful.boot_cmdline:
    replaced:
      - console=tty1
  become: true

- name: Read the parameters without changing any
  pikube.stateful.boot_cmdline:
  become: true
"""

RETURN = r"""
path:
  description: The file from which the firmware takes the command line. Ansible adds its owner, mode and size to the result.
  returned: success
  type: str
  sample: /boot/firmware/current/cmdline.txt
paths:
  description: All command lines that were looked after, RV(path) first. There is more than one in an A/B layout.
  returned: success
  type: list
  elements: str
  sample:
    - /boot/firmware/current/cmdline.txt
    - /boot/firmware/new/cmdline.txt
command_line:
  description: The line in RV(path), in check mode as it would be.
  returned: success
  type: str
  sample: console=serial0,115200 console=tty1 root=LABEL=writable rootfstype=ext4 rootwait fixrtc cgroup_enable=memory
running_command_line:
  description: The line with which the running kernel was started. The firmware puts parameters of its own in front of the file's.
  returned: success
  type: str
  sample: >-
    coherent_pool=1M cgroup_disable=memory vc_mem.mem_base=0x3ec00000 vc_mem.mem_size=0x40000000
    console=ttyS0,115200 console=tty1 root=LABEL=writable rootfstype=ext4 rootwait fixrtc
reboot_required:
  description:
    - Whether the running kernel was started without what O(present) and O(replaced) ask for, or with what O(absent) forbids.
    - Independent of RV(ignore:changed). What was set earlier and never took effect needs a reboot, what is in force needs none.
    - What the firmware itself puts in front of the file's parameters cannot be absent and does not count.
  returned: success
  type: bool
  sample: true
backup_files:
  description: The files that keep the content from before the change.
  returned: success
  type: list
  elements: str
  sample:
    - /boot/firmware/current/cmdline.txt.bak
    - /boot/firmware/new/cmdline.txt.bak
bytes_needed:
  description: Size of the file that did not fit on a full boot partition.
  returned: on failure, if the partition is full
  type: int
  sample: 172
bytes_free:
  description: What is free on the full boot partition.
  returned: on failure, if the partition is full
  type: int
  sample: 0
mount:
  description: Where the file system is mounted that could not be read or written.
  returned: on failure to read or write
  type: str
  sample: /boot/firmware
written:
  description: Files that had been changed already when a later one failed.
  returned: on failure, if some of several files were written
  type: list
  elements: str
  sample:
    - /boot/firmware/current/cmdline.txt
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine
from ansible_collections.pikube.stateful.plugins.module_utils.boot.edit import Edit
from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.locate import booted_files, read_system_file, running_command_line
from ansible_collections.pikube.stateful.plugins.module_utils.boot.tokens import printable

ARGUMENTS = {
    "present": {"type": "list", "elements": "str", "default": []},
    "absent": {"type": "list", "elements": "str", "default": []},
    "replaced": {"type": "list", "elements": "str", "default": []},
    "boot_directory": {"type": "path"},
    "backup": {"type": "bool", "default": True},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = module.params
    backups: list[str] = []
    try:
        edit = Edit.of(wanted["present"], wanted["absent"], wanted["replaced"])
        files = booted_files(read_system_file, wanted["boot_directory"])
        changes = files.plan(edit.applied_to)
        running = running_command_line(read_system_file)
        if not module.check_mode:
            backups = files.write(changes, backup=wanted["backup"])
    except BootError as error:
        module.fail_json(msg=str(error), **error.facts)
    module.exit_json(
        changed=any(change.changed for change in changes),
        path=files.path(changes[0].name),
        paths=[files.path(change.name) for change in changes],
        command_line=printable(str(CommandLine.parse(changes[0].after))),
        running_command_line=printable(str(running)),
        reboot_required=not edit.in_force(running),
        backup_files=[files.path(name) for name in backups],
        diff=[
            {
                "before_header": files.path(change.name),
                "after_header": files.path(change.name),
                "before": printable(change.before),
                "after": printable(change.after),
            }
            for change in changes
            if change.changed
        ],
    )


if __name__ == "__main__":
    main()
