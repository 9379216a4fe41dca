# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import BAD_COPIES, TOGETHER, nothing, put, rows, speaks_and_is_silent

CASES = [
    ("S50", w.replicated, rows(copies=TOGETHER), rows()),
    ("S51", w.replicated, rows(copies=BAD_COPIES), rows()),
    ("S52", w.replicated, rows(healthy=False, warnings=["2 of 3"]), rows(healthy=None)),
    (
        "S53",
        w.replicated,
        rows(survives={"pi01": {"survives": False, "because": "the last copy"}}),
        rows(survives={"pi01": {"survives": None}}),
    ),
    ("S54", w.replicated, rows(evidence=[{"from": "x", "age_seconds": 180}]), rows(evidence=[{"from": "x", "age_seconds": None}])),
    ("S55", w.replicated, put("JivaVolume", w.jiva_volume(status="RO")), put("JivaVolume", w.jiva_volume())),
    (
        "S55",
        w.clean,
        put("DiskPool", {"metadata": w.meta("p", "openebs"), "status": {"pool_status": "Unknown"}}),
        put("DiskPool", {"metadata": w.meta("p", "openebs"), "status": {"pool_status": "Online"}}),
    ),
    ("S56", w.replicated, put("JivaVolume", w.jiva_volume(modes=("RW", "RW", "WO"))), put("JivaVolume", w.jiva_volume())),
    ("S59", w.replicated, lambda world: world.drop("PodDisruptionBudget"), nothing),
    ("S60", w.replicated, put("PodDisruptionBudget", w.budget(0)), put("PodDisruptionBudget", w.budget(1))),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
