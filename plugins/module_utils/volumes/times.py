# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times that objects of the Kubernetes API carry, as seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any


def moment(text: Any) -> float | None:
    """Of an RFC 3339 time as Kubernetes writes it, with or without parts of a second; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def written(item: Mapping[str, Any], part: str | None = None) -> float | None:
    """When an object was last changed by the clock of its API server (metadata.managedFields), or a part of it such as status."""
    found = [
        moment(entry.get("time"))
        for entry in item["metadata"].get("managedFields") or []
        if part is None or entry.get("subresource") == part or f"f:{part}" in (entry.get("fieldsV1") or {})
    ]
    return max((time for time in found if time is not None), default=None)


def condition_since(item: Mapping[str, Any], name: str) -> float | None:
    """Since when a condition of an object is what it is."""
    for condition in (item.get("status") or {}).get("conditions") or []:
        if condition.get("type") == name:
            return moment(condition.get("lastTransitionTime"))
    return None
