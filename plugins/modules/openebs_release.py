#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: openebs_release
short_description: Make a Helm release of OpenEBS ready to be changed, and say what would be changed
version_added: 0.3.0
description:
  - Compares the release that is in the cluster with the one that is wanted, by chart, version and values, and refuses what must not be
    done. An older chart, a chart of another major release, and a second installation beside one that is there are refused.
  - A Helm that was killed leaves a release for ever in a state in which no other Helm touches it. If nobody works on it any more, the
    record of that one change is taken away, and Helm then goes on from the revision before. What the change made stays, and the next one
    takes it over.
  - A release that failed loses the record of that failure in the same way, since it would otherwise count as done.
  - With O(state=absent) it removes what Helm leaves behind when it uninstalls, the definitions of custom resources, except for those that
    still have objects.
  - The change itself is Helm's. With O(helm) module M(kubernetes.core.helm) makes it, on the host of the task, while what the hooks of the
    chart wait for is said. Otherwise it works on the controller alone.
  - In check mode it is changed if Helm would change something. The diff shows chart and values before and after, without what their names
    call a secret.
author:
  - The pikube maintainers (@pikube)
attributes:
  diff_mode:
    support: full
options:
  kubeconfig:
    required: true
  namespace:
    description: Namespace of the release.
    type: str
    default: openebs
  state:
    description: V(absent) is for after the release was uninstalled.
    type: str
    choices: [ready, absent]
    default: ready
  release:
    description: The release that is wanted. Needed for O(state=ready).
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
  helm:
    description: The options of module M(kubernetes.core.helm) by which a change is made where one is due.
    type: dict
  settle_seconds:
    description: For how long nothing may happen before an unfinished change counts as given up.
    type: int
    default: 30
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - pikube.stateful.cluster
seealso:
  - module: pikube.stateful.openebs_info
  - module: kubernetes.core.helm
"""

EXAMPLES = r"""
- name: See what is to be done
  pikube.stateful.openebs_release:
    kubeconfig: "{{ cluster.kubeconfig }}"
    release:
      chart: openebs
      version: 4.6.1
      values:
        loki:
          enabled: false
  delegate_to: localhost
  register: release
"""

RETURN = r"""
outcome:
  description: V(there), V(install), V(upgrade), V(values), or V(finish) if an earlier change failed or was interrupted.
  returned: with O(state=ready)
  type: str
  sample: values
because:
  description: The reason, in words.
  returned: with O(state=ready)
  type: str
  sample: "other values: loki.enabled"
version:
  description: The version that is wanted, with a file that of the file.
  returned: with O(state=ready)
  type: str
  sample: 4.6.1
found:
  description: The release that was there, as module M(pikube.stateful.openebs_info) returns it, V(null) if there was none.
  returned: with O(state=ready)
  type: dict
  sample: {name: openebs, namespace: openebs, chart: openebs, version: 4.6.1, status: deployed, revision: 1, updated: "", values: {}}
removed:
  description: The definitions that were removed.
  returned: with O(state=absent)
  type: list
  elements: str
  sample: [jivavolumes.openebs.io]
kept:
  description: The definitions that have objects, as RV(ignore:custom_kinds) of module M(pikube.stateful.openebs_info).
  returned: with O(state=absent)
  type: list
  elements: dict
  sample: []
release:
  description: Name of the release that stands in the way.
  returned: on failure
  type: str
  sample: openebs
"""
