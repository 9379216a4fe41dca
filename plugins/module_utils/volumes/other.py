# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes of no engine that is known here: what their PersistentVolume tells, and not more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes import local
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Evidence, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World, title

ON_NODES = ("hostPath", "local")


def source_of(volume: Mapping[str, Any]) -> str:
    """The kind of a PersistentVolume by its own words: csi, hostPath, local, nfs and so on."""
    known = ("csi", *ON_NODES, "nfs", "iscsi", "rbd", "cephfs", "fc")
    return next((key for key in known if key in volume["spec"]), "of an unknown kind")


def look(volume: Mapping[str, Any], world: World) -> Finding:
    source = source_of(volume)
    if source in ON_NODES:
        return local.look_plain(volume, world)
    driver = (volume["spec"].get("csi") or {}).get("driver")
    who = f"driver {driver}" if driver else source
    return Finding(
        doubts=(f"what {who} does with copies is not known here; ask the maker of that storage",),
        evidence=(Evidence(f"is made by {who}", f"{title(volume)} spec.{source}", 0),),
    )
