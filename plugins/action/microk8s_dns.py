# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import dns
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.evidence import APPS
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import shown
from ansible_collections.pikube.stateful.plugins.plugin_utils.watched import ACCESS, ClusterAction

ARGUMENTS = {**ACCESS, "pods": {"type": "int", "default": 2}, "timeout": {"type": "int", "default": 300}}
PAUSE = 1.0
USUAL = (5, 60)


class ActionModule(ClusterAction):
    ARGUMENTS = ARGUMENTS

    def asked(self, cluster: Cluster, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cluster.get(dns.SERVERS.kind, dns.SERVERS.name, dns.SERVERS.namespace, APPS)
        if found is None:
            # Of a run that only looks, or of somebody's own DNS.
            return {"changed": False, "pods": 0}
        patch = dns.due(found, min(wanted["pods"], dns.places(cluster.list("Node"))))
        pods = dns.shape(found, patch)["replicas"]
        if patch is None:
            return {"changed": False, "pods": pods}
        result = {
            "changed": True,
            "pods": pods,
            "diff": shown(dns.shape(found), dns.shape(found, patch), f"Deployment {dns.SERVERS.namespace}/{dns.SERVERS.name}"),
        }
        if not self._task.check_mode:
            cluster.patch(dns.SERVERS.kind, dns.SERVERS.name, patch, dns.SERVERS.namespace, APPS)
            self._wait(cluster, wanted["timeout"])
        return result

    def _wait(self, cluster: Cluster, seconds: int) -> None:
        end = time.monotonic() + seconds
        while missing := dns.SERVERS.missing(cluster):
            if time.monotonic() >= end:
                raise MicroK8sError(
                    f"DNS of the cluster was to have servers on several nodes; after {seconds} s: {missing}. Those that work resolve names."
                    f" See kubectl -n {dns.SERVERS.namespace} describe pods --selector=k8s-app=kube-dns, and run this again"
                )
            self.waits(f"DNS on several nodes: {missing}", USUAL, node="cluster")
            time.sleep(PAUSE)
