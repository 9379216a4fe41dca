# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of a class: objects that are made for it, and what they say. Values only; proving.py makes and removes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import MANAGED_BY, NAMESPACE_KEY

PREFIX = "pikube-proof"
CLAIM, WRITER, READER = PREFIX, f"{PREFIX}-writer", f"{PREFIX}-reader"
LABELS = {**MANAGED_BY, f"{NAMESPACE_KEY}/part-of": "proof"}
FOLDER = "/volume"
BLOCK = 65536
BYTES = 16 * 1024 * 1024
ANSWER = "/dev/termination-log"  # comes back as a status of the container, without a way to its kubelet
WRITE = (
    f"dd if=/dev/urandom of={FOLDER}/proof bs={BLOCK} count={BYTES // BLOCK} 2>/dev/null && sync"
    f" && sha256sum {FOLDER}/proof | cut -d' ' -f1 >{ANSWER}"
)
READ = f"sha256sum {FOLDER}/proof | cut -d' ' -f1 >{ANSWER}"


def claim(namespace: str, storage_class: str, size: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLAIM, "namespace": namespace, "labels": dict(LABELS)},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": storage_class, "resources": {"requests": {"storage": size}}},
    }


def pod(name: str, namespace: str, image: str, seconds: int, not_on: str = "") -> dict[str, Any]:
    """A pod that writes or reads once. not_on: a node that it must not run on. It ends by itself, should nobody remove it."""
    expressions = [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [not_on]}]
    affinity = {
        "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(LABELS)},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "activeDeadlineSeconds": max(seconds, 1),
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            **({"affinity": affinity} if not_on else {}),
            "containers": [
                {
                    "name": "proof",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["/bin/sh", "-c", WRITE if name == WRITER else READ],
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                    "volumeMounts": [{"name": "volume", "mountPath": FOLDER}],
                }
            ],
            "volumes": [{"name": "volume", "persistentVolumeClaim": {"claimName": CLAIM}}],
        },
    }


def answer(found: Mapping[str, Any]) -> tuple[str, str]:
    """How a pod ended ("" while it has not, else Succeeded or Failed), and what it wrote."""
    status = found.get("status") or {}
    phase = status.get("phase") or ""
    if phase not in ("Succeeded", "Failed"):
        return "", ""
    rows = status.get("containerStatuses") or [{}]
    message = ((rows[0].get("state") or {}).get("terminated") or {}).get("message") or status.get("message") or ""
    return phase, message.strip()


def of_the_proof(volume: Mapping[str, Any], namespace: str) -> bool:
    reference = (volume.get("spec") or {}).get("claimRef") or {}
    return (reference.get("namespace"), reference.get("name")) == (namespace, CLAIM)


def record(at: str, made_with: str, written_on: str, read_on: str) -> str:
    """What the class keeps of it."""
    return json.dumps({"at": at, "made_with": made_with, "written_on": written_on, "read_on": read_on}, sort_keys=True)
