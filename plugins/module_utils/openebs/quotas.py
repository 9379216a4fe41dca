# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a namespace may ask for in storage: ResourceQuota and LimitRange from a few words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import MANAGED_BY

NAME = "pikube-storage"
CLASS_DOMAIN = "storageclass.storage.k8s.io"
UNITS = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": 1024**power for power, unit in enumerate("KMGTPE", 1)},
}
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def quantity(text: Any, where: str) -> int:
    """Bytes of a quantity as Kubernetes writes it. Raises OpenebsError with what was probably meant."""
    found = _bytes(text)
    if found is not None:
        return found
    meant = re.match(r"\s*(\d+(?:\.\d+)?)\s*([kKmMgGtTpPeE])", str(text))
    hint = f"{meant.group(1)}{meant.group(2).upper()}i" if meant else "5Gi"
    raise OpenebsError(f'{where}: "{text}" is no quantity of Kubernetes. Write it like "{hint}"')


def objects(
    quotas: Mapping[str, Mapping[str, Any] | None], object_name: str = NAME, variable: str = "openebs_quotas"
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
    """The objects that have to be, and kind, namespace and name of those that must not be.

    quotas: by namespace storage, claims, min, max, and classes: by StorageClass storage and claims. An empty one takes both objects away.
    object_name: of both. variable: for what is said of mistakes.
    """
    wanted: list[dict[str, Any]] = []
    absent: list[tuple[str, str, str]] = []
    for namespace, row in quotas.items():
        if not NAMESPACE.fullmatch(str(namespace)):
            raise OpenebsError(f'{variable}: "{namespace}" cannot be the name of a namespace: lower-case letters, digits and "-"')
        row = row or {}
        where = f"{variable}, {namespace}"
        hard, limits = _hard(where, row), _limits(where, row)
        if hard or limits:
            wanted.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for kind, spec in (("ResourceQuota", {"hard": hard} if hard else None), ("LimitRange", {"limits": [limits]} if limits else None)):
            if spec is None:
                absent.append((kind, namespace, object_name))
            else:
                metadata = {"name": object_name, "namespace": namespace, "labels": dict(MANAGED_BY)}
                wanted.append({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec})
    return wanted, absent


def _hard(where: str, row: Mapping[str, Any]) -> dict[str, str]:
    found = _amounts(row, where)
    for name, amounts in (row.get("classes") or {}).items():
        found.update({f"{name}.{CLASS_DOMAIN}/{key}": value for key, value in _amounts(amounts or {}, f"{where}, class {name}").items()})
    return found


def _amounts(row: Mapping[str, Any], where: str) -> dict[str, str]:
    found = {}
    if row.get("storage") is not None:
        quantity(row["storage"], f"{where}, storage")
        found["requests.storage"] = str(row["storage"])
    if row.get("claims") is not None:
        if not re.fullmatch(r"\d+", str(row["claims"])):
            raise OpenebsError(f'{where}, claims: "{row["claims"]}" is no number of claims')
        found["persistentvolumeclaims"] = str(row["claims"])
    return found


def _limits(where: str, row: Mapping[str, Any]) -> dict[str, Any]:
    sizes = {key: quantity(row[key], f"{where}, {key}") for key in ("min", "max") if row.get(key) is not None}
    if len(sizes) == 2 and sizes["min"] > sizes["max"]:
        raise OpenebsError(f"{where}: min {row['min']} is more than max {row['max']}")
    return {"type": "PersistentVolumeClaim", **{key: {"storage": str(row[key])} for key in sizes}} if sizes else {}


def same(there: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> bool:
    """Whether an object is as it has to be, quantities compared by value."""
    if there is None:
        return False
    return wanted.get("spec") is None or _by_value(there.get("spec")) == _by_value(wanted["spec"])


def _by_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _by_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_by_value(item) for item in value]
    found = _bytes(value)
    return value if found is None else found


def _bytes(text: Any) -> int | None:
    """None if it is no quantity."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", str(text))
    return int(float(found.group(1)) * UNITS[found.group(2)]) if found and found.group(2) in UNITS else None
