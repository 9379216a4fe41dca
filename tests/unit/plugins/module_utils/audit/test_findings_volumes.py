# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import (
    FOLDER,
    attachment,
    both,
    gone,
    hand_made,
    put,
    speaks_and_is_silent,
)

CASES = [
    ("S32", w.replicated, hand_made(by=None, source=FOLDER, cls="openebs-jiva-3-retain"), hand_made(by=None, source=FOLDER, cls="manual")),
    ("S33", w.clean, hand_made(by=None), hand_made()),
    ("S34", w.clean, hand_made(source=FOLDER, home=None), hand_made(source=FOLDER)),
    ("S35", w.clean, hand_made(phase="Released"), hand_made(phase="Available")),
    ("S36", w.clean, hand_made(phase="Failed"), hand_made(phase="Available")),
    ("S37", w.clean, hand_made(home="pi09"), hand_made(home="pi02")),
    ("S38", w.clean, both(gone(), attachment("pi02")), attachment("pi02")),
    ("S39", w.clean, attachment(attachError={"message": "timed out"}), attachment(attached=True)),
    ("S57", w.replicated, put("JivaVolume", w.jiva_volume(node_id="")), put("JivaVolume", w.jiva_volume())),
    (
        "S58",
        w.replicated,
        put("JivaVolume", w.jiva_volume(node_id="pi03")),
        both(gone("pi03"), put("JivaVolume", w.jiva_volume(node_id="pi03"))),
    ),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
