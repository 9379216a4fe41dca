# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import lanes, outcomes
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_states import HATCHED, NONE, STATES, TITLES, VERDICTS

SPOKEN = [
    lanes.node({"ready": "Unknown", "reason": "", "cordoned": False})[0],
    lanes.node({"ready": "False", "reason": "", "cordoned": False})[0],
    lanes.node({"ready": "True", "reason": "", "cordoned": False})[0],
    lanes.node({"ready": "True", "reason": "", "cordoned": True})[0],
    lanes.pod({"deleting": True, "node": ""})[0],
    lanes.pod({"deleting": False, "ready": False, "started": True, "node": ""})[0],
    lanes.pod({"deleting": False, "ready": False, "started": False, "node": ""})[0],
    lanes.endpoints({"ready": []})[0],
    lanes.endpoints({"ready": [("10.1.2.3", "main-1", "pi01")]})[0],
    lanes.cluster({"current": "a", "target": "b", "phase": ""})[0],
    lanes.cluster({"current": "a", "target": "a", "timeline": 1})[0],
    lanes.attachment({"node": "pi01"})[0],
    lanes.attachment({"node": "pi01", "attached": False})[0],
    *("ok", "primary", "replica", "bound", "pending", "lost", "unknown"),
    *("stalled", "two primaries"),
    *(outcomes.REFUSED, outcomes.HUNG, outcomes.READ_ONLY),
]


@pytest.mark.parametrize("state", SPOKEN)
def test_what_lanes_say_has_a_tone(state):
    assert STATES[state] != NONE


def test_patterns_are_of_states_that_there_are():
    assert HATCHED.keys() <= STATES.keys()
    assert TITLES.keys() == VERDICTS.keys() - {"not applicable"}
