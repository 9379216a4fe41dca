# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume of a server alone while a node that had a copy is away, and comes back."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import scenes, scenes_copies
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import Story
from ansible_collections.pikube.stateful.plugins.module_utils.failover.scenes import Scene
from ansible_collections.pikube.stateful.tests.unit.failover_watches import START, at, claim, pod, stream


def volume(*modes, node="pi01", status="RW"):
    return {"node": node, "phase": "Ready", "status": status, "modes": sorted(modes), "wanted": 3}


WHOLE = volume("RW", "RW", "RW")
BEFORE = (
    (-29.0, "Pod", "main-0", pod(1, "primary")),
    (-29.0, "Claim", "data-main-0", claim(1)),
    (-29.0, "Target", "pvc-1", WHOLE),
    # Of another database: what becomes of it is no business of this run.
    (-29.0, "Target", "pvc-9", WHOLE),
    (5.0, "Target", "pvc-9", volume("RW", node="pi02")),
)
MOVED = (
    (28.0, "Target", "pvc-1", volume("RW", "RW")),
    (70.4, "Pod", "main-0", pod(2, "primary", uid="uid-5")),
    (72.0, "Target", "pvc-1", volume("RW", "RW", node="pi02")),
)
BACK = (
    (130.0, "Target", "pvc-1", volume("RW", "RW", "WO", node="pi02")),
    (155.0, "Target", "pvc-1", volume("RW", "RW", "RW", node="pi02")),
)


def scene(*rows):
    return Scene(Story(stream(*rows, before=BEFORE)), "main", START, "pi01", "main-0")


def seconds(found):
    return None if found.at is None else round((found.at - START) / 1e6, 1)


@pytest.mark.parametrize(
    ("rows", "lost", "returns", "synced"),
    [
        pytest.param((), None, None, None, id="no copy was lost"),
        pytest.param(MOVED, 28.0, None, None, id="the node stays away"),
        pytest.param((*MOVED, *BACK[:1]), 28.0, 130.0, None, id="it is filled at the end"),
        pytest.param((*MOVED, *BACK), 28.0, 130.0, 155.0, id="it is in sync again"),
        pytest.param(
            (*MOVED, *BACK, (160.0, "Target", "pvc-1", volume("RW", "RW"))), 28.0, 130.0, None, id="and lost once more before the end"
        ),
        pytest.param((*MOVED, BACK[1]), 28.0, None, 155.0, id="it was filled between two looks of the operator"),
        pytest.param(
            (*MOVED, (100.0, "Target", "pvc-1", volume("RW", status="RO")), *BACK), 28.0, 130.0, 155.0, id="a second one was away meanwhile"
        ),
    ],
)
def test_copies(rows, lost, returns, synced):
    view = scene(*rows)
    found = (scenes_copies.copy_lost(view), scenes_copies.copy_returns(view), scenes_copies.copies_in_sync(view))
    assert tuple(map(seconds, found)) == (lost, returns, synced)


def test_what_they_rest_on_is_said():
    view = scene(*MOVED, *BACK)
    assert scenes_copies.copy_lost(view).because == "JivaVolume pvc-1: 2 of 3 copies RW (RW, RW)"
    assert scenes_copies.copy_returns(view).because == "JivaVolume pvc-1: 2 of 3 copies RW (RW, RW, WO)"
    assert scenes_copies.copies_in_sync(view).because.endswith("3 of 3 copies RW (RW, RW, RW), and stays so")
    assert "2 of 3 copies RW (RW, RW) at the end" in scenes_copies.copies_in_sync(scene(*MOVED)).because


def test_the_volume_that_goes_to_the_new_node_is_the_servers_own():
    assert seconds(scenes.attached(scene(*MOVED))) == 72.0
    assert at(72.0) <= scenes.attached(scene(*MOVED)).at
