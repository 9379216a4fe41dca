#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_backup
short_description: A logical backup of PostgreSQL, proved by restoring it
version_added: 0.3.0
description:
  - Dumps each database at one moment, with the rows and a digest of each table at that moment, by the programs of the server itself, into a
    folder of the controller. Roles are dumped as well, with what the server keeps of their passwords.
  - Proves each dump by restoring it into a database of its own on the same servers, which is dropped afterwards, and comparing every table.
  - The folder has its name only when everything in it is whole. What a run that was killed left is removed by the next one.
  - Works on topologies that keep their servers in pods with a container C(postgres).
author:
  - The pikube maintainers (@pikube)
attributes:
  idempotent:
    details: Each run takes another backup.
    support: none
options:
  kubeconfig:
    required: true
  namespace:
    description: Namespace of the servers.
    type: str
    default: database
  name:
    description: Their name, as in role P(pikube.stateful.postgres#role).
    type: str
    default: main
  path:
    description: A folder of the controller, which has to be there.
    type: str
    required: true
  databases:
    description: Which ones; by default all.
    type: list
    elements: str
    default: []
  keep:
    description: How many backups of these servers are kept in the folder, this one among them. Older ones are removed when it is whole.
    type: int
    default: 7
  prove:
    description: Whether each dump is restored and compared. It takes as much room on the servers again, for that time.
    type: bool
    default: true
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.postgres_restore
"""

EXAMPLES = r"""
- name: All databases
  hosts: pi01
  gather_facts: false
  tasks:
    - name: The way into the cluster
      pikube.stateful.microk8s_kubeconfig:
        address: 10.213.47.11
      become: true
      register: access
      no_log: true

    - name: Back up
      pikube.stateful.postgres_backup:
        kubeconfig: "{{ access.kubeconfig }}"
        path: /srv/backups
      delegate_to: localhost
"""

RETURN = r"""
folder:
  description: Where the backup is, in check mode where it would be.
  returned: success
  type: str
  sample: /srv/backups/main-20261124T120000Z
databases:
  description: What is in it.
  returned: success
  type: list
  elements: str
  sample: [app, inventory_mgmt]
removed:
  description: Folders of older backups that went.
  returned: success
  type: list
  elements: str
  sample: []
backup:
  description: What was taken.
  returned: success, not in check mode
  type: dict
  contains:
    name:
      description: Name of the servers.
      type: str
    taken:
      description: Time of the beginning, UTC.
      type: str
    version:
      description: Major version.
      type: int
    proved:
      description: Time at which all of it had been restored and compared, empty if it was not.
      type: str
    databases:
      description: By database the size of its dump in bytes, and how many tables and rows are in it.
      type: list
      elements: dict
  sample:
    name: main
    taken: "2026-11-24T12:00:00Z"
    version: 17
    proved: "2026-11-24T12:00:20Z"
    databases:
      - database: inventory_mgmt
        size: 3512
        tables: 1
        rows: 14
"""
