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
  - Dumps each database at one moment, with the rows and a digest of each table at that moment, by the programs of the server itself, into
    a folder of the controller. Owner, encoding, collation, settings and privileges of each are kept beside it, and roles are dumped as
    well, with what the server keeps of their passwords (C(globals.sql)).
  - Proves each dump by restoring it into a database of its own on the same servers, which is dropped afterwards, and comparing every
    table.
  - The folder has its name only when everything in it is whole. What a run that was killed left, there and on the servers, is removed by
    one that comes a day later or more.
  - Works while a node is down, as long as a server takes writes.
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
    description: A folder of the controller by its whole path, which has to be there.
    type: str
    required: true
  databases:
    description: Which ones; by default all.
    type: list
    elements: str
    default: []
  keep:
    description:
      - How many backups are kept, this one among them. An older one is removed when it is whole, and so many newer ones have every
        database that is in the older one; a backup of some databases never pushes out one of all.
      - Only backups of these very servers are counted, by namespace, name and the identifier that they got when they were made.
    type: int
    default: 7
  prove:
    description:
      - Whether each dump is restored and compared, one after the other.
      - It takes room on the volume of every server, for the copy and its write-ahead log. The run is refused before anything is dumped
        where one that can be asked has less than one and a half times the largest database and the sum of all.
    type: bool
    default: true
  silence_seconds:
    description:
      - After which a command in a server is given up that neither reads nor says anything. Counting the rows of one large table and
        building one large index are silent.
    type: int
    default: 3600
  elsewhere:
    description:
      - Backups that another machine keeps, the content of C(manifest.json) by the name of the folder, empty for a folder that has none.
        They are counted for O(keep), and named in RV(removed) without being touched.
    type: dict
    default: {}
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
unfinished:
  description: Name of that folder while it is being filled.
  returned: success
  type: str
  sample: main-20261124T120000Z.7714066149029660897-5f0c6a1e.unfinished
databases:
  description: What is in it.
  returned: success
  type: list
  elements: str
  sample: [app, inventory_mgmt]
removed:
  description: Folders of older backups that went, and of those that were never finished.
  returned: success
  type: list
  elements: str
  sample: []
backup:
  description: What was taken.
  returned: success, not in check mode
  type: dict
  contains:
    namespace:
      description: Namespace of the servers.
      type: str
    name:
      description: Name of the servers.
      type: str
    system:
      description: Identifier that the servers got when they were made.
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
    namespace: database
    name: main
    system: "7714066149029660897"
    taken: "2026-11-24T12:00:00Z"
    version: 17
    proved: "2026-11-24T12:00:20Z"
    databases:
      - database: inventory_mgmt
        size: 3512
        tables: 1
        rows: 14
"""
