# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topology cluster as objects of Kubernetes: servers under CloudNativePG, one local volume each, and services before them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.operator import API_VERSION, CONNECTIONS
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import MIB
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import Sizing
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

PORT = 5432
CONTAINER = "postgres"
MANAGED_BY = {"app.kubernetes.io/managed-by": "pikube.stateful"}
RELOAD = {"cnpg.io/reload": "true"}  # the operator sets a password anew when its Secret changes
NODE_GONE = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
GONE_SECONDS = 10  # after a node was found not to be Ready its pod is evicted; Kubernetes' own is 300
# Of what the operator has by default 1800, 180 and 3600 seconds for.
STOP_SECONDS = 120
SMART_SECONDS = 10  # open sessions go on writing for so long after a primary was cut off (cloudnative-pg 11280)
SWITCHOVER_SECONDS = 120
# A primary that reaches neither the API nor its standbys stops, before another one is promoted: three probes in a row are less than the 40
# seconds after which its node is not Ready. By default it gives a standby one second to answer, which a busy Pi may need for itself.
PROBES = {
    "liveness": {
        "periodSeconds": 10,
        "timeoutSeconds": 10,  # it asks one standby after the other
        "failureThreshold": 3,
        "isolationCheck": {"enabled": True, "requestTimeout": 3000, "connectionTimeout": 2000},  # milliseconds
    }
}


# A standby that is to take over watches the primary's Lease for so long first; by default 15 seconds. What comes before: a primary that
# cannot renew it gives up 10 seconds after it last could.
LEASE = {"leaseDurationSeconds": 12, "renewDeadlineSeconds": 10, "retryPeriodSeconds": 2}
LEASE_SINCE = (1, 30)  # the first version of the operator that takes it


def secret_name(wishes: Wishes) -> str:
    return f"{wishes.name}-owner"


def outside_name(wishes: Wishes) -> str:
    return f"{wishes.name}-outside"


def secret(wishes: Wishes, password: str) -> dict[str, Any]:
    """Names and password of the owner of the database."""
    content = {"username": wishes.owner, "password": password, "dbname": wishes.database}
    return kept_secret(wishes, secret_name(wishes), "kubernetes.io/basic-auth", content, RELOAD)


def kept_secret(
    wishes: Wishes, name: str, kind: str, content: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """kind: type of the Secret. content: key -> text."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": kind,
        "metadata": {"name": name, "namespace": wishes.namespace, "labels": {**MANAGED_BY, **(labels or {})}},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in content.items()},
    }


def synchronous(wishes: Wishes) -> dict[str, Any]:
    """An acknowledged row is on that many standbys as well, or is not acknowledged. Nothing for one instance alone."""
    if not wishes.synchronous:
        return {}
    # With two a lost standby would end all writing, and there is no majority that could promote: the quorum needs three.
    return {
        "synchronous": {
            "method": "any",
            "number": wishes.synchronous,
            "dataDurability": "required",
            "failoverQuorum": wishes.instances >= 3,
        }
    }


def resources(sizing: Sizing) -> dict[str, Any]:
    memory = f"{sizing.memory // MIB}Mi"
    return {"requests": {"memory": memory, "cpu": f"{sizing.cpu_millis}m"}, "limits": {"memory": memory}}


def cluster(wishes: Wishes, sizing: Sizing, operator_version: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """operator_version: its numbers, (0,) if it is not known; an older one refuses what it does not know."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Cluster",
        "metadata": {"name": wishes.name, "namespace": wishes.namespace, "labels": dict(MANAGED_BY)},
        "spec": {
            "instances": wishes.instances,
            "imageName": wishes.image,
            "imagePullPolicy": "IfNotPresent",
            "storage": {
                "size": wishes.size_text,
                # A local volume cannot grow with most engines; that it is asked for is no reason to restart anything.
                "resizeInUseVolumes": True,
                **({"storageClass": wishes.storage_class} if wishes.storage_class else {}),
            },
            "bootstrap": {
                "initdb": {
                    "database": wishes.database,
                    "owner": wishes.owner,
                    "secret": {"name": secret_name(wishes)},
                    "dataChecksums": True,
                }
            },
            "postgresql": {
                "parameters": dict(sizing.parameters),
                # The operator's own rules follow, by which a password would do without TLS as well.
                "pg_hba": ["hostnossl all all all reject"],
                **synchronous(wishes),
            },
            "resources": resources(sizing),
            "affinity": {
                "enablePodAntiAffinity": True,
                "topologyKey": "kubernetes.io/hostname",
                # Two instances on one node would be lost with it together.
                "podAntiAffinityType": "required",
                "tolerations": [
                    {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": GONE_SECONDS} for key in NODE_GONE
                ],
            },
            "probes": PROBES,
            "env": [{"name": name, "value": value} for name, value in CONNECTIONS.items()],
            **({"primaryLease": LEASE} if operator_version[:2] >= LEASE_SINCE else {}),
            "failoverDelay": 0,
            "switchoverDelay": SWITCHOVER_SECONDS,
            "stopDelay": STOP_SECONDS,
            "smartShutdownTimeout": SMART_SECONDS,
            # A change that needs a restart is made on the standbys first, and then by a switchover.
            "primaryUpdateStrategy": "unsupervised",
            "primaryUpdateMethod": "switchover",
            # With it a single instance could never be drained from its node.
            "enablePDB": wishes.instances > 1,
            "enableSuperuserAccess": False,
        },
    }


def databases(wishes: Wishes, further: Mapping[str, str]) -> list[dict[str, Any]]:
    """Databases beside the first one, which only needs an object for its extensions. further: end of the object's name -> database."""
    rows = [(suffix, name, ()) for suffix, name in further.items() if name != wishes.database]
    if wishes.extensions:
        rows.insert(0, ("own", wishes.database, wishes.extensions))
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "Database",
            "metadata": {"name": f"{wishes.name}-{suffix}", "namespace": wishes.namespace, "labels": dict(MANAGED_BY)},
            "spec": {
                "cluster": {"name": wishes.name},
                "name": name,
                "owner": wishes.owner,
                "ensure": "present",
                # Whoever deletes the object does not delete the rows.
                "databaseReclaimPolicy": "retain",
                **({"extensions": [{"name": extension, "ensure": "present"} for extension in extensions]} if extensions else {}),
            },
        }
        for suffix, name, extensions in rows
    ]


def outside(wishes: Wishes, selector: Mapping[str, str]) -> list[dict[str, Any]]:
    """A door to the server that takes writes, under a port of each node or an address of its own. None for ClusterIP.

    selector: labels of its pod.
    """
    if wishes.service == "ClusterIP":
        return []
    port: dict[str, Any] = {"name": "postgres", "port": PORT, "targetPort": PORT, "protocol": "TCP"}
    if wishes.node_port:
        port["nodePort"] = wishes.node_port
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": outside_name(wishes), "namespace": wishes.namespace, "labels": dict(MANAGED_BY)},
            "spec": {"type": wishes.service, "selector": dict(selector), "ports": [port]},
        }
    ]


def absent(wishes: Wishes) -> list[dict[str, Any]]:
    """What a way in of another type left: with ClusterIP the door that was open before."""
    if wishes.service != "ClusterIP":
        return []
    return [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": outside_name(wishes), "namespace": wishes.namespace}}]


def services(wishes: Wishes) -> list[dict[str, Any]]:
    """From inside the operator's own serve."""
    return outside(wishes, {"cnpg.io/cluster": wishes.name, "cnpg.io/instanceRole": "primary"})


def pod_monitor(wishes: Wishes) -> dict[str, Any]:
    """For Prometheus' operator, where its definitions are."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": wishes.name, "namespace": wishes.namespace, "labels": dict(MANAGED_BY)},
        "spec": {"selector": {"matchLabels": {"cnpg.io/cluster": wishes.name}}, "podMetricsEndpoints": [{"port": "metrics"}]},
    }
