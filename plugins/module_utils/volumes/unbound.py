# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claims that have no volume, and why, as far as events tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.times import moment
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World

KIND = "PersistentVolumeClaim"
# The fields of an event that may carry the time it was seen last, by what wrote it.
TIMES = (("lastTimestamp",), ("series", "lastObservedTime"), ("eventTime",), ("firstTimestamp",), ("metadata", "creationTimestamp"))


def unbound(claims: Sequence[Mapping[str, Any]], world: World) -> list[dict[str, Any]]:
    """Rows of namespace, name, class, requested, phase, because, age_seconds (of the reason)."""
    return [row(claim, world) for claim in claims if not has_volume(claim, world)]


def has_volume(claim: Mapping[str, Any], world: World) -> bool:
    return world.one("PersistentVolume", (claim.get("spec") or {}).get("volumeName") or "") is not None


def row(claim: Mapping[str, Any], world: World) -> dict[str, Any]:
    metadata, spec = claim["metadata"], claim.get("spec") or {}
    because, age = reason(claim, world)
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "class": spec.get("storageClassName"),
        "requested": ((spec.get("resources") or {}).get("requests") or {}).get("storage"),
        "phase": (claim.get("status") or {}).get("phase"),
        "because": because,
        "age_seconds": None if age is None else round(age),
    }


def reason(claim: Mapping[str, Any], world: World) -> tuple[str, float | None]:
    """In the words of the newest event; without one what the claim itself tells."""
    metadata, spec = claim["metadata"], claim.get("spec") or {}
    phase = (claim.get("status") or {}).get("phase")
    if spec.get("volumeName") and phase in ("Bound", "Lost"):
        return f"its volume {spec['volumeName']} does not exist any more", None
    events = [event for event in world.all("Event") if about(event, metadata)]
    if events:
        newest = max(events, key=lambda event: seen(event) or 0)
        message = " ".join(str(newest.get("message") or "").split())
        return f"{newest.get('reason')}: {message}", world.age(seen(newest))
    if spec.get("volumeName"):
        return f"it asks for the volume {spec['volumeName']}, which does not exist or belongs to another claim", None
    name = spec.get("storageClassName")
    if name and world.one("StorageClass", name) is None:
        return f"there is no StorageClass {name}, and no volume of that class that fits", None
    return "no event tells why; see kubectl describe pvc", None


def about(event: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    of = event.get("involvedObject") or {}
    same = (of.get("kind"), of.get("namespace"), of.get("name")) == (KIND, metadata["namespace"], metadata["name"])
    return same and (not of.get("uid") or not metadata.get("uid") or of["uid"] == metadata["uid"])


def seen(event: Mapping[str, Any]) -> float | None:
    for path in TIMES:
        value: Any = event
        for key in path:
            value = (value or {}).get(key)
        if moment(value) is not None:
            return moment(value)
    return None
