#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: openebs_proof
short_description: Prove a storage class by using it
version_added: 0.3.0
description:
  - Makes a claim, lets a pod write 16 MiB of random data to it, and lets another pod read them back with the same checksum, where the
    engine can on another node. Then all of it is removed, the volume too, whatever the reclaim policy of the class is.
  - If it does not work, the error names the component that is to blame, with what its pod or the newest event says.
  - The class keeps time and place of the last proof in its annotation C(pikube.stateful/proved).
  - What a proof makes is called C(pikube-proof), and each proof begins by removing what one that was killed has left.
  - Works on the controller alone. Run one at a time in a cluster.
author:
  - The pikube maintainers (@pikube)
attributes:
  check_mode:
    support: none
    description: A proof makes a volume, so check mode skips it.
  idempotent:
    support: none
options:
  kubeconfig:
    required: true
  state:
    description: V(absent) only removes what a proof that was killed has left.
    type: str
    choices: [proved, absent]
    default: proved
  storage_class:
    description: The class. Needed for O(state=proved).
    type: str
    default: ""
  namespace:
    description: Where claim and pods are made. Components and helper pods of OpenEBS are looked for there, too.
    type: str
    default: openebs
  image:
    description: An image with C(sh), C(dd) and C(sha256sum), with which the pods run.
    type: str
    default: docker.io/library/busybox:1.28.4
  size:
    description: Size of the claim.
    type: str
    default: 512Mi
  elsewhere:
    description: Whether the pod that reads has to run on another node than the one that wrote.
    type: bool
    default: false
  components:
    description: What has to work for it, as for module M(pikube.stateful.openebs_info).
    type: list
    elements: dict
    default: []
  timeout:
    description: Seconds for each of writing and reading.
    type: int
    default: 180
  made_with:
    description: What the class is made with, for the note on it. A later run can tell by it whether the proof still counts.
    type: str
    default: ""
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.openebs_class
"""

EXAMPLES = r"""
- name: See that the class works
  pikube.stateful.openebs_proof:
    kubeconfig: "{{ cluster.kubeconfig }}"
    storage_class: openebs-hostpath-retain
    components:
      - kind: Deployment
        name: openebs-localpv-provisioner
  delegate_to: localhost
"""

RETURN = r"""
written_on:
  description: Node of the pod that wrote.
  returned: success
  type: str
  sample: pi02
read_on:
  description: Node of the pod that read.
  returned: success
  type: str
  sample: pi03
sha256:
  description: Checksum that both found.
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
bytes:
  description: How much was written.
  returned: success
  type: int
  sample: 16777216
seconds:
  description: How long it took until it was written (with the making of the volume), read and removed.
  returned: success
  type: dict
  sample: {written: 5.2, read: 1.9, removed: 3.4}
at:
  description: When it was begun (RFC 3339).
  returned: success
  type: str
  sample: "2026-11-23T12:00:00Z"
storage_class:
  description: The class that was not proved.
  returned: on failure
  type: str
  sample: openebs-hostpath-retain
bound:
  description: Whether its claim was bound.
  returned: on failure
  type: bool
  sample: false
components:
  description: The components that do not work, as module M(pikube.stateful.openebs_info) returns them.
  returned: on failure
  type: list
  elements: dict
  sample: []
"""
