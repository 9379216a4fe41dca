#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: postgres_servers
short_description: PostgreSQL servers that replicate, or one alone
version_added: 0.3.0
description:
  - V(topology) V(cluster), the default, makes a Cluster of CloudNativePG with one volume for each server, never two servers on a node, and
    replication by which an acknowledged row is on a standby as well.
  - V(topology) V(single) makes a StatefulSet with one server of PostgreSQL's official image on one claim. A class that keeps its volumes on
    the disk of one node is refused unless V(accept_volume_loss) is set.
  - Both have their databases, the Secret with the owner's password, and a service for the outside.
  - Settings of PostgreSQL follow the memory, processor and medium of the smallest node and the size of the volumes.
  - What cannot be made of what is there is refused before anything is touched. That is another topology, major version, class,
    database or owner, a smaller volume, a port that another service has, more servers than nodes that are Ready and take pods, volumes that
    the namespace may not have, and a Python library that is missing here.
  - Nothing restarts servers that are there unless it is asked for. What would (the image, memory, connections, processors, tolerations,
    probes) stays as it is, and a warning names it. V(apply_settings) asks for all of it, V(image) for that image. Standbys are restarted
    first, then the primary by a switchover; for fewer connections the primary is restarted itself, and one instance alone is in any case. A
    server alone is restarted by people only, with a warning that says how.
  - Waits until every server is Ready and runs the image that is wanted, every claim is bound, one of them is the primary, the operator has
    nothing left to do, and the owner has logged in from here; says every 10 seconds what it waits for.
  - A way in that is V(ClusterIP) now takes away the service for the outside that this module made before.
  - In check mode it looks into servers that are there, and names rows, roles and extensions that are missing too.
author:
  - The pikube maintainers (@pikube)
attributes:
  diff_mode:
    support: full
    details: What is in a Secret is not shown.
  idempotent:
    details: O(rotate_password) makes a new password each time.
    support: partial
options:
  kubeconfig:
    required: true
  wishes:
    description:
      - What is asked for, by the variables of role P(pikube.stateful.postgres#role) without their prefix, V(name), V(namespace),
        V(version), V(image), V(topology), V(instances), V(synchronous), V(size), V(storage_class), V(database), V(owner),
        V(extensions), V(service_type), V(node_port), V(addresses), V(accept_volume_loss) and V(apply_settings).
    type: dict
    default: {}
  nodes:
    description: By node that may carry a server its facts, C(ansible_facts.pikube_node) of M(pikube.stateful.node_facts).
    type: dict
    required: true
  password:
    description: The owner's password. Without it one is made, and kept.
    type: str
  rotate_password:
    description: Whether another password is made where O(password) is not given.
    type: bool
    default: false
  sample_data:
    description:
      - Whether database C(inventory_mgmt) is there with table C(products_master) and its rows. Rows that somebody changed stay as they are.
    type: bool
    default: false
  quota:
    description:
      - What the namespace is going to have, one row of O(pikube.stateful.openebs_quota#module:quotas), in the place of objects
        C(pikube-postgres) that are there. Volumes that it has no room for are refused.
    type: dict
    default: {}
  check_only:
    description: Whether it ends when nothing was found to refuse, which needs no operator. Nothing is changed.
    type: bool
    default: false
  connection_file:
    description: Where RV(service_file) will be, for the line in it that says how to use it.
    type: str
    default: pg_service.conf
  authority_file:
    description: Where RV(authority) will be, for RV(connection) and RV(service_file).
    type: str
    default: ca.crt
  wait_seconds:
    description: Seconds until all of it has to work.
    type: int
    default: 600
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
notes:
  - The Python that runs Ansible needs the library C(psycopg), except for V(ClusterIP).
seealso:
  - module: pikube.stateful.postgres_operator
"""

EXAMPLES = r"""
- name: Three servers, one on each node
  hosts: pi01:pi02:pi03
  gather_facts: false
  tasks:
    - name: Know the nodes
      pikube.stateful.node_facts:
      become: true

    - name: The way into the cluster
      pikube.stateful.microk8s_kubeconfig:
        address: 10.213.47.11
      become: true
      register: access
      no_log: true

    - name: PostgreSQL
      pikube.stateful.postgres_servers:
        kubeconfig: "{{ access.kubeconfig }}"
        nodes: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, ['ansible_facts', 'pikube_node']))) }}"
        wishes:
          database: shop
          owner: shop
          size: 10Gi
          node_port: 30432
      delegate_to: localhost
      run_once: true
      register: postgres

    - name: How to get in
      ansible.builtin.debug:
        var: postgres.connection.psql
"""

RETURN = r"""
objects:
  description: What was made, changed or taken away, kind and NAMESPACE/NAME; in check mode what would be.
  returned: success, not with O(check_only)
  type: list
  elements: str
  sample: [Secret database/main-owner, Cluster database/main, Service database/main-outside]
topology:
  description: V(cluster) or V(single).
  returned: success
  type: str
  sample: cluster
state:
  description: How the servers are.
  returned: success, in check mode where servers are there; also when it took too long
  type: dict
  contains:
    primary:
      description: Pod that takes writes, empty while there is none.
      type: str
    primary_node:
      description: Its node.
      type: str
    standbys:
      description: The other pods that are Ready.
      type: list
      elements: str
    wanted:
      description: How many servers there have to be.
      type: int
    phase:
      description: The operator's own words, empty without one.
      type: str
    waiting:
      description: What is waited for.
      type: list
      elements: str
    whole:
      description: Whether nothing is.
      type: bool
  sample:
    primary: main-1
    primary_node: pi01
    standbys: [main-2, main-3]
    wanted: 3
    phase: Cluster in healthy state
    waiting: []
    whole: true
connection:
  description: The way in. It holds no password.
  returned: success, in check mode where servers are there
  type: dict
  contains:
    hosts:
      description: Addresses, of which each leads to the server that takes writes; those of nodes that are not Ready come last.
      type: list
      elements: str
    port:
      description: Port of all of them.
      type: int
    database:
      description: Name of the database.
      type: str
    owner:
      description: Name of its owner.
      type: str
    secret:
      description: Secret with the owner's name and password, NAMESPACE/NAME.
      type: str
    authority_secret:
      description: Secret with the certificate of the servers' authority, NAMESPACE/NAME.
      type: str
    inside:
      description: Whether only pods get in.
      type: bool
    psql:
      description: A line for a shell. It asks for the password.
      type: str
  sample:
    hosts: [10.0.0.11, 10.0.0.12, 10.0.0.13]
    port: 30432
    database: app
    owner: app
    secret: database/main-owner
    authority_secret: database/main-ca
    inside: false
    psql: >-
      psql 'host=10.0.0.11,10.0.0.12,10.0.0.13 port=30432 dbname=app user=app target_session_attrs=read-write connect_timeout=5
      sslmode=verify-ca sslrootcert=ca.crt'
service_file:
  description: Connection service file of libpq, without the password.
  returned: success, in check mode where servers are there
  type: str
  sample: "[main]\nhost=10.0.0.11,10.0.0.12,10.0.0.13\n"
authority:
  description: Certificate by which the servers prove themselves (PEM).
  returned: success, in check mode where servers are there
  type: str
  sample: "-----BEGIN CERTIFICATE-----\n"
sample_rows:
  description: How many rows of the sample data were read through each address. Nodes that are not Ready are left out, with a warning.
  returned: with O(sample_data), not in check mode
  type: dict
  sample: {"10.0.0.11": 14, "10.0.0.12": 14, "10.0.0.13": 14}
copies:
  description: On how many servers a row is when it has been acknowledged.
  returned: success, not with O(check_only)
  type: int
  sample: 2
"""
