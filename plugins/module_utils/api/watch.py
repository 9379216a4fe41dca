# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two lists, and what the lines of a watch say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"


class ExpiredError(Exception):
    """The server has forgotten the version from which a watch was to go on (410)."""


@dataclass(frozen=True)
class Event:
    """type: ADDED, MODIFIED or DELETED. object: the object as the API gives it; for DELETED the last state that was seen."""

    type: str
    object: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.object.get("metadata", {}).get("name", "")


def key(item: Mapping[str, Any]) -> tuple[str, str]:
    metadata = item.get("metadata", {})
    return metadata.get("namespace", ""), metadata.get("name", "")


class Known:
    """The objects that a watch has seen. After an interruption a new list tells what was missed."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], Mapping[str, Any]] = {}

    def relisted(self, items: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
        """The events between what was known and a complete list. An object of the same name with another uid was deleted and added."""
        before, self._objects = self._objects, {key(item): item for item in items}
        for name, item in before.items():
            if name not in self._objects or uid(item) != uid(self._objects[name]):
                yield Event(DELETED, item)
        for name, item in self._objects.items():
            if name not in before or uid(item) != uid(before[name]):
                yield Event(ADDED, item)
            elif version(item) != version(before[name]):
                yield Event(MODIFIED, item)

    def told(self, line: Mapping[str, Any]) -> tuple[Event | None, str | None]:
        """What one line of a watch says: an event if there is one, and the version from which to go on. Raises ExpiredError."""
        kind, item = line.get("type"), line.get("object") or {}
        if kind == "ERROR":
            if item.get("code") == 410 or item.get("reason") in ("Expired", "Gone"):
                raise ExpiredError(item.get("message", ""))
            return None, None
        if kind == "BOOKMARK":
            return None, version(item)
        if kind == DELETED:
            self._objects.pop(key(item), None)
            return Event(DELETED, item), version(item)
        fresh = key(item) not in self._objects
        self._objects[key(item)] = item
        return Event(ADDED if fresh else MODIFIED, item), version(item)


def uid(item: Mapping[str, Any]) -> Any:
    return item.get("metadata", {}).get("uid")


def version(item: Mapping[str, Any]) -> str | None:
    return item.get("metadata", {}).get("resourceVersion")
