#!/usr/bin/python
# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
module: microk8s_info
short_description: The state of MicroK8s on a node, in one call
version_added: 0.2.0
description:
  - Gathers what decisions about MicroK8s on a node are made from. The snap, the role, membership of a cluster, services, datastore,
    certificates, arguments and what is left of interrupted runs.
  - Reads MicroK8s' files, asks snapd over its socket, and systemd once. It never runs C(microk8s), whose answers on workers and on stopped
    nodes say nothing, and it works while the cluster does not answer.
  - A fact that cannot be known is V(null) or empty. The module does not fail because something is missing or broken.
  - Returns no secrets and fits into a fact cache. User names and passwords in URLs of environment files are hidden.
author:
  - The pikube maintainers (@pikube)
options:
  arguments:
    description: Whether to return the arguments and environments of the services.
    type: bool
    default: true
  controller_time:
    description:
      - The controller's time in seconds since 1970, as in the example. With it RV(ansible_facts.pikube_microk8s.clock) tells how far the
        node's clock is ahead, some seconds of transport included.
    type: float
extends_documentation_fragment:
  - pikube.stateful.attributes
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.facts
attributes:
  facts:
    support: full
notes:
  - Needs the rights of root (C(become=true)). Without them most facts are unknown, and a warning says what was denied.
seealso:
  - plugin: pikube.stateful.microk8s_plan
    plugin_type: filter
  - module: pikube.stateful.node_facts
"""

EXAMPLES = r"""
- name: Know MicroK8s on each node
  pikube.stateful.microk8s_info:
    controller_time: "{{ now().timestamp() }}"
  become: true

- name: Say what does not run
  ansible.builtin.debug:
    msg: "{{ ansible_facts['pikube_microk8s']['failed_services'] }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts, under one name.
  returned: always
  type: complex
  contains:
    pikube_microk8s:
      description: MicroK8s on the node. All keys are always there.
      returned: always
      type: dict
      contains:
        installed:
          description: Whether snapd has the snap.
          type: bool
          sample: true
        snapd:
          description:
            - The snap daemon. RV(ignore:hold) is until when it does not refresh MicroK8s by itself (C(forever), a time, or V(null)).
            - RV(ignore:architecture) is Debian's name of the architecture.
          type: dict
          sample:
            installed: true
            version: "2.63"
            architecture: arm64
            hold: forever
        snap:
          description:
            - The revision in force, V(null) if there is none. RV(ignore:channel) is V(null) for a snap that came from a file.
            - RV(ignore:minor) is the release.
          type: dict
          sample:
            version: v1.34.4
            minor: "1.34"
            revision: "8612"
            channel: 1.34/stable
            base: core22
            active: true
            install_date: "2026-11-23T10:00:00+00:00"
            previous_revisions:
              - "8590"
        role:
          description: What the node is now. C(none) without MicroK8s. A node by itself is a C(control_plane), any other a C(worker).
          type: str
          sample: control_plane
        clustered:
          description: Whether the node has joined a cluster or has accepted one that joined.
          type: bool
          sample: true
        join_in_progress:
          description: Whether a join runs or one was broken off.
          type: bool
          sample: false
        stopped:
          description: Whether somebody used C(microk8s stop).
          type: bool
          sample: false
        low_memory_guard:
          description: Whether MicroK8s keeps its services off because the board has too little memory.
          type: bool
          sample: false
        ha_lock:
          description: Whether the datastore is dqlite, which is the default and all that this collection supports.
          type: bool
          sample: true
        launch:
          description: Whether the launch configuration of the installation was applied, and configurations that wait.
          type: dict
          sample:
            applied: true
            pending: []
        sideload:
          description: Archives of images that wait to be loaded, and those that were.
          type: dict
          sample:
            waiting: []
            loaded:
              - postgres.tar
        services:
          description: The daemons by name. RV(ignore:since) is when one became active.
          type: dict
          sample:
            kubelite:
              active: true
              enabled: true
              since: "2026-11-23T10:01:12+00:00"
        failed_services:
          description: Daemons that should run in this role and do not.
          type: list
          elements: str
          sample: []
        datastore:
          description:
            - This node's member of the datastore, from its own files. RV(ignore:members) is the list that it knew last.
            - V(null) everywhere on a worker.
          type: dict
          sample:
            address: 10.0.0.11:19001
            id: 3297041220608546238
            role: voter
            members:
              - address: 10.0.0.11:19001
                id: 3297041220608546238
                role: voter
        ca_sha256:
          description: Fingerprint of the certificate authority in C(ca.crt). A control plane that left its cluster keeps the old one.
          type: str
          sample: 0b6a1c5f2d1b9d7d2f9f6f0a4a0e3a6c9e9a4a5d5d7e2d5b3c1f0e9d8c7b6a59
        ca_not_before:
          description: Since when that authority is valid, which is when MicroK8s was installed. A refresh of the snap keeps it.
          type: str
          sample: "2026-11-23T09:50:00+00:00"
        cluster_ca_sha256:
          description: The same fingerprint of the cluster that the node is in; on a worker it is that of the cluster it joined.
          type: str
          sample: 0b6a1c5f2d1b9d7d2f9f6f0a4a0e3a6c9e9a4a5d5d7e2d5b3c1f0e9d8c7b6a59
        server_certificate:
          description: Until when the API server's certificate is valid, and for which names.
          type: dict
          sample:
            not_after: "2027-11-23T10:00:00+00:00"
            sans:
              - kubernetes
              - 10.0.0.11
        api_servers:
          description: The API servers that a worker's proxy knows.
          type: list
          elements: str
          sample:
            - 10.0.0.11:16443
        arguments:
          description: Arguments of the services by file. A flag without a value is C(true).
          type: dict
          sample:
            kubelet:
              --max-pods: "60"
        environment:
          description: Variables by environment file.
          type: dict
          sample:
            containerd-env:
              HTTPS_PROXY: http://***@proxy:3128
        registries:
          description: SHA-256 of the C(hosts.toml) of each registry.
          type: dict
          sample:
            docker.io: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        hostname:
          description: The name under which the node registers.
          type: str
          sample: pi01
        default_addresses:
          description: IPv4 addresses of the node, those of the default route's interface first, those of pods left out.
          type: list
          elements: str
          sample:
            - 10.0.0.11
        cidrs:
          description: The networks of pods and of services. A worker's network of services is not reliable.
          type: dict
          sample:
            cluster: 10.1.0.0/16
            service: 10.152.183.0/24
        disk:
          description: What is free where MicroK8s keeps, or will keep, its data.
          type: dict
          sample:
            path: /var/snap
            free_mib: 41210
        kubelet_root:
          description: The folder of the kubelet, which CSI drivers must be told.
          type: str
          sample: /var/snap/microk8s/common/var/lib/kubelet
        extra_sans:
          description: Names that were added to the API server's certificate.
          type: list
          elements: str
          sample:
            - k8s.example.org
        clock:
          description:
            - The node's clock. RV(ignore:ahead_seconds) is how far it is ahead of the controller's, V(null) without O(controller_time).
          type: dict
          sample:
            epoch: 1795428072
            ahead_seconds: 0.4
"""

import os
import time
from datetime import datetime, timezone

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import services, snapd, state
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files

ARGUMENTS = {"arguments": {"type": "bool", "default": True}, "controller_time": {"type": "float"}}


def main() -> None:
    now = time.time()
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    controller = module.params["controller_time"]
    environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"}
    files = Files()
    try:
        found = snapd.read(snapd.Socket(), datetime.now(timezone.utc))
    except MicroK8sError as error:
        module.fail_json(msg=str(error), **error.facts)
    installed = found["snap"] is not None
    shown = module.run_command(services.question(), environ_update=environment)[1] if installed else ""
    facts = state.read(files, installed, services.parse(shown), module.params["arguments"])
    facts["clock"] = {"epoch": int(now), "ahead_seconds": None if controller is None else round(now - controller, 1)}
    for path in files.denied[:3]:
        module.warn(f"{path} can be read by root only: what it says is unknown. Use become.")
    module.exit_json(changed=False, ansible_facts={"pikube_microk8s": {**facts, **found}})


if __name__ == "__main__":
    main()
