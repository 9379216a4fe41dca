# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import (
    JIVA,
    SC,
    both,
    cls,
    deployment,
    only,
    policies,
    put,
    speaks_and_is_silent,
    used,
)

CASES = [
    ("S01", w.clean, put(SC, w.storage_class()), put(SC, w.storage_class(default=True))),
    ("S02", w.clean, cls("second", default=True), cls("second")),
    ("S03", w.clean, cls("my-jiva"), cls("my-jiva", JIVA)),
    ("S03", w.clean, cls("replicated"), cls("mayastor-etcd-localpv")),
    ("S04", w.clean, used("a-retain", policy="Delete"), used("a-retain", policy="Retain")),
    ("S04", w.clean, used("openebs-default"), used("openebs-default-not-used-word".replace("default", "d"))),
    ("S04", w.replicated, both(policies(2)), policies(3)),
    ("S05", w.clean, cls("standard"), cls("openebs-hostpath-delete", policy="Delete")),
    ("S06", w.clean, cls(binding="Immediate"), cls()),
    ("S07", w.replicated, used("j", JIVA, binding="Immediate"), used("j", JIVA)),
    ("S08", w.replicated, used("j", JIVA), used("j", JIVA, allowVolumeExpansion=True)),
    ("S09", w.clean, cls(allowVolumeExpansion=True), cls(allowVolumeExpansion=False)),
    ("S10", w.replicated, cls("j", JIVA, parameters={"policy": "four"}), cls("j", JIVA, parameters={"policy": "three"})),
    ("S11", w.replicated, cls("j", JIVA, parameters={"jivaVolumePolicy": "three"}), cls("j", JIVA, parameters={"policy": "three"})),
    ("S12", w.replicated, only("pi01", "pi02"), only("pi01", "pi02", "pi03")),
    ("S13", w.replicated, policies(2), policies(3)),
    (
        "S14",
        w.clean,
        used("far", "zfs.csi.openebs.io"),
        both(used("far", "zfs.csi.openebs.io"), deployment(image="openebs/zfs-driver:2.11.1")),
    ),
    ("S15", w.clean, put(SC, {**w.storage_class("bare"), "metadata": w.meta("bare")}), cls("bare")),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
