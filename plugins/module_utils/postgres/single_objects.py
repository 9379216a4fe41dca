# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topology single as objects of Kubernetes: one server of PostgreSQL's official image in a StatefulSet, on one claim.

Source: the image's own documentation (variables, PGDATA, stop signal, user 999, what its first start does).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import single_guard, sql
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.authority import Identity
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.changes import MADE_WITH
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import (
    CONTAINER,
    MANAGED_BY,
    NODE_GONE,
    PORT,
    STOP_SECONDS,
    kept_secret,
    outside,
    resources,
)
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import Sizing
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

USER = 999
VOLUME, CLAIM = "/var/lib/postgresql/volume", "data"
SHARED_MEMORY = "/dev/shm"  # noqa: S108 (the kernel's, as the server names it)
SETTINGS, IDENTITY, PASSWORD = "/etc/pikube/settings", "/etc/pikube/identity", "/etc/pikube/superuser"
# Nobody gets in without TLS, and the superuser from the pod alone.
HBA = "local all all trust\nhostssl all postgres all reject\nhostssl all all all scram-sha-256\n"
# By TCP: while the image fills an empty folder, a server answers at the socket that goes again.
READY = ["pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"]
# One that recovers from a crash says no (1), and lives; only silence (2) is none.
ALIVE = ["sh", "-c", f"{' '.join(READY)}; test $? -ne 2"]
RECOVERY_SECONDS = 3600  # after a loss of power the log is replayed for as long as it takes
# What an acknowledged row is worth: on the command line, which ALTER SYSTEM does not outdo. After an error of the disk a server that
# went on would call rows safe that the kernel has thrown away (data_sync_retry).
DURABLE = {"fsync": "on", "full_page_writes": "on", "data_sync_retry": "off"}
# A node that is not Ready for longer than a volume may stand still, and that long: then its pod is given up.
GONE_SECONDS = single_guard.STALL_SECONDS


def superuser_name(wishes: Wishes) -> str:
    return f"{wishes.name}-superuser"


def identity_name(wishes: Wishes) -> str:
    return f"{wishes.name}-server"


def authority_name(wishes: Wishes) -> str:
    return f"{wishes.name}-authority"


def server_names(wishes: Wishes) -> list[str]:
    service = f"{wishes.name}-rw"
    return [f"{service}.{wishes.namespace}.svc", service, f"{service}.{wishes.namespace}"]


def selector(wishes: Wishes) -> dict[str, str]:
    return {SINGLE: wishes.name}


def reloading(certificate: str, made_at: datetime) -> str:
    """A statement by which the server reads its files again, if it has not since a certificate (PEM) was made and the pod has its file."""
    file = sql.literal(f"{IDENTITY}/tls.crt")
    return f"""\
SELECT pg_reload_conf()
WHERE pg_conf_load_time() < {sql.literal(made_at.isoformat())} AND pg_read_file({file}) = {sql.literal(certificate)};"""


def secrets(wishes: Wishes, superuser: str, identity: Identity | None) -> list[dict[str, Any]]:
    """superuser: its password, "" for one that is there already. identity: None likewise."""
    found = []
    if superuser:
        content = {"username": "postgres", "password": superuser}
        found.append(kept_secret(wishes, superuser_name(wishes), "kubernetes.io/basic-auth", content))
    if identity:
        # First, so that a run that ends between both signs with it again. The pod does not get its key.
        content = {"tls.crt": identity.authority, "tls.key": identity.authority_key}
        found.append(kept_secret(wishes, authority_name(wishes), "kubernetes.io/tls", content))
        content = {"ca.crt": identity.authority, "tls.crt": identity.certificate, "tls.key": identity.key}
        found.append(kept_secret(wishes, identity_name(wishes), "kubernetes.io/tls", content))
    return found


def server(wishes: Wishes, sizing: Sizing) -> list[dict[str, Any]]:
    """Its settings, the StatefulSet, and the services before it."""
    named = {"namespace": wishes.namespace, "labels": {**MANAGED_BY, **selector(wishes)}}
    port = {"name": "postgres", "port": PORT, "targetPort": PORT, "protocol": "TCP"}
    files = {"pg_hba.conf": HBA, **({single_guard.NAME: single_guard.script()} if wishes.follows else {})}
    return [
        *(single_guard.account(wishes.name, wishes.namespace, named["labels"]) if wishes.follows else []),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{wishes.name}-settings", **named}, "data": files},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": f"{wishes.name}-pods", **named},
            "spec": {"clusterIP": "None", "selector": selector(wishes), "ports": [port], "publishNotReadyAddresses": True},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": f"{wishes.name}-rw", **named},
            "spec": {"selector": selector(wishes), "ports": [port]},
        },
        *outside(wishes, selector(wishes)),
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {
                "name": wishes.name,
                **named,
                "annotations": {f"{MADE_WITH}database": wishes.database, f"{MADE_WITH}owner": wishes.owner},
            },
            "spec": {
                "serviceName": f"{wishes.name}-pods",
                "replicas": 1,
                "selector": {"matchLabels": selector(wishes)},
                # There is no standby that could take over: a restart is somebody's decision.
                "updateStrategy": {"type": "OnDelete"},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "template": {"metadata": {"labels": named["labels"]}, "spec": guarded(wishes, pod(wishes, sizing))},
                "volumeClaimTemplates": [claim(wishes)],
            },
        },
    ]


def folder(wishes: Wishes) -> str:
    """In the volume, since its top may hold what its file system keeps there; one for each major version."""
    return f"{VOLUME}/{wishes.version}"


def guarded(wishes: Wishes, spec: dict[str, Any]) -> dict[str, Any]:
    """The pod of a server whose volume follows it: what goes before it and stands by it. On a volume of one node it is as it was."""
    if not wishes.follows:
        return spec
    before, beside = single_guard.containers(wishes.image, SETTINGS, VOLUME, CLAIM, folder(wishes))
    return {
        **spec,
        "serviceAccountName": wishes.name,
        # Only the guard gets it, and not the server, which runs what its owner writes.
        "automountServiceAccountToken": False,
        "tolerations": [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": GONE_SECONDS} for key in NODE_GONE],
        "initContainers": [before],
        "containers": [*spec["containers"], beside],
        "volumes": [*spec["volumes"], *single_guard.volumes(wishes.name)],
    }


def claim(wishes: Wishes) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLAIM, "labels": {**MANAGED_BY, **selector(wishes)}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": wishes.storage_class,
            "resources": {"requests": {"storage": wishes.size_text}},
        },
    }


def pod(wishes: Wishes, sizing: Sizing) -> dict[str, Any]:
    settings = {
        "listen_addresses": "*",
        "hba_file": f"{SETTINGS}/pg_hba.conf",
        "ssl": "on",
        "ssl_cert_file": f"{IDENTITY}/tls.crt",
        "ssl_key_file": f"{IDENTITY}/tls.key",
        **sizing.parameters,
        **DURABLE,
        # Nobody copies from it.
        "wal_keep_size": "0",
    }
    environment = {
        "PGDATA": folder(wishes),
        "POSTGRES_PASSWORD_FILE": f"{PASSWORD}/password",
        "POSTGRES_INITDB_ARGS": "--data-checksums --auth-host=scram-sha-256",
    }
    probe: Mapping[str, Any] = {"exec": {"command": READY}, "periodSeconds": 5, "timeoutSeconds": 5}
    return {
        "terminationGracePeriodSeconds": STOP_SECONDS,
        "securityContext": {
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": CONTAINER,
                "image": wishes.image,
                "imagePullPolicy": "IfNotPresent",
                "args": ["postgres", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))],
                "env": [{"name": name, "value": value} for name, value in environment.items()],
                "ports": [{"name": "postgres", "containerPort": PORT, "protocol": "TCP"}],
                "resources": resources(sizing),
                "startupProbe": {**probe, "failureThreshold": RECOVERY_SECONDS // 5},
                "readinessProbe": {**probe, "failureThreshold": 3},
                # A slow disk is no reason to kill a server: two minutes of silence are.
                "livenessProbe": {"exec": {"command": ALIVE}, "periodSeconds": 10, "timeoutSeconds": 10, "failureThreshold": 12},
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "volumeMounts": [
                    {"name": CLAIM, "mountPath": VOLUME},
                    {"name": "settings", "mountPath": SETTINGS, "readOnly": True},
                    {"name": "identity", "mountPath": IDENTITY, "readOnly": True},
                    {"name": "superuser", "mountPath": PASSWORD, "readOnly": True},
                    {"name": "shared-memory", "mountPath": SHARED_MEMORY},
                ],
            }
        ],
        "volumes": [
            {"name": "settings", "configMap": {"name": f"{wishes.name}-settings"}},
            # The server takes a key that root owns and its group reads, and no other one that is open to more.
            {"name": "identity", "secret": {"secretName": identity_name(wishes), "defaultMode": 0o640}},
            {"name": "superuser", "secret": {"secretName": superuser_name(wishes), "defaultMode": 0o440}},
            # Containers get 64 MiB otherwise, which a parallel query outgrows. It counts against the memory of the server.
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": resources(sizing)["limits"]["memory"]}},
        ],
    }
