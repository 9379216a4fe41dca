# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps OpenEBS from being removed, and what of it is left: over objects as the API gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import CUSTOM_DOMAINS, is_openebs

PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def provisioner(volume: Mapping[str, Any]) -> str | None:
    """Who made a PersistentVolume."""
    spec = volume.get("spec") or {}
    made = ((volume.get("metadata") or {}).get("annotations") or {}).get(PROVISIONED_BY)
    return made or (spec.get("csi") or {}).get("driver")


def volumes(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """OpenEBS's own volumes: name, provisioner, claim, class, phase, and the folder of a local one."""
    rows = []
    for volume in found:
        if not is_openebs(provisioner(volume)):
            continue
        spec = volume.get("spec") or {}
        claim = spec.get("claimRef") or {}
        rows.append({
            "name": volume["metadata"]["name"],
            "provisioner": provisioner(volume),
            "claim": f"{claim.get('namespace')}/{claim.get('name')}" if claim else "",
            "storage_class": spec.get("storageClassName") or "",
            "phase": (volume.get("status") or {}).get("phase") or "",
            "path": (spec.get("local") or {}).get("path") or "",
        })  # fmt: skip
    return sorted(rows, key=lambda row: row["name"])


def waiting(claims: Iterable[Mapping[str, Any]], classes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Claims of OpenEBS's classes that are not bound yet, as NAMESPACE/NAME."""
    own = {item["metadata"]["name"] for item in classes if is_openebs(item.get("provisioner"))}
    return sorted(
        f"{claim['metadata'].get('namespace')}/{claim['metadata']['name']}"
        for claim in claims
        if (claim.get("spec") or {}).get("storageClassName") in own and (claim.get("status") or {}).get("phase") != "Bound"
    )


def definitions(found: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """OpenEBS's own kinds: name of the definition, kind, and the api_version that is stored."""
    rows = []
    for item in found:
        spec = item.get("spec") or {}
        if spec.get("group") not in CUSTOM_DOMAINS:
            continue
        version = next((row["name"] for row in spec.get("versions") or () if row.get("storage")), "")
        rows.append({"name": item["metadata"]["name"], "kind": spec["names"]["kind"], "api_version": f"{spec['group']}/{version}"})
    return sorted(rows, key=lambda row: row["name"])
