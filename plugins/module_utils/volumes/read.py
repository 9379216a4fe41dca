# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a cluster into a snapshot, each kind once, and passes questions on to engines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.adapters import adapter_of
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Answer, Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.unbound import has_volume
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World

# What every answer needs, with API version and namespace.
ALWAYS = (
    ("Node", "v1", None),
    ("Lease", "coordination.k8s.io/v1", "kube-node-lease"),
    ("PersistentVolume", "v1", None),
    ("PersistentVolumeClaim", "v1", None),
    ("Pod", "v1", None),
    ("StorageClass", "storage.k8s.io/v1", None),
)
# Without these answers are poorer, and still honest.
DISPENSABLE = ("Lease", "StorageClass", "Event")
CLAIM_EVENTS = "involvedObject.kind=PersistentVolumeClaim"


def snapshot(cluster: Cluster, clock: Callable[[], float] = time.time) -> Snapshot:
    """All that the volumes which there are need. Kinds of engines that no volume is of are not asked for. Raises ClusterError."""
    at = clock()
    objects: dict[str, list[dict[str, Any]]] = {}
    for kind, version, namespace in ALWAYS:
        items = listing(cluster, kind, (version,), namespace=namespace)
        if items is not None:
            objects[kind] = items
    adapters = {adapter_of(volume).engine: adapter_of(volume) for volume in objects["PersistentVolume"]}
    for adapter in adapters.values():
        for kind, versions in adapter.kinds:
            items = listing(cluster, kind, versions)
            if items is not None:
                objects[kind] = items
    world = World(Snapshot(objects, at))
    if not all(has_volume(claim, world) for claim in objects["PersistentVolumeClaim"]):
        objects["Event"] = listing(cluster, "Event", ("v1",), fields=CLAIM_EVENTS) or []
    return Snapshot(objects, at)


def listing(cluster: Cluster, kind: str, versions: Iterable[str], **options: Any) -> list[dict[str, Any]] | None:
    """All objects of a kind, in the first API version that the cluster knows; None if it knows none or may do without."""
    for version in versions:
        try:
            return cluster.list(kind, api_version=version, **options)
        except ClusterError as error:
            if error.reason != "NoSuchKind" and (kind not in DISPENSABLE or error.passing):
                raise
    return None


def questions(claims: Iterable[Mapping[str, Any]], world: World) -> list[str]:
    """Paths under which the engines of the volumes of these claims can be asked."""
    found = (world.one("PersistentVolume", (claim.get("spec") or {}).get("volumeName") or "") for claim in claims)
    asked = (adapter_of(volume).question(volume, world) for volume in found if volume is not None)
    return sorted({path for path in asked if path})


def answers(paths: Iterable[str], ask: Callable[[str], str]) -> dict[str, Answer]:
    """What engines say. ask: gets a path, returns text or raises ClusterError. An engine that does not answer is no error."""
    found = {}
    for path in paths:
        try:
            found[path] = Answer(json.loads(ask(path)))
        except ClusterError as error:
            found[path] = Answer(trouble=str(error))
        except ValueError:
            found[path] = Answer(trouble="its answer is not JSON")
    return found
