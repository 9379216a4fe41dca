# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import (
    CONFIG,
    GOING,
    HOST,
    NFS,
    PV,
    PVC,
    both,
    gone,
    job,
    nothing,
    put,
    speaks_and_is_silent,
)

CASES = [
    ("S40", w.clean, job(volumes=[HOST]), job(volumes=[CONFIG])),
    ("S40", w.clean, job(volumes=[HOST]), put("Pod", w.pod("agent", claims=(), image="a:1", owner=("DaemonSet", "agent"), volumes=[HOST]))),
    ("S41", w.clean, job(volumes=[NFS]), job(volumes=[CONFIG])),
    ("S42", w.clean, put("Pod", w.pod("pg", claims=())), put("Pod", w.pod("pg", claims=(), image="prom/postgres-exporter:1"))),
    ("S43", w.clean, both(gone("pi01"), put("Pod", w.pod(metadata=GOING))), gone("pi01")),
    ("S44", w.replicated, put("Pod", w.pod(spec=w.LATE)), put("Pod", w.pod(spec=w.SOON))),
    ("S45", w.clean, put(PV, w.volume("pvc-2", "pi01")), put(PV, w.volume("pvc-2", "pi02"))),
    ("S46", w.clean, both(put(PVC, w.claim("one")), put("Pod", w.pod("one-0", claims=("one",), owner=("StatefulSet", "one")))), nothing),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
