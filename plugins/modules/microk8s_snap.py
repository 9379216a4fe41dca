#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_snap
short_description: Install, hold, refresh and remove the snap of MicroK8s
version_added: 0.2.0
description:
  - Installs MicroK8s from the store or from a file, and keeps snapd from refreshing it by itself.
  - An installed MicroK8s is never taken to another release unless O(refresh=true), and never back or over a release. Upgrades of a cluster
    go node by node, which C(playbooks/upgrade.yml) does.
  - Waits for a change of the snap that is under way, such as that of an interrupted run, before it does anything.
  - Success is what snapd and MicroK8s' files say afterwards, not an exit status.
author:
  - The pikube maintainers (@pikube)
options:
  state:
    description:
      - With V(present) the snap is installed. With V(absent) it is not.
      - With V(cohort) nothing is changed on the node and RV(cohort) is a new key.
    type: str
    choices: [present, absent, cohort]
    default: present
  channel:
    description:
      - Channel of the store, such as V(1.34/stable). If another one of the same release is followed, it is changed without a refresh.
      - Beside O(file) it is what the snap follows afterwards, if assertions vouch for the file.
    type: str
  cohort:
    description: A cohort key. Nodes that install or refresh with one key get the same revision of a channel.
    type: str
  file:
    description: A snap on the node to install from. Its own version decides, not its name.
    type: path
  assertions:
    description: Files of assertions on the node (C(.assert), as C(snap download) writes them) that vouch for O(file) and O(bases).
    type: list
    elements: path
    default: []
  bases:
    description:
      - Snaps on the node on which MicroK8s stands and which are installed before it where they are not there yet, such as those of
        C(snapd) and C(core22). In their order.
    type: list
    elements: path
    default: []
  unsigned:
    description:
      - Install O(file) and O(bases) although no assertion vouches for them (snapd's C(--dangerous)).
      - Such a snap follows no channel.
    type: bool
    default: false
  launch_configuration:
    description:
      - Text of MicroK8s' launch configuration. It is checked, and written to C(/etc/microk8s.yaml) (mode 0600), before an installation.
        MicroK8s reads it at that time only, so it has no effect on an installed one.
      - Filter P(pikube.stateful.microk8s_settings#filter) makes one from what is wanted of a cluster.
    type: str
  hold:
    description:
      - Whether snapd is to leave the refreshing of MicroK8s to you.
      - snapd 2.58 and later holds the one snap for ever. Older ones know a hold of all snaps only, which they obey for 95 days after
        the last refresh.
    type: bool
    default: true
  refresh:
    description: Refresh an installed MicroK8s to the newest revision of O(channel), or to O(file).
    type: bool
    default: false
  any_release:
    description: Allow O(refresh) to go back or to skip releases. Only a node that is in no cluster and holds nothing survives that.
    type: bool
    default: false
  purge:
    description: With O(state=absent), remove all data of MicroK8s for good. Otherwise snapd keeps a snapshot of it.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for a change of the snap that is under way.
    type: int
    default: 900
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    details:
      - Whether O(refresh) finds a newer revision in the store is not known before it is done, so it counts as a change.
      - A node without snapd counts as one that will have it by then.
    support: partial
  idempotent:
    details: O(state=cohort) gives a new key each time.
    support: partial
notes:
  - Needs the rights of root (C(become=true)) and snapd.
  - Nothing else may be done to the snap meanwhile. A removal takes some minutes on a node with many pods.
seealso:
  - module: pikube.stateful.microk8s_info
  - plugin: pikube.stateful.microk8s_settings
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Install MicroK8s 1.34, and refresh it only when told to
  pikube.stateful.microk8s_snap:
    channel: 1.34/stable
    launch_configuration: "{{ (wishes | pikube.stateful.microk8s_settings('control_plane')).launch_configuration }}"
  vars:
    wishes: {minor: "1.34", rbac: true}
  become: true

- name: Install it where no store can be reached
  pikube.stateful.microk8s_snap:
    file: /var/tmp/microk8s.snap
    bases:
      - /var/tmp/snapd.snap
      - /var/tmp/core22.snap
    assertions:
      - /var/tmp/snapd.assert
      - /var/tmp/core22.assert
      - /var/tmp/microk8s.assert
    channel: 1.34/stable
  become: true

- name: Make all nodes get the same revision
  pikube.stateful.microk8s_snap:
    state: cohort
  register: cohort
  run_once: true
  become: true

- name: Remove it with all that it holds
  pikube.stateful.microk8s_snap:
    state: absent
    purge: true
  become: true
"""

RETURN = r"""
actions:
  description: What was done, in check mode what would be. Empty if all was as wanted.
  returned: always
  type: list
  elements: str
  sample:
    - install 1.34/stable
    - hold
version:
  description: The version that is installed. V(null) without MicroK8s.
  returned: success
  type: str
  sample: v1.34.4
revision:
  description: The revision that is installed.
  returned: success
  type: str
  sample: "8612"
channel:
  description: The channel that is followed, V(null) for none.
  returned: success
  type: str
  sample: 1.34/stable
held:
  description:
    - Until when snapd does not refresh MicroK8s by itself. C(forever), a time, C(never_refreshed) for a snap that follows no channel, or
      V(null).
  returned: success
  type: str
  sample: forever
waited_for:
  description: Changes of the snap that were under way.
  returned: success
  type: list
  elements: str
  sample:
    - Install "microk8s" snap from "1.34/stable" channel
cohort:
  description: A new cohort key.
  returned: with O(state=cohort)
  type: str
  sample: MSBNZ0xSd2tXYlR4
reason:
  description:
    - Why snapd refused. C(launch_configuration), C(hook), C(channel), C(architecture), C(signatures), C(assertion), C(store),
      C(seeding), C(busy), C(space), C(mount), C(snapd) or C(unknown).
  returned: on failure of snapd
  type: str
  sample: channel
channels:
  description: The channels that the store has.
  returned: on failure because of the channel
  type: list
  elements: str
  sample:
    - 1.34/stable
"""

import os
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.files import disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import launch, paths, snap_change, snap_decision, snapd
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent", "cohort"], "default": "present"},
    "channel": {"type": "str"},
    "cohort": {"type": "str"},
    "file": {"type": "path"},
    "assertions": {"type": "list", "elements": "path", "default": []},
    "bases": {"type": "list", "elements": "path", "default": []},
    "unsigned": {"type": "bool", "default": False},
    "launch_configuration": {"type": "str", "no_log": True},
    "hold": {"type": "bool", "default": True},
    "refresh": {"type": "bool", "default": False},
    "any_release": {"type": "bool", "default": False},
    "purge": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 900},
}
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "SNAPD_NO_PROGRESS": "1",
    "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin:/snap/bin",
}


def result_of(found: dict[str, Any]) -> dict[str, Any]:
    snap = found["snap"] or {}
    held = "never_refreshed" if snap and snap_decision.is_local(snap) else found["snapd"]["hold"]
    return {key: snap.get(key) for key in ("version", "revision", "channel")} | {"held": held if snap else None}


def wanted_of(given: dict[str, Any], run: snap_change.Run) -> snap_decision.Wanted:
    files = {path: snap_change.snap_file(run, path) for path in (given["file"], *given["bases"]) if path}
    plain = {key: given[key] for key in ("state", "channel", "unsigned", "cohort", "hold", "refresh", "any_release", "purge")}
    bases = tuple(files[path] for path in given["bases"])
    return snap_decision.Wanted(**plain, file=files.get(given["file"]), bases=bases, assertions=tuple(given["assertions"]))


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.params
    ask = snapd.Socket()

    def run(argv):
        return module.run_command(list(argv), handle_exceptions=False, environ_update=ENVIRONMENT)

    def now():
        return datetime.now(timezone.utc)

    def prepare():
        if given["launch_configuration"]:
            disk.write(Path(paths.LAUNCH_CONFIGURATION), disk.Found(given["launch_configuration"], 0o600, 0, 0))

    try:
        if given["state"] == "cohort":
            module.exit_json(changed=False, actions=[], cohort=snap_change.new_cohort(run))
        if given["launch_configuration"]:
            module.no_log_values.update(launch.secrets(launch.parse(given["launch_configuration"]) or ()))
        wanted = wanted_of(given, run)
        before = snapd.read(ask, now())
        if given["state"] == "absent" and not before["snapd"]["installed"]:
            module.exit_json(changed=False, actions=[], waited_for=[], **result_of(before))
        waited = []
        if not module.check_mode:
            snap_change.need_snapd(before)
            waited = snap_change.wait_until_idle(ask, time.monotonic() + given["timeout"], time.monotonic, time.sleep)
            before = snapd.read(ask, now()) if waited else before
        there = snap_change.around(ask) if before["snapd"]["installed"] else (None, set())
        actions = snap_decision.decide(wanted, before, there[0], Files().free_mib(paths.DATA), there[1])
        if module.check_mode:
            module.exit_json(changed=bool(actions), actions=[action.word for action in actions], waited_for=[], **result_of(before))
        done = snap_change.carry_out(actions, run, ask, prepare, time.sleep)
        after = snapd.read(ask, now())
        snap_change.judge(after, given["state"] == "present", Files().exists(f"{paths.SNAP_DATA}/args"))
    except (MicroK8sError, FilesError) as error:
        module.fail_json(msg=str(error), **{"actions": [], **error.facts})
    refreshed_only = bool(done) and all(word.startswith("refresh") for word in done)
    changed = before["snap"] != after["snap"] if refreshed_only else bool(done)
    module.exit_json(changed=changed, actions=done if changed else [], waited_for=waited, **result_of(after))


if __name__ == "__main__":
    main()
