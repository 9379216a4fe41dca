#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: failover_verify
short_description: Does to one node what may happen to it while somebody writes, and judges what became of the rows
version_added: 0.3.0
description:
  - Writes to PostgreSQL from outside of the cluster, injects one fault, measures the outage, undoes the fault, and compares what was
    acknowledged with what is there. Each write is in a ledger on the controller before it is sent, so the database is not the witness of
    its own case.
  - The verdict is V(pass) only if every acknowledged row was there after the outage and again when the node was back, and never two
    servers took writes. It is V(unknown) where that could not be proven.
  - Nothing is injected unless O(allow) names the cluster, nobody else verifies it, and no precondition speaks against it. The plan tells
    all that does, with the cure.
  - What is to be undone is noted before the fault, on the controller, in a Lease of the cluster and, where the node itself is changed, on
    the node, which undoes by itself if nobody comes. A run that is interrupted undoes, whether by a signal, by the end of Ansible or by
    somebody who deletes its Lease. What a run left that was killed is undone with O(state=restored).
  - Works on the controller alone, except for commands on the victim, for which O(kind=kubelite_stop), O(kind=partition) and O(kind=crash)
    have to be delegated to the victim's host, with become.
  - For databases that role P(pikube.stateful.postgres#role) made, with a way in from outside of the cluster.
author:
  - The pikube maintainers (@pikube)
attributes:
  check_mode:
    details:
      - With O(state=verified) only the plan is made, as with O(state=planned).
      - With O(state=restored) it is only told what was left, as with O(state=left).
    support: full
  idempotent:
    details:
      - Each run with O(state=verified) injects the fault again. The other states are idempotent.
    support: partial
options:
  kubeconfig:
    required: true
  state:
    description:
      - V(planned) says what would be done, to what, and what speaks against it, and changes nothing. It fails if the run would be refused.
      - V(verified) does it.
      - V(left) says what runs that were killed have left, and changes nothing. Of a run that is going on it tells as well.
      - V(restored) undoes that. It refuses while a run is alive.
    type: str
    choices: [planned, verified, left, restored]
    default: planned
  namespace:
    description: Namespace of the database.
    type: str
    default: database
  name:
    description: Its name, as in role P(pikube.stateful.postgres#role).
    type: str
    default: main
  kind:
    description:
      - The fault.
      - V(none) injects nothing. The load and the judge alone have to find no outage and no loss; if they do, no figure of this controller
        can be trusted.
      - V(pod_delete) deletes the pod of the victim's server.
      - V(drain) cordons the node, evicts its pods, and gives it back afterwards. It is what an update of a node does.
      - V(postmaster_kill) kills the server's first process inside its container.
      - V(kubelite_stop) stops MicroK8s' kubelite on the node; the containers go on without it.
      - V(partition) drops all packets of the node but those from and to the controller.
      - V(crash) reboots the node's kernel without a sync.
      - V(power_off) cuts the power, by O(power_off).
    type: str
    choices: [none, pod_delete, drain, postmaster_kill, kubelite_stop, partition, crash, power_off]
    default: drain
  victim:
    description: A node that has a server of the database, or the pod of one. By default the node of the primary.
    type: str
    default: ""
  allow:
    description: UID of the namespace kube-system of the cluster that may be disturbed. A refused plan names it.
    type: str
    default: ""
  reports:
    description: A folder of the controller, in which each run makes one of its own. It is made if it is not there.
    type: str
    default: reports
  load:
    description: What is written and read meanwhile.
    type: dict
    suboptions:
      writers:
        description: Sessions that stay, 1 to 64.
        type: int
        default: 8
      rate:
        description: Writes per second of all of them together, 1 to 1000.
        type: int
        default: 100
      short_per_second:
        description: Sessions per second that write once and close, 0 to 20.
        type: int
        default: 1
      readers:
        description: Sessions that read the row that was acknowledged last, 0 to 8.
        type: int
        default: 1
      reads_per_second:
        description: Reads per second of each reader, 1 to 100.
        type: int
        default: 10
      probe_ms:
        description: Milliseconds between two looks for the end of an outage, 5 to 1000. The outage is not measured more finely.
        type: int
        default: 15
      connect_seconds:
        description: Seconds for a connection to one host, 1 to 30.
        type: int
        default: 2
      hang_seconds:
        description:
          Seconds without an answer after which a writer gives its session up, 1 to 120. A volume of Jiva stands still for 30 s when a copy
          vanishes, and goes on; with less such a pause is measured as an outage, of which the plan warns.
        type: int
        default: 10
      payload_bytes:
        description: Bytes of a row, 16 to 8192.
        type: int
        default: 100
  steady_seconds:
    description: Seconds of load before the fault. If a write fails in them, nothing is injected.
    type: int
    default: 60
  outage_seconds:
    description: Seconds of outage after which the fault is undone even though no write is acknowledged again.
    type: int
    default: 300
  hold_seconds:
    description: Seconds for which the fault stays when writes are acknowledged again.
    type: int
    default: 20
  settle_seconds:
    description: Seconds in which nodes, servers and standbys have to be whole again after the undo.
    type: int
    default: 900
  amcheck_seconds:
    description: Seconds that C(pg_amcheck) may take in the end to look for damaged tables and indexes, 0 to leave it out.
    type: int
    default: 300
  limit_seconds:
    description: Seconds of outage that are accepted; a longer one fails. By default O(outage_seconds).
    type: int
  grace_seconds:
    description: Seconds after which this cluster takes a node for lost that says nothing (C(node-monitor-grace-period)).
    type: int
    default: 50
  accept_async:
    description: Whether a database may be verified that can lose acknowledged rows, as with asynchronous replication.
    type: bool
    default: false
  backup_max_hours:
    description: Age in hours above which the newest backup is too old to go on. Without it that is a warning.
    type: float
  fence:
    description:
      - With O(kind=power_off), whether the pod of the database is deleted at once, without waiting for its node, the Leases that the node
        and its pods hold are given back, for whose end others would wait, and the node gets the taint
        C(node.kubernetes.io/out-of-service). It is done only if O(power_is_off) proves the node off.
      - A server alone waits until the node is found not to be Ready, since no other node may mount its volume before. Without this and
        without O(taint) it never comes back before its node does, which is warned of and shown.
    type: bool
    default: false
  taint:
    description:
      - With O(kind=power_off), whether a node that is proven off gets the taint C(node.kubernetes.io/out-of-service) until it is back.
    type: bool
    default: false
  power_off:
    description:
      - Command line that cuts the power of a node, in which C({node}) stands for its name. It runs on the controller, without a shell.
      - It is not logged, and is kept in no file of the run.
    type: str
    default: ""
  power_on:
    description: Likewise, to give it power.
    type: str
    default: ""
  power_is_off:
    description:
      - Likewise, to ask for it. It ends with 0 if the node has no power, with 1 if it has, and with anything else if that is not known.
      - The plan runs it, too.
    type: str
    default: ""
  voters:
    description:
      - Names of the nodes that vote in the cluster's datastore. Empty for a datastore outside of the cluster.
      - RV(pikube.stateful.microk8s_nodes#module:ha) has their addresses.
      - Without it a fault that takes a node away is refused.
    type: list
    elements: str
  skew:
    description: Seconds, by node, by which its clock is ahead of the controller's. More than a second is a warning.
    type: dict
    default: {}
  reached:
    description: Nodes on which commands as root work. A fault that needs them is refused on others.
    type: list
    elements: str
    default: []
  reboots:
    description: Nodes that wait for a reboot, which is a warning.
    type: list
    elements: str
    default: []
  backup_hours:
    description: Age in hours of the newest backup that could be restored. Without it there is none.
    type: float
  controller_node:
    description: The node on which Ansible runs, if it runs on one; it is refused as the victim.
    type: str
  addresses:
    description: By which addresses this controller reaches the nodes' ports, where those that Kubernetes knows do not lead to them.
    type: list
    elements: str
    default: []
  controller_addresses:
    description: With O(kind=partition), addresses from which the node stays reachable, besides the one that it sees the controller by.
    type: list
    elements: str
    default: []
  accept_unknown:
    description: Whether a run that proves nothing, verdict V(unknown), is no failed task.
    type: bool
    default: false
  keep_rows:
    description: Whether the rows of the run stay in the database, in schema C(pikube_failover).
    type: bool
    default: false
  compare_with:
    description: A C(report.json) of an earlier run on the controller, to say what is worse now and what is better.
    type: str
    default: ""
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
notes:
  - The Python that runs Ansible needs the library C(psycopg) as well.
  - The run is a process of its own. It goes on until all is undone, even when Ansible is killed.
seealso:
  - plugin: pikube.stateful.failover_campaign
    plugin_type: filter
  - module: pikube.stateful.postgres_backup
  - module: pikube.stateful.volume_info
"""

EXAMPLES = r"""
- name: What a drain of the primary's node would do, and the UID to allow
  pikube.stateful.failover_verify:
    kubeconfig: "{{ cluster.kubeconfig }}"
    voters: [pi01, pi02, pi03]
  delegate_to: localhost
  register: plan
  failed_when: false

- name: Show it
  ansible.builtin.debug:
    msg: "{{ plan.text.splitlines() }}"

- name: Drain it while somebody writes
  pikube.stateful.failover_verify:
    state: verified
    kubeconfig: "{{ cluster.kubeconfig }}"
    voters: [pi01, pi02, pi03]
    allow: 6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2
  delegate_to: localhost
  register: drained
  failed_when: drained.verdict | default('unknown') != 'pass'

- name: Cut the node off that has the primary
  pikube.stateful.failover_verify:
    state: verified
    kind: partition
    victim: pi02
    kubeconfig: "{{ cluster.kubeconfig }}"
    voters: [pi01, pi02, pi03]
    reached: [pi01, pi02, pi03]
    allow: 6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2
  delegate_to: pi02
  become: true

- name: Cut its power by a smart plug, and fail if writes stop for longer than two minutes
  pikube.stateful.failover_verify:
    state: verified
    kind: power_off
    kubeconfig: "{{ cluster.kubeconfig }}"
    voters: [pi01, pi02, pi03]
    allow: 6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2
    power_off: plug off {node}
    power_on: plug on {node}
    power_is_off: plug is-off {node}
    limit_seconds: 120
  delegate_to: localhost

- name: Undo what a run left that was killed
  pikube.stateful.failover_verify:
    state: restored
    kubeconfig: "{{ cluster.kubeconfig }}"
  delegate_to: localhost
"""

RETURN = r"""
plan:
  description: What would be done. A run that its plan refuses returns it, too.
  returned: with O(state=planned), in check mode also with O(state=verified), and when a run was refused
  type: dict
  contains:
    allowed:
      description: Whether nothing speaks against it.
      type: bool
    kind:
      description: The fault.
      type: str
    what:
      description: What it does, in a sentence.
      type: str
    namespace:
      description: Namespace of the database.
      type: str
    name:
      description: Its name.
      type: str
    topology:
      description: V(cluster) for servers under CloudNativePG, V(single) for one server alone.
      type: str
    cluster_uid:
      description: UID of the namespace kube-system, for O(allow).
      type: str
    victim:
      description:
        - C(node) and C(pod) that it would hit, the pod's C(uid), and the C(role) of its server, V(primary) or V(standby). All empty if
          there is none.
      type: dict
    predicted:
      description:
        - Seconds of outage to expect, from and to. V(null) without a victim; V(null) as the second one for an outage that lasts until
          the undo.
      type: list
      elements: float
    floor_seconds:
      description: Seconds that this cluster needs by its own settings to notice the loss of a node. V(null) where nothing waits for it.
      type: float
    refusals:
      description: What speaks against it, with C(code), the C(id) of the precondition and a C(text) that says what to do.
      type: list
      elements: dict
    warnings:
      description: Likewise, what one has to know.
      type: list
      elements: dict
    touches:
      description: What would be touched, a line each.
      type: list
      elements: str
    preconditions:
      description: Each with C(id), C(code) and C(verdict), V(held), V(refused), V(warned) or V(not applicable).
      type: list
      elements: dict
    leads:
      description: The node, by component, of what leads now.
      type: dict
    peers:
      description: Addresses of the other nodes.
      type: list
      elements: str
  sample:
    allowed: false
    kind: drain
    what: The node is cordoned and its pods are evicted, as kubectl drain does it, and afterwards it is given back.
    namespace: database
    name: main
    topology: cluster
    cluster_uid: 6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2
    victim: {node: pi02, pod: main-2, role: primary, uid: 0d9f6f53-6d0a-4f0e-9a6e-1f6a2f7c9b11}
    predicted: [1.0, 45.0]
    floor_seconds: null
    refusals:
      - code: not-opted-in
        id: P15
        text: "nobody allowed to disturb this cluster, whose UID is 6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2: verify_allow is not set. If it may
          be disturbed: verify_allow: 6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2"
    warnings: []
    touches:
      - "namespace database: Lease pikube-failover while it runs"
      - "database database/main: rows written to a schema of its own, pikube_failover"
      - "node pi02: cordoned, and given back"
      - "pods evicted from pi02: database/main-2"
    preconditions:
      - {id: P1, code: node-not-ready, verdict: held}
    leads: {kube-controller-manager: pi01}
    peers: [10.213.47.11, 10.213.47.13]
codes:
  description: The codes of what speaks against it.
  returned: when the plan refuses
  type: list
  elements: str
  sample: [not-opted-in]
run:
  description: Id of the run.
  returned: with O(state=verified)
  type: str
  sample: 20261130T210533Z-drain
folder:
  description: Folder of the run on the controller.
  returned: with O(state=verified)
  type: str
  sample: reports/20261130T210533Z-drain
verdict:
  description: V(pass), V(fail) or V(unknown), which is no pass. Only V(fail) fails the task.
  returned: with O(state=verified), when the run came to its end
  type: str
  sample: pass
because:
  description: What the verdict rests on.
  returned: with O(state=verified), when the run came to its end
  type: list
  elements: str
  sample:
    - "S1: main-2 (10.1.2.9) then main-1 (10.1.1.9) acknowledged writes, one at a time; asked 28 times, never did two take writes."
    - "L4: all 18062 acknowledged writes are there once, in order and unchanged."
rto_seconds:
  description: The longest outage in seconds, 0 without one, V(null) if the last one did not end.
  returned: with O(state=verified), when the run came to its end
  type: float
  sample: 6.137
rpo_rows:
  description: Acknowledged rows that are lost.
  returned: with O(state=verified), when the run came to its end
  type: int
  sample: 0
rpo_seconds:
  description: Seconds of acknowledged writes that are lost.
  returned: with O(state=verified), when the run came to its end
  type: float
  sample: 0.0
acknowledged:
  description: Writes that were acknowledged.
  returned: with O(state=verified), when the run came to its end
  type: int
  sample: 18062
checks:
  description: Verdict by check, V(pass), V(fail), V(unknown) or V(not applicable). The report says what each is, and what to do.
  returned: with O(state=verified), when the run came to its end
  type: dict
  sample: {S1: pass, L4: pass, L5: pass, C0: not applicable}
report:
  description: The report as JSON. Its schema is docs/failover-report.schema.json.
  returned: with O(state=verified), when the run came to its end
  type: str
  sample: reports/20261130T210533Z-drain/report.json
page:
  description: The report as a page, which loads nothing from elsewhere.
  returned: with O(state=verified), when the run came to its end
  type: str
  sample: reports/20261130T210533Z-drain/report.html
junit:
  description: The checks as JUnit XML.
  returned: with O(state=verified), when the run came to its end
  type: str
  sample: reports/20261130T210533Z-drain/junit.xml
comparison:
  description:
    - Beside the report of O(compare_with), V(null) without one. C(earlier) is the id of that run, C(comparable) whether fault, topology and
      cluster are the same, else C(why_not) says what is not. C(verdict) is V(worse), V(better) or V(same), C(worse) and C(better) name
      figures, and C(figures) has each with C(now), C(earlier), the C(tolerance) in its unit, the C(change) and C(said) for a person.
  returned: with O(state=verified), when the run came to its end
  type: dict
  sample:
    earlier: 20261123T210533Z-drain
    comparable: true
    why_not: []
    verdict: same
    worse: []
    better: [rto_seconds]
    figures:
      - id: rto_seconds
        what: without writes
        now: 6.137
        earlier: 9.824
        tolerance: 1.474
        change: better
        said: 6.1 s, it was 9.8 s
text:
  description: The plan, or the result of the run, for a person.
  returned: with O(state=planned), and with O(state=verified) when the run came to its end
  type: str
  sample: |-
    PASS: The data survived
      pi02 (pod main-2) was drained. Writes were away for 6.1 s; all 18,062 acknowledged rows are there.
    outage   6.1 s, predicted 1 to 45 s, measured to 20 ms: refused 6.1 s
    data     18,062 acknowledged, 0 lost, 306 failed, 2 unknown (1 there, 1 absent)
interrupted:
  description: Whether somebody ended the run, V(true) if it is returned.
  returned: when a run was interrupted
  type: bool
  sample: true
left:
  description:
    - What runs have left, by run, oldest first, with the C(run), the C(node) of the first entry and the open C(entries), each with C(id),
      C(kind), C(node) and C(facts).
  returned: with O(state=left), in check mode also with O(state=restored)
  type: list
  elements: dict
  sample:
    - run: 20261130T210533Z-drain
      node: pi02
      entries:
        - {id: uncordon-1, kind: uncordon, node: pi02, facts: {run: 20261130T210533Z-drain}}
leases:
  description: Runs that hold a Lease, also those that left nothing else.
  returned: with O(state=left), in check mode also with O(state=restored)
  type: list
  elements: str
  sample: [20261130T210533Z-drain]
undone:
  description:
    - What was to be undone, each with C(run), C(id), C(kind), C(what) in a sentence, C(node), and whether it is C(done). If not, C(problem)
      says why and C(manual) how it is done by hand. C(at) is in microseconds of the controller's monotonic clock.
  returned: with O(state=restored), not in check mode
  type: list
  elements: dict
  sample:
    - run: 20261130T210533Z-drain
      id: uncordon-1
      kind: uncordon
      what: pi02 is given back to the scheduler
      node: pi02
      done: true
      at: 7061420118
      manual: ""
      problem: ""
"""
