# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks look at: objects of a cluster at one time, facts of its nodes, and what is known of its volumes."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.audit.engines import ENGINES, Engine
from ansible_collections.pikube.stateful.plugins.module_utils.audit.known import DATABASES, NO_DATABASES
from ansible_collections.pikube.stateful.plugins.module_utils.audit.values import field, image_name, version, words

Thing = Mapping[str, Any]

NODE_FACTS = "facts of nodes"
VOLUME_ROWS = "rows of module volume_info"
DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
HOSTNAME = "kubernetes.io/hostname"
SYSTEM = "kube-*"
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
# Owners whose pods keep data: StatefulSets, and clusters of CloudNativePG.
KEEPERS = ("StatefulSet", "Cluster")


def name(thing: Thing) -> str:
    return str(field(thing, ("metadata", "name")) or "")


def namespace(thing: Thing) -> str:
    return str(field(thing, ("metadata", "namespace")) or "")


def labels(thing: Thing) -> Thing:
    return field(thing, ("metadata", "labels")) or {}


def annotations(thing: Thing) -> Thing:
    return field(thing, ("metadata", "annotations")) or {}


def spec(thing: Thing) -> Thing:
    return thing.get("spec") or {}


def title(thing: Thing) -> str:
    """Kind and name, the object of a finding: "Pod database/postgres-0"."""
    where = f"{namespace(thing)}/{name(thing)}" if namespace(thing) else name(thing)
    return f"{thing.get('kind', 'object')} {where}"


def containers(thing: Thing) -> list[Thing]:
    """Of a pod, or of a workload's template."""
    pod = field(thing, ("spec", "template", "spec")) or spec(thing)
    return list(pod.get("containers") or ())


def images(thing: Thing) -> list[str]:
    return [str(container.get("image") or "") for container in containers(thing)]


def owner(thing: Thing) -> Thing:
    """The owner that controls an object, {} without one."""
    owners = field(thing, ("metadata", "ownerReferences")) or ()
    return next((one for one in owners if one.get("controller")), owners[0] if owners else {})


def is_database(pod: Thing) -> bool:
    found = [set(re.split(r"[-_.]", image_name(image))) for image in images(pod)]
    return any(parts & set(DATABASES) and not parts & set(NO_DATABASES) for parts in found)


class Snapshot:
    """Everything that a check may ask, each answer in an order of its own, so that the order of the objects does not matter.

    objects: kind -> objects; a kind that is not there was not read. nodes: name -> facts of module node_facts. volumes: rows as module
    volume_info returns them, None if it was not asked. namespaces: those to judge, all but kube-* without any.
    """

    def __init__(
        self,
        objects: Mapping[str, Sequence[Thing]],
        nodes: Mapping[str, Thing] | None = None,
        volumes: Sequence[Thing] | None = None,
        namespaces: Iterable[str] = (),
    ) -> None:
        self._objects = {
            kind: sorted(({"kind": kind, **item} for item in items), key=lambda item: (namespace(item), name(item)))
            for kind, items in objects.items()
        }
        self.facts_given = dict(nodes or {})
        self._volumes = volumes
        self._namespaces = tuple(namespaces)

    def lacks(self, need: str) -> bool:
        """Whether something that a check needs is not there."""
        if need == NODE_FACTS:
            return not self.facts_given
        return self._volumes is None if need == VOLUME_ROWS else need not in self._objects

    def of(self, kind: str) -> list[Thing]:
        return list(self._objects.get(kind, ()))

    # Namespaces

    def judged(self, thing: Thing) -> bool:
        """Whether an object is an application's: not the system's, and not an engine's own."""
        where = namespace(thing)
        if self._namespaces:
            return where in self._namespaces
        return not fnmatch.fnmatchcase(where, SYSTEM) and where not in self.engine_namespaces

    @cached_property
    def engine_namespaces(self) -> set[str]:
        """Where engines themselves run; their own volumes and pods follow rules of their own."""
        return {namespace(workload) for engine in ENGINES for workload in self.workloads(engine)}

    # Nodes

    @cached_property
    def nodes(self) -> dict[str, Thing]:
        return {name(node): node for node in self.of("Node")}

    def ready(self, node: str) -> bool:
        conditions = field(self.nodes.get(node), ("status", "conditions")) or ()
        return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)

    @cached_property
    def schedulable(self) -> list[str]:
        return [one for one, node in self.nodes.items() if self.ready(one) and not spec(node).get("unschedulable")]

    @cached_property
    def facts(self) -> dict[str, Thing]:
        """Facts by the names that the nodes have in the cluster, which the inventory may call otherwise."""
        found = {}
        for host, facts in self.facts_given.items():
            called = host if host in self.nodes else str((facts or {}).get("hostname") or host)
            found[called] = facts or {}
        return dict(sorted(found.items()))

    @cached_property
    def without_facts(self) -> list[str]:
        return sorted(set(self.nodes) - set(self.facts))

    @cached_property
    def kubernetes(self) -> tuple[int, ...]:
        """The newest version among the nodes, () if none says one."""
        return max((version(field(node, ("status", "nodeInfo", "kubeletVersion"))) for node in self.nodes.values()), default=())

    # Classes, claims, volumes

    @cached_property
    def classes(self) -> dict[str, Thing]:
        return {name(one): one for one in self.of("StorageClass")}

    @cached_property
    def default_classes(self) -> list[str]:
        return [one for one, it in self.classes.items() if any(annotations(it).get(key) == "true" for key in DEFAULT_CLASS)]

    @cached_property
    def claims(self) -> list[Thing]:
        """Of applications."""
        return [claim for claim in self.of("PersistentVolumeClaim") if self.judged(claim)]

    @cached_property
    def volumes(self) -> dict[str, Thing]:
        return {name(volume): volume for volume in self.of("PersistentVolume")}

    @property
    def rows(self) -> list[Thing]:
        """What module volume_info says of claims of applications."""
        rows = [row for row in self._volumes or () if self.judged({"metadata": row})]
        return sorted(rows, key=lambda row: (str(row.get("namespace")), str(row.get("name"))))

    def volume_of(self, claim: Thing) -> Thing:
        return self.volumes.get(str(spec(claim).get("volumeName") or ""), {})

    def class_of(self, claim: Thing) -> str | None:
        wanted = spec(claim).get("storageClassName", annotations(claim).get("volume.beta.kubernetes.io/storage-class"))
        return wanted if wanted is not None else (self.default_classes[0] if len(self.default_classes) == 1 else None)

    @cached_property
    def used_classes(self) -> list[Thing]:
        """Classes that claims of applications use, and default ones."""
        names = {self.class_of(claim) for claim in self.claims} | set(self.default_classes)
        return [one for called, one in self.classes.items() if called in names]

    @cached_property
    def _pods_of(self) -> dict[tuple[str, str], list[Thing]]:
        found: dict[tuple[str, str], list[Thing]] = {}
        for pod in self.of("Pod"):
            if field(pod, ("status", "phase")) in ("Succeeded", "Failed"):
                continue
            for volume in spec(pod).get("volumes") or ():
                claimed = field(volume, ("persistentVolumeClaim", "claimName"))
                if claimed:
                    found.setdefault((namespace(pod), claimed), []).append(pod)
        return found

    def pods_of(self, claim: Thing) -> list[Thing]:
        """The pods that use a claim and have not ended."""
        return self._pods_of.get((namespace(claim), name(claim)), [])

    def claims_of(self, pod: Thing) -> list[Thing]:
        names = [field(volume, ("persistentVolumeClaim", "claimName")) for volume in spec(pod).get("volumes") or ()]
        return [claim for claim in self.of("PersistentVolumeClaim") if namespace(claim) == namespace(pod) and name(claim) in names]

    def keeps_data(self, claim: Thing) -> list[Thing]:
        """The pods of a claim whose data nobody can make again: of a StatefulSet, of a database's operator, or of a database's image."""
        return [pod for pod in self.pods_of(claim) if owner(pod).get("kind") in KEEPERS or is_database(pod)]

    @staticmethod
    def home(volume: Thing) -> list[str]:
        """Nodes that a volume names as the only ones for it, by name or host name."""
        terms = field(volume, ("spec", "nodeAffinity", "required", "nodeSelectorTerms")) or ()
        rows = [row for term in terms for row in (*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ()))]
        keys = (HOSTNAME, "metadata.name", "openebs.io/nodename", "openebs.io/nodeid")
        return sorted({one for row in rows if row.get("operator") == "In" and row.get("key") in keys for one in row.get("values") or ()})

    # Engines

    @staticmethod
    def engine_of_class(one: Thing) -> Engine | None:
        told = annotations(one).get("cas.openebs.io/config") or ""
        found = re.search(r"StorageType\s*\n?\s*value:\s*\"?(\w+)", told)
        return _engine(one.get("provisioner"), found[1] if found else None)

    def engine_of_volume(self, volume: Thing) -> Engine | None:
        """By who made it: its driver or its provisioner. None for one made by hand."""
        kind = str(labels(volume).get("openebs.io/cas-type") or "").rpartition("-")[2]
        return _engine(field(volume, ("spec", "csi", "driver")) or annotations(volume).get(PROVISIONED_BY), kind or None)

    def workloads(self, engine: Engine) -> list[Thing]:
        """Deployments, StatefulSets and DaemonSets that run an image of the engine."""
        found = [one for kind in WORKLOADS for one in self.of(kind)]
        return [one for one in found if {image_name(image) for image in images(one)} & set(engine.images)]

    def owned(self, workload: Thing) -> list[Thing]:
        """The pods of a workload, by its selector."""
        wanted = field(workload, ("spec", "selector", "matchLabels")) or {}
        pods = [pod for pod in self.of("Pod") if namespace(pod) == namespace(workload)]
        return [pod for pod in pods if wanted and all(labels(pod).get(key) == value for key, value in wanted.items())]

    @cached_property
    def installed(self) -> list[Engine]:
        """Engines of which a workload runs that no other engine brings, or of which volumes are there."""
        with_volumes = {engine.name for engine in map(self.engine_of_volume, self.of("PersistentVolume")) if engine}
        return [
            engine
            for engine in ENGINES
            if engine.name in with_volumes
            or any({image_name(image) for image in images(one)} & set(engine.own_images) for one in self.workloads(engine))
        ]


def _engine(provisioner: Any, storage_type: str | None) -> Engine | None:
    found = [engine for engine in ENGINES if provisioner in engine.provisioners]
    return next((engine for engine in found if storage_type in engine.storage_types), found[0] if found else None)


def class_words(one: Thing) -> list[str]:
    return words(name(one))
