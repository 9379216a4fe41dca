# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the milestones of a volume's copies are found in what was seen of its JivaVolume.

Its operator tells of them up to 30 s late, and not at all while it is lost itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import DELETED, TARGET, Observation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.scenes import Found, Scene, found

SYNCED, FILLING = "RW", "WO"  # modes of a copy


def in_step(state: Mapping[str, Any]) -> int:
    return state.get("modes", []).count(SYNCED)


def copy_lost(scene: Scene) -> Found:
    ones = []
    for name in scene.volumes(TARGET):
        was = in_step(scene.story.state(TARGET, name, scene.fault_at))
        one = scene.first(TARGET, name, lambda state, was=was: in_step(state) < was)
        ones += [one] if one else []
    return _earliest(ones, "no volume was seen with a copy less")


def copy_returns(scene: Scene) -> Found:
    """A copy that is behind is there: it is being filled."""
    left = copy_lost(scene).at
    if left is None:
        return Found(None, "no volume was seen with a copy less")
    ones = [
        one
        for name in scene.volumes(TARGET)
        for one in scene.story.history(TARGET, name)
        if one.at >= left and one.change != DELETED and FILLING in one.state.get("modes", [])
    ]
    return _earliest(ones, "no copy was seen while it was filled")


def copies_in_sync(scene: Scene) -> Found:
    """From when on all copies of all volumes were in sync until the end."""
    left = copy_lost(scene).at
    if left is None:
        return Found(None, "no volume was seen with a copy less")
    stays: list[Observation] = []
    for name in scene.volumes(TARGET):
        since: Observation | None = None
        for one in scene.story.history(TARGET, name):
            good = one.change != DELETED and one.state.get("wanted", 0) > 0 and in_step(one.state) >= one.state["wanted"]
            since = (since or one) if good else None
        if since is None:
            return Found(None, f"JivaVolume {name}: {told_copies(scene.story.state(TARGET, name))} at the end")
        stays.append(since)
    last = max(stays, key=lambda one: one.at)
    return Found(max(last.at, left), f"JivaVolume {last.name}: {told_copies(last.state)}, and stays so")


def _earliest(ones: Sequence[Observation], otherwise: str) -> Found:
    one = min(ones, key=lambda each: each.at, default=None)
    return found(one, f"JivaVolume {one.name}: {told_copies(one.state)}" if one else "", otherwise)


def told_copies(state: Mapping[str, Any]) -> str:
    return f"{in_step(state)} of {state.get('wanted', 0)} copies {SYNCED}" + (f" ({', '.join(state.get('modes', []))})" if state else "")
