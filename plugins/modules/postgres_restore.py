#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_restore
short_description: One database of a backup, restored into a new one and compared
version_added: 0.3.0
description:
  - Reads a folder of M(pikube.stateful.postgres_backup). A file that is shorter or other than what was written is refused before anything
    is touched.
  - Restores in one transaction and compares every table with what it was when the dump was taken. If they differ, the new database is
    dropped again.
  - Never writes over a database. With O(replace) the restored one takes the place of the live one, whose sessions are ended, and which is
    kept under another name.
author:
  - The pikube maintainers (@pikube)
attributes:
  idempotent:
    details: Without O(replace) a second run is refused, since the database is there.
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
  folder:
    description: The folder of the backup on the controller.
    type: str
    required: true
  database:
    description: The database in it.
    type: str
    required: true
  into:
    description: Name of the new database; empty is that of the old one.
    type: str
    default: ""
  owner:
    description: Its owner, a role that is there; empty is the owner of what is replaced, or the superuser.
    type: str
    default: ""
  replace:
    description: Whether it takes the place of a database of that name.
    type: bool
    default: false
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.postgres_backup
"""

EXAMPLES = r"""
- name: A copy of yesterday's rows
  hosts: pi01
  gather_facts: false
  tasks:
    - name: The way into the cluster
      pikube.stateful.microk8s_kubeconfig:
        address: 10.213.47.11
      become: true
      register: access
      no_log: true

    - name: Restore
      pikube.stateful.postgres_restore:
        kubeconfig: "{{ access.kubeconfig }}"
        folder: /srv/backups/main-20261124T120000Z
        database: inventory_mgmt
        into: inventory_yesterday
        owner: app
      delegate_to: localhost
"""

RETURN = r"""
database:
  description: The new database.
  returned: success
  type: str
  sample: inventory_yesterday
kept_as:
  description: Name of the one that was there before, empty if there was none.
  returned: success
  type: str
  sample: ""
tables:
  description: How many tables were restored and compared.
  returned: success
  type: int
  sample: 1
rows:
  description: How many rows are in them.
  returned: success
  type: int
  sample: 14
"""
