#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: openebs_info
short_description: What of OpenEBS is in a cluster, and whether it works
version_added: 0.3.0
description:
  - Reads the cluster's API from the controller. Nothing is run on a node, and nothing is changed.
  - Tells releases as Helm keeps them, storage classes, volumes, and for each component whether it works and what it waits for.
  - Can wait until the components work, and says every 10 seconds which one waits for what.
  - With O(release) it says what is to be done about the release, and refuses what must not be done, such as an older chart.
author:
  - The pikube maintainers (@pikube)
options:
  kubeconfig:
    required: true
  namespace:
    description: Where OpenEBS is, or will be.
    type: str
    default: openebs
  components:
    description: What has to work there.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the workload.
        type: str
        choices: [Deployment, StatefulSet, DaemonSet]
        required: true
      name:
        description: Its name.
        type: str
        required: true
      of:
        description: How many pods of it have to be there, a number or V(every node).
        type: str
        default: "1"
  wait_seconds:
    description: Seconds until the components have to work. V(0) does not wait, and says how they are.
    type: int
    default: 0
  release:
    description: The release that is wanted.
    type: dict
    suboptions:
      name:
        description: Name of the release.
        type: str
        default: openebs
      chart:
        description: Name of the chart.
        type: str
        required: true
      version:
        description: Version of the chart.
        type: str
        required: true
      values:
        description: Values for the chart.
        type: dict
        default: {}
      file:
        description: Archive of the chart on the controller. Its own version then counts, within the major release of O(release.version).
        type: str
      addon:
        description: Whether MicroK8s' add-on installs, which chooses version and values by itself.
        type: bool
        default: false
  custom_kinds:
    description: Whether to return RV(custom_kinds).
    type: bool
    default: false
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.openebs_release
  - module: pikube.stateful.openebs_class
  - module: pikube.stateful.openebs_proof
"""

EXAMPLES = r"""
- name: Wait until the provisioner works
  pikube.stateful.openebs_info:
    kubeconfig: "{{ cluster.kubeconfig }}"
    components:
      - kind: Deployment
        name: openebs-localpv-provisioner
    wait_seconds: 300
  delegate_to: localhost
  register: openebs
"""

RETURN = r"""
kubernetes:
  description: Minor release of the API server.
  returned: success
  type: str
  sample: "1.34"
releases:
  description: The newest revision of each release of a chart that brings an engine, wherever it is.
  returned: success
  type: list
  elements: dict
  contains: &release
    name:
      description: Name of the release.
      type: str
    namespace:
      description: Its namespace.
      type: str
    chart:
      description: Name of its chart.
      type: str
    version:
      description: Version of its chart.
      type: str
    status:
      description: Helm's word, such as V(deployed), V(failed) or V(pending-install).
      type: str
    revision:
      description: Number of its changes.
      type: int
    updated:
      description: When it was changed last (RFC 3339).
      type: str
    values:
      description: The values that were given to it.
      type: dict
  sample: [{name: openebs, namespace: openebs, chart: openebs, version: 4.6.1, status: deployed, revision: 1, updated: "", values: {}}]
release:
  description: What is to be done about O(release).
  returned: with O(release)
  type: dict
  contains:
    outcome:
      description:
        - V(there) if nothing is; V(install), V(upgrade) and V(values) say what is.
        - V(finish) if an earlier change of it failed or was interrupted.
      type: str
    because:
      description: The reason, in words.
      type: str
    found:
      description: The release that is there.
      type: dict
      contains: *release
  sample: {outcome: upgrade, because: from 4.5.1 to 4.6.1, found: {}}
components:
  description: How each of O(components) is.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the workload.
      type: str
    namespace:
      description: Its namespace.
      type: str
    name:
      description: Its name.
      type: str
    fine:
      description: Whether all of its pods work and are of the newest kind.
      type: bool
    wanted:
      description: How many pods there have to be.
      type: int
    works:
      description: How many work.
      type: int
    cause:
      description:
        - V(architecture), V(image), V(scheduling), V(crash), V(mount), V(probe), V(starting), V(missing) or V(scaled). Empty if it works.
      type: str
    pod:
      description: The pod that does not work.
      type: str
    node:
      description: Its node.
      type: str
    says:
      description: What it says, or what the newest event says of it.
      type: str
    cure:
      description: What to do.
      type: str
    final:
      description: Whether waiting does not help.
      type: bool
  sample:
    - kind: Deployment
      namespace: openebs
      name: openebs-localpv-provisioner
      fine: false
      wanted: 1
      works: 0
      cause: image
      pod: openebs-localpv-provisioner-5d9c
      node: pi02
      says: ImagePullBackOff
      cure: See that the node reaches the registry, or set openebs_image_mirror
      final: false
works:
  description: Whether all components work. V(false) without O(components).
  returned: success
  type: bool
  sample: true
classes:
  description: All storage classes.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the class.
      type: str
    provisioner:
      description: Who makes its volumes.
      type: str
    parameters:
      description: What the provisioner is told.
      type: dict
    reclaim_policy:
      description: What becomes of a volume whose claim is deleted.
      type: str
    volume_binding_mode:
      description: When a claim is bound.
      type: str
    allow_volume_expansion:
      description: Whether claims may grow.
      type: bool
    mount_options:
      description: Options of the mount.
      type: list
      elements: str
    annotations:
      description: Those that tell the provisioner something.
      type: dict
    default:
      description: Whether it is the default class.
      type: bool
    ours:
      description: Whether this collection made it.
      type: bool
    openebs:
      description: Whether its provisioner is one of OpenEBS.
      type: bool
    proof:
      description: What module M(pikube.stateful.openebs_proof) noted, with C(at), C(made_with), C(written_on) and C(read_on).
      type: dict
  sample:
    - name: openebs-hostpath-retain
      provisioner: openebs.io/local
      parameters: {}
      reclaim_policy: Retain
      volume_binding_mode: WaitForFirstConsumer
      allow_volume_expansion: false
      mount_options: []
      annotations: {openebs.io/cas-type: local}
      default: true
      ours: true
      openebs: true
      proof: {at: "2026-11-23T12:00:00Z", made_with: openebs-4.6.1/1, written_on: pi02, read_on: pi02}
volumes:
  description: The volumes that an engine of OpenEBS made.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the PersistentVolume.
      type: str
    provisioner:
      description: What made it.
      type: str
    claim:
      description: NAMESPACE/NAME of its claim.
      type: str
    storage_class:
      description: Its class.
      type: str
    phase:
      description: Kubernetes' word for it.
      type: str
    path:
      description: Folder on the node, of a local volume.
      type: str
  sample:
    - name: pvc-5f1c
      provisioner: openebs.io/local
      claim: database/data-0
      storage_class: openebs-hostpath-retain
      phase: Bound
      path: /srv/local/pvc-5f1c
waiting_claims:
  description: Claims of classes of OpenEBS that are not bound, as NAMESPACE/NAME.
  returned: success
  type: list
  elements: str
  sample: [database/data-1]
custom_kinds:
  description: The custom resource definitions of OpenEBS, each with the names of its objects.
  returned: with O(custom_kinds), otherwise empty
  type: list
  elements: dict
  sample: [{name: jivavolumes.openebs.io, kind: JivaVolume, api_version: openebs.io/v1, objects: []}]
"""
