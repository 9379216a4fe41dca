# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w
from ansible_collections.pikube.stateful.tests.unit.audit_planting import (
    PV,
    WAITING,
    both,
    deployment,
    gone,
    labelled,
    node_set,
    nothing,
    operator,
    put,
    replica_pod,
    speaks_and_is_silent,
)

CASES = [
    ("S80", w.clean, put("Deployment", w.workload(ready=0)), put("Deployment", w.workload())),
    ("S81", w.clean, put("Deployment", w.workload(ready=0, wanted=0)), put("Deployment", w.workload())),
    ("S82", w.clean, deployment(namespace="openebs-local"), deployment("other", image="openebs/lvm-driver:1.10.1")),
    (
        "S83",
        w.replicated,
        deployment(image="openebs/jiva-operator:3.6.0"),
        deployment(image="openebs/jiva-operator:3.6.0", template=w.SOON),
    ),
    ("S84", w.replicated, both(gone("pi03"), operator("pi03")), operator("pi03")),
    ("S85", w.replicated, nothing, lambda world: world.drop("Deployment").drop(PV)),
    ("S86", w.clean, labelled(**{"helm.sh/chart": "openebs-3.3.1"}), labelled(**{"helm.sh/chart": "openebs-4.6.1"})),
    ("S86", w.clean, labelled(**{"helm.sh/chart": "", "chart": "jiva-3.6.0"}), labelled(**{"helm.sh/chart": "localpv-provisioner-4.6.0"})),
    ("S87", w.clean, labelled(**{"openebs.io/version": "3.3.0"}), labelled(**{"openebs.io/version": "4.6.0"})),
    (
        "S88",
        w.clean,
        deployment(image="mirror:5000/openebs/jiva-operator:3.1.0"),
        deployment(image="mirror:5000/openebs/jiva-operator:3.2.0"),
    ),
    ("S89", w.clean, deployment(image="quay.io/minio/minio:RELEASE"), deployment(image="docker.io/openebs/minio:RELEASE")),
    ("S89", w.clean, deployment(image="openebs/provisioner-localpv:3.4.0"), deployment(image="openebs/provisioner-localpv:3.5.0")),
    ("S90", w.clean, node_set("/var/lib/kubelet/plugins"), node_set("/var/snap/microk8s/common/var/lib/kubelet/plugins")),
    (
        "S91",
        w.clean,
        put("Deployment", w.workload(container={"env": [{"name": "OPENEBS_IO_ENABLE_ANALYTICS", "value": "true"}]})),
        put("Deployment", w.workload(container={"env": [{"name": "OPENEBS_IO_ENABLE_ANALYTICS", "value": "false"}]})),
    ),
    (
        "S92",
        w.replicated,
        deployment("ctrl", image="openebs/jiva:3.6.0", container={"resources": {"limits": {"memory": "0"}}}),
        deployment("ctrl", image="openebs/jiva:3.6.0", container={"resources": {"limits": {"memory": "1Gi"}}}),
    ),
    (
        "S93",
        w.clean,
        put(
            "Pod", w.pod("init-pvc-7", "openebs", claims=(), image="linux-utils:1", owner=None, phase="Pending", containerStatuses=WAITING)
        ),
        put("Pod", w.pod("init-pvc-7", "openebs", claims=(), image="linux-utils:1", owner=None)),
    ),
    ("S94", w.replicated, replica_pod(node=None, phase="Pending"), replica_pod()),
]


@pytest.mark.parametrize(("check", "begin", "wrong", "right"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_each_check_speaks_and_is_silent(check, begin, wrong, right):
    speaks_and_is_silent(check, begin, wrong, right)
