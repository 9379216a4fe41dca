# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import (
    DELETES,
    PV,
    PVC,
    RETAINS,
    SC,
    both,
    nothing,
    put,
    quota,
    speaks_and_is_silent,
)

CASES = [
    (
        "S20",
        w.clean,
        both(put(SC, w.storage_class()), put(PVC, w.claim("free", volume=None, cls=None))),
        put(PVC, w.claim("free", volume=None, cls=None)),
    ),
    (
        "S21",
        w.clean,
        put(PVC, w.claim("x", volume=None, cls="none", phase="Pending")),
        put(PVC, w.claim("x", volume=None, phase="Pending")),
    ),
    (
        "S22",
        w.clean,
        both(put(PVC, w.claim("x", volume=None, phase="Pending")), put("Pod", w.pod("y", claims=("x",)))),
        put(PVC, w.claim("x", volume=None, phase="Pending")),
    ),
    ("S23", w.clean, put(PVC, w.claim("x", volume="pvc-404", phase="Lost")), put(PVC, w.claim("x", volume="pvc-1"))),
    ("S24", w.clean, put(PVC, w.claim("x", volume=None, mode="ReadWriteMany")), put(PVC, w.claim("x", volume=None))),
    ("S24", w.clean, put(PVC, w.claim("x", volume=None, volumeMode="Block")), put(PVC, w.claim("x", volume=None, volumeMode="Filesystem"))),
    ("S25", w.clean, put("Pod", w.pod("db-9", claims=("data-db-0",))), put("Pod", w.pod("db-9", claims=("data-db-0",), phase="Succeeded"))),
    (
        "S25",
        w.clean,
        put("Pod", w.pod("web", claims=("data-db-0",), image="web:1", owner=("ReplicaSet", "web"), node="pi02")),
        put("Pod", w.pod("web", claims=("data-db-0",), image="web:1", owner=("ReplicaSet", "web"))),
    ),
    ("S26", w.clean, put(PV, w.volume(policy="Delete")), put(PV, w.volume(policy="Retain"))),
    (
        "S27",
        w.clean,
        put("StatefulSet", {"metadata": w.meta("db", "database"), "spec": DELETES}),
        put("StatefulSet", {"metadata": w.meta("db", "database"), "spec": RETAINS}),
    ),
    ("S28", w.clean, quota({"requests.cpu": "4"}), quota({"openebs-hostpath-retain.storageclass.storage.k8s.io/requests.storage": "9Gi"})),
    ("S29", w.clean, lambda world: world.drop("LimitRange"), nothing),
    ("S30", w.clean, quota({"requests.storage": "9Gi"}), quota({"requests.storage": "9Gi", "cpu": "4", "memory": "4Gi"})),
    (
        "S31",
        w.clean,
        quota({"requests.storage": "10Gi"}, {"requests.storage": "9Gi"}),
        quota({"requests.storage": "10Gi"}, {"requests.storage": "8Gi"}),
    ),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
