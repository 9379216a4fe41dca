# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of a namespace as they are going to be, so that what exceeds them is refused before they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import amount

STORAGE, CLAIMS = "requests.storage", "persistentvolumeclaims"


def quotas(
    there: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """ResourceQuotas with those of the same name replaced, each with what is used of it. claims: all of the namespace."""
    used = usage(claims)
    made = [{**item, "status": {"hard": dict(item["spec"].get("hard") or {}), "used": used}} for item in wanted]
    return [*without(there, wanted), *made]


def ranges(there: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """LimitRanges with those of the same name replaced."""
    return [*without(there, wanted), *wanted]


def without(there: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    names = {item["metadata"]["name"] for item in others}
    return [item for item in there if item["metadata"]["name"] not in names]


def usage(claims: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What a quota counts of claims: bytes and number, of all and of each class."""
    found: dict[str, int] = {}
    for claim in claims:
        spec = claim.get("spec") or {}
        asked = amount(((spec.get("resources") or {}).get("requests") or {}).get("storage") or 0)
        prefixes = ["", *([f"{spec['storageClassName']}.storageclass.storage.k8s.io/"] if spec.get("storageClassName") else [])]
        for prefix in prefixes:
            found[prefix + STORAGE] = found.get(prefix + STORAGE, 0) + asked
            found[prefix + CLAIMS] = found.get(prefix + CLAIMS, 0) + 1
    return found
