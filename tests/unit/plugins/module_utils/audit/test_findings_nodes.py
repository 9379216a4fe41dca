# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import (
    LOKI,
    MASTERS,
    NDM,
    OUT,
    SINGLES,
    TWINS,
    both,
    facts,
    iscsi,
    mayastor,
    medium,
    put,
    space,
    speaks_and_is_silent,
)

CASES = [
    ("S61", w.clean, put("Node", w.node("pi02", pressure=True)), put("Node", w.node("pi02"))),
    ("S62", w.clean, space(1, 8), space(200)),
    ("S63", w.clean, space(3, 4), space(5, 6)),
    ("S64", w.replicated, iscsi(installed=False), iscsi()),
    ("S65", w.replicated, iscsi(iscsid_enabled=False), iscsi(iscsid_enabled=None)),
    ("S66", w.replicated, iscsi(iscsid_active=False), iscsi()),
    ("S67", w.replicated, iscsi(initiator_name=w.facts("pi01")["iscsi"]["initiator_name"]), iscsi(initiator_name=None)),
    ("S68", w.clean, medium("sd"), medium("nvme")),
    ("S69", w.clean, both(LOKI, medium("sd")), both(LOKI, medium("nvme"))),
    ("S70", w.clean, facts(page_size=16384), facts(page_size=4096)),
    ("S71", w.clean, mayastor(arch="arm64"), mayastor(arch="amd64")),
    ("S72", w.replicated, facts(kernel={"modules": {"iscsi_tcp": "absent"}}), facts(kernel={"modules": {"nvme_tcp": "absent"}})),
    ("S73", w.clean, mayastor("1Gi"), mayastor("2Gi")),
    ("S74", w.clean, facts(time={"synchronized": False}), facts(time={"synchronized": None})),
    ("S75", w.clean, put("Node", w.node("pi02", machine="id-pi01")), put("Node", w.node("pi02"))),
    ("S76", w.clean, put("Node", w.node("pi02", label="pi2")), put("Node", w.node("pi02"))),
    ("S77", w.clean, facts(cgroup={"missing": ["memory"]}), facts(cgroup={"missing": None})),
    ("S78", w.clean, both(NDM, MASTERS, facts(disks=TWINS)), both(NDM, MASTERS, facts(disks=SINGLES))),
    ("S79", w.clean, put("Node", w.node("pi02", taints=OUT)), put("Node", w.node("pi02", taints=OUT, ready=False))),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
