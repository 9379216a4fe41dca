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
  - Restores into a database with a name of its own, in one transaction, with the encoding and collation of what was dumped, compares
    every table with what it was then, and gives it settings and privileges. Only then it gets its name. If anything failed, it is dropped
    again; if the run was killed, by a backup or a restore that comes a day later or more.
  - Never writes over a database. With O(replace) the restored one takes the place of the live one, whose sessions are ended, and which is
    kept under another name; both get their names in one transaction.
  - Roles are not made. Those that are missing are named before anything is touched, with how to bring them from C(globals.sql) of the
    backup.
  - Refused as well where a server that can be asked has less room than two and a half times the database had.
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
    description: The folder of the backup on the controller, by its whole path.
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
    description: Its owner, a role that is there; empty is the owner of what is replaced, or of what was dumped.
    type: str
    default: ""
  replace:
    description: Whether it takes the place of a database of that name.
    type: bool
    default: false
  silence_seconds:
    description:
      - After which a command in a server is given up that neither reads nor says anything. Counting the rows of one large table and
        building one large index are silent.
    type: int
    default: 3600
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
      delegate_to: localhost
"""

RETURN = r"""
database:
  description: The new database.
  returned: success
  type: str
  sample: inventory_yesterday
owner:
  description: Its owner.
  returned: success
  type: str
  sample: app
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
