# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a Cluster restarts its servers when it changes: it stays as it is until somebody asks for the change."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

IMAGE = "imageName"
# Keys of a Cluster's spec that are part of its pods.
PODS = (IMAGE, "resources", "affinity", "probes", "env", "stopDelay")
# Settings of PostgreSQL that need a restart, for some of which the primary itself is restarted and no switchover helps (a smaller
# max_connections has to be the primary's first), and those that are shares of the memory that cannot change without one.
SETTINGS = (
    "max_connections", "max_worker_processes", "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem",
)  # fmt: skip


def held(
    wanted: Mapping[str, Any], there: Mapping[str, Any] | None, image_asked: bool, all_asked: bool
) -> tuple[dict[str, Any], list[str]]:
    """The Cluster to apply, and in words what waits until it is asked for.

    there: the Cluster as it is, None for none. image_asked: whether somebody named the image. all_asked: whether servers may restart.
    """
    made = copy.deepcopy(dict(wanted))
    if there is None or all_asked:
        return made, []
    places = [(made["spec"], there["spec"], key) for key in PODS if not (image_asked and key == IMAGE)]
    settings = [(spec.get("postgresql") or {}).get("parameters") or {} for spec in (made["spec"], there["spec"])]
    places += [(*settings, key) for key in SETTINGS]
    waiting = []
    for new, old, key in places:
        found = differences(key, new.get(key), old.get(key))
        if not found:
            continue
        waiting += found
        if key in old:
            new[key] = copy.deepcopy(old[key])
        else:
            new.pop(key)
    return made, waiting


def differences(name: str, wanted: Any, there: Any) -> list[str]:
    """In words what of a value is there otherwise. What the API filled in besides does not count."""
    if isinstance(wanted, Mapping):
        inner = there if isinstance(there, Mapping) else {}
        return [text for key, value in wanted.items() for text in differences(f"{name}.{key}", value, inner.get(key))]
    if wanted == there or wanted is None:
        return []
    if isinstance(wanted, list):
        return [name]
    return [f"{name} {'none' if there is None else there} -> {wanted}"]
