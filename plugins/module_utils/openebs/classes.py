# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StorageClasses: what is to be made, changed or refused. Kubernetes lets nobody change what a volume is made with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import (
    DEFAULT_CLASS,
    DEFAULT_CLASS_BETA,
    MANAGED_BY,
    MICROK8S_PROVISIONER,
    PROVED,
    is_openebs,
)

API_VERSION = "storage.k8s.io/v1"
THERE, CREATE, CHANGE = "there", "create", "change"
# Name here -> (name in the object, what Kubernetes takes where nothing is said). The first four are fixed for the life of a class.
FIXED: dict[str, tuple[str, Any]] = {
    "provisioner": ("provisioner", None),
    "parameters": ("parameters", {}),
    "reclaim_policy": ("reclaimPolicy", "Delete"),
    "volume_binding_mode": ("volumeBindingMode", "Immediate"),
}
FREE: dict[str, tuple[str, Any]] = {
    "allow_volume_expansion": ("allowVolumeExpansion", False),
    "mount_options": ("mountOptions", []),
}
RECLAIM_POLICIES = ("Retain", "Delete")
BINDING_MODES = ("WaitForFirstConsumer", "Immediate")


@dataclass(frozen=True)
class Change:
    """What is to be done about one class. before, after: what --diff shows."""

    name: str
    outcome: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


def annotations(item: Mapping[str, Any]) -> Mapping[str, str]:
    return (item.get("metadata") or {}).get("annotations") or {}


def is_default(item: Mapping[str, Any]) -> bool:
    return any(annotations(item).get(key) == "true" for key in (DEFAULT_CLASS, DEFAULT_CLASS_BETA))


def ours(item: Mapping[str, Any]) -> bool:
    return MANAGED_BY.items() <= ((item.get("metadata") or {}).get("labels") or {}).items()


def proof(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the class remembers of its last proof."""
    try:
        found = json.loads(annotations(item).get(PROVED) or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def facts(item: Mapping[str, Any]) -> dict[str, Any]:
    """A class as values, under the names that options have."""
    return {
        "name": item["metadata"]["name"],
        **{key: item.get(name) or default for key, (name, default) in {**FIXED, **FREE}.items()},
        "annotations": {key: value for key, value in annotations(item).items() if not _foreign(key)},
        "default": is_default(item),
        "ours": ours(item),
        "openebs": is_openebs(item.get("provisioner")),
        "proof": proof(item),
    }


def _foreign(key: str) -> bool:
    """Annotations that are no part of what a class is."""
    return key in (DEFAULT_CLASS, DEFAULT_CLASS_BETA, PROVED) or key.startswith(("kubectl.kubernetes.io/", "meta.helm.sh/"))


def check(wanted: Mapping[str, Any]) -> None:
    """Raises OpenebsError for a class that Kubernetes would not take."""
    name = wanted.get("name") or ""
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", name):
        raise OpenebsError(f'"{name}" cannot be the name of a StorageClass: lower-case letters, digits, "-" and "."', name=name)
    if not wanted.get("provisioner"):
        raise OpenebsError(f"StorageClass {name} has no provisioner", name=name)
    for key, words in (("reclaim_policy", RECLAIM_POLICIES), ("volume_binding_mode", BINDING_MODES)):
        if wanted.get(key) and wanted[key] not in words:
            raise OpenebsError(f'StorageClass {name}: {key} "{wanted[key]}" is unknown. Use {" or ".join(words)}', name=name)


def body(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The object that is applied. Annotations and labels of others stay."""
    check(wanted)
    values = {name: wanted[key] for key, (name, _default) in {**FIXED, **FREE}.items() if wanted.get(key) not in (None, {}, [])}
    if "parameters" in values:
        values["parameters"] = {key: _text(value) for key, value in values["parameters"].items()}
    return {
        "apiVersion": API_VERSION,
        "kind": "StorageClass",
        "metadata": {
            "name": wanted["name"],
            "labels": dict(MANAGED_BY),
            "annotations": {key: _text(value) for key, value in (wanted.get("annotations") or {}).items()},
        },
        **values,
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def compare(wanted: Mapping[str, Any], there: Mapping[str, Any] | None) -> Change:
    """Raises OpenebsError if the class is there with what cannot be changed."""
    target = body(wanted)
    name, want = wanted["name"], facts(target)
    after = _shown(want)
    if there is None:
        return Change(name, CREATE, {}, after, target)
    have = facts(there)
    stuck = [key for key in FIXED if have[key] != want[key]]
    if stuck:
        listed = "; ".join(f"{key} is {_words(have[key])} and not {_words(want[key])}" for key in stuck)
        raise OpenebsError(
            f"StorageClass {name} is there and differs in what Kubernetes lets nobody change: {listed}. Nothing was changed. Give it"
            f" a new name, or delete it and run again (microk8s kubectl delete storageclass {name}): volumes and claims stay as they are",
            name=name,
            differs=stuck,
        )
    merged = {**have["annotations"], **want["annotations"]}
    if all(have[key] == want[key] for key in FREE) and merged == have["annotations"] and have["ours"]:
        return Change(name, THERE)
    return Change(name, CHANGE, _shown(have), {**after, "annotations": merged}, target)


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in (*FIXED, *FREE, "annotations", "ours")}


def _words(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else str(value)


@dataclass(frozen=True)
class Default:
    """Which class becomes the one default, and from which the annotation is taken."""

    make: str | None
    take_from: tuple[str, ...] = ()


def default(wanted: str, named: bool, there: Sequence[Mapping[str, Any]], to_come: Sequence[str] = ()) -> Default:
    """wanted: the class that shall be the default. named: somebody named it, so the annotation is taken from whichever class has it.

    Otherwise it is taken only from classes of this collection, of OpenEBS and of MicroK8s' own hostpath-storage. Raises OpenebsError for
    a class that is not there, and for a default that somebody else chose.
    """
    names = [item["metadata"]["name"] for item in there]
    if wanted not in (*names, *to_come):
        raise OpenebsError(
            f'openebs_default_class: there is no StorageClass "{wanted}". There are {", ".join(sorted({*names, *to_come})) or "none"}',
            name=wanted,
        )
    others = [item for item in there if is_default(item) and item["metadata"]["name"] != wanted]
    foreign = [item["metadata"]["name"] for item in others if not (named or _may_lose(item))]
    if foreign:
        raise OpenebsError(
            f"StorageClass {', '.join(foreign)} is the default, and it is none of this collection's. Say which one it shall be:"
            f" openebs_default_class: {wanted}, or openebs_default_class: {foreign[0]}",
            name=wanted,
            default=foreign,
        )
    has = any(item["metadata"]["name"] == wanted and is_default(item) for item in there)
    return Default(None if has else wanted, tuple(item["metadata"]["name"] for item in others))


def _may_lose(item: Mapping[str, Any]) -> bool:
    return ours(item) or item.get("provisioner") == MICROK8S_PROVISIONER or is_openebs(item.get("provisioner"))


def annotated(is_the_default: bool) -> dict[str, Any]:
    """The patch that makes a class the default, or takes that from it."""
    return {"metadata": {"annotations": {DEFAULT_CLASS: "true"} if is_the_default else {DEFAULT_CLASS: "false", DEFAULT_CLASS_BETA: None}}}
