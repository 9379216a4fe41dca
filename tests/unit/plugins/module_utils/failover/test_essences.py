# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as the API gives them, cut down to what the functions read and a little more."""

from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import essences
from ansible_collections.pikube.stateful.plugins.module_utils.failover.watches import WATCHED
from ansible_collections.pikube.stateful.tests.unit import failover_watches


def test_node():
    item = {
        "metadata": {"name": "pi01"},
        "spec": {
            "unschedulable": True,
            "taints": [
                {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2026-11-23T10:00:50Z"},
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
            ],
        },
        "status": {
            "nodeInfo": {"bootID": "b1"},
            "conditions": [
                {"type": "MemoryPressure", "status": "Unknown"},
                {
                    "type": "Ready",
                    "status": "Unknown",
                    "reason": "NodeStatusUnknown",
                    "lastHeartbeatTime": "2026-11-23T09:59:55Z",
                    "lastTransitionTime": "2026-11-23T10:00:50Z",
                },
            ],
        },
    }
    assert essences.node(item, "main") == {
        "ready": "Unknown",
        "reason": "NodeStatusUnknown",
        "since": "2026-11-23T10:00:50Z",
        "cordoned": True,
        "taints": ["node.kubernetes.io/unreachable:NoExecute", "node.kubernetes.io/unschedulable:NoSchedule"],
        "boot": "b1",
    }


def instance(labels, **metadata):
    return {
        "metadata": {"name": "main-1", "uid": "u1", "labels": labels, **metadata},
        "spec": {"nodeName": "pi01"},
        "status": {
            "phase": "Running",
            "podIP": "10.1.1.9",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"restartCount": 2, "state": {"running": {"startedAt": "2026-11-23T09:00:00Z"}}}],
        },
    }


OWN = {"cnpg.io/cluster": "main", "cnpg.io/instanceRole": "primary", "cnpg.io/instanceName": "main-1"}


def test_pod():
    assert essences.pod(instance(OWN), "main") == {
        "uid": "u1",
        "node": "pi01",
        "ip": "10.1.1.9",
        "phase": "Running",
        "ready": True,
        "deleting": "",
        "doing": "running",
        "started": "2026-11-23T09:00:00Z",
        "restarts": 2,
        "role": "primary",
    }


@pytest.mark.parametrize(
    ("labels", "role"),
    [
        pytest.param(OWN, "primary", id="a primary"),
        pytest.param({**OWN, "cnpg.io/instanceRole": "replica"}, "replica", id="a standby"),
        pytest.param({"cnpg.io/cluster": "main"}, "", id="one that is neither yet"),
        pytest.param({"pikube.stateful/server": "main"}, "primary", id="a server alone"),
        pytest.param({"cnpg.io/cluster": "other"}, None, id="of another cluster"),
        pytest.param({**OWN, "cnpg.io/jobRole": "join"}, None, id="a job"),
        pytest.param({}, None, id="something else"),
    ],
)
def test_which_pods(labels, role):
    found = essences.pod(instance(labels), "main")
    assert (found and found["role"]) == role


def test_a_pod_on_its_way():
    item = instance(OWN, deletionTimestamp="2026-11-23T10:01:30Z")
    item["status"] = {"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    found = essences.pod(item, "main")
    assert (found["deleting"], found["ready"], found["doing"], found["started"]) == (
        "2026-11-23T10:01:30Z",
        False,
        "waiting: ImagePullBackOff",
        "",
    )


def test_of_several_containers_the_server_counts():
    item = instance(OWN)
    item["status"]["containerStatuses"] = [
        {"name": "a-plugin", "state": {"running": {"startedAt": "1"}}},
        {"name": "postgres", "state": {"running": {"startedAt": "2"}}},
    ]
    assert essences.pod(item, "main")["started"] == "2"


@pytest.mark.parametrize(
    ("function", "recorded", "labels"),
    [
        (essences.node, failover_watches.node(), {}),
        (essences.pod, failover_watches.pod(), OWN),
        (essences.cluster, failover_watches.cluster(), {}),
        (essences.endpoints, failover_watches.endpoints(), {"kubernetes.io/service-name": "main-rw"}),
        (essences.claim, failover_watches.claim(1), OWN),
    ],
)
def test_recorded_streams_say_what_watches_say(function, recorded, labels):
    assert set(recorded) == set(function({"metadata": {"name": "main", "labels": labels}}, "main"))


def test_cluster():
    item = {
        "metadata": {"name": "main"},
        "spec": {"instances": 3},
        "status": {
            "phase": "Failing over",
            "phaseReason": "Failing over from main-1 to main-2",
            "currentPrimary": "main-1",
            "targetPrimary": "pending",
            "timelineID": 4,
            "readyInstances": 2,
            "conditions": [{"type": "SyncReplicationTopologySatisfied", "status": "False"}],
        },
    }
    assert essences.cluster(item, "main") == {
        "phase": "Failing over",
        "reason": "Failing over from main-1 to main-2",
        "current": "main-1",
        "target": "pending",
        "timeline": 4,
        "ready": 2,
        "wanted": 3,
        "synchronous": False,
    }
    assert essences.cluster(item, "other") is None


@pytest.mark.parametrize(
    ("row", "ready"),
    [
        pytest.param(
            {"addresses": ["10.1.1.9"], "conditions": {"ready": True}, "targetRef": {"name": "main-1"}, "nodeName": "pi01"},
            [["10.1.1.9", "main-1", "pi01"]],
            id="one that is ready",
        ),
        pytest.param({"addresses": ["10.1.1.9"]}, [["10.1.1.9", "", ""]], id="what is not told counts as ready"),
        pytest.param({"addresses": ["10.1.1.9"], "conditions": {"ready": False, "serving": True}}, [], id="one that goes"),
    ],
)
def test_endpoints(row, ready):
    item = {"metadata": {"labels": {"kubernetes.io/service-name": "main-outside"}}, "endpoints": [row]}
    assert essences.endpoints(item, "main") == {"service": "main-outside", "ready": ready}


@pytest.mark.parametrize("service", ["main-ro", "main-r", "other-rw", ""])
def test_endpoints_of_other_services(service):
    assert essences.endpoints({"metadata": {"labels": {"kubernetes.io/service-name": service}}, "endpoints": None}, "main") is None


@pytest.mark.parametrize(
    ("function", "item", "state"),
    [
        (essences.lease, {"spec": {"renewTime": "t"}}, {"renewed": "t"}),
        (
            essences.leader,
            {"metadata": {"name": "kube-scheduler"}, "spec": {"holderIdentity": "pi02_x", "renewTime": "t"}},
            {"holder": "pi02_x"},
        ),
        (essences.leader, {"metadata": {"name": "main"}, "spec": {"holderIdentity": "main-2"}}, {"holder": "main-2"}),
        (essences.leader, {"metadata": {"name": "apiserver-abc"}, "spec": {}}, None),
        (essences.stateful_set, {"metadata": {"name": "main"}, "spec": {"replicas": 1}, "status": {}}, {"ready": 0, "wanted": 1}),
        (essences.stateful_set, {"metadata": {"name": "other"}}, None),
        (
            essences.claim,
            {
                "metadata": {
                    "uid": "c",
                    "labels": {"cnpg.io/cluster": "main"},
                    "annotations": {"volume.kubernetes.io/selected-node": "pi01"},
                },
                "spec": {"volumeName": "pvc-1"},
                "status": {"phase": "Bound"},
            },
            {"uid": "c", "phase": "Bound", "volume": "pvc-1", "node": "pi01"},
        ),
        (essences.claim, {"metadata": {"labels": {"cnpg.io/cluster": "other"}}}, None),
        (
            essences.attachment,
            {"spec": {"source": {"persistentVolumeName": "pvc-1"}, "nodeName": "pi02"}, "status": {"attached": True}},
            {"volume": "pvc-1", "node": "pi02", "attached": True},
        ),
        (
            essences.target,
            {
                "metadata": {"labels": {"nodeID": "pi02"}},
                "spec": {"desiredReplicationFactor": 3},
                "status": {"phase": "Ready", "status": "RW", "replicaStatus": [{"mode": "WO"}, {"mode": "RW"}, {"mode": "RW"}]},
            },
            {"node": "pi02", "phase": "Ready", "status": "RW", "modes": ["RW", "RW", "WO"], "wanted": 3},
        ),
        (essences.target, {"metadata": {}}, {"node": "", "phase": "", "status": "", "modes": [], "wanted": 0}),
        (
            essences.event,
            {
                "type": "Warning",
                "reason": "FailedMount",
                "message": "no",
                "involvedObject": {"kind": "Pod", "name": "main-1"},
            },
            {"about": "Pod main-1", "reason": "FailedMount", "text": "no"},
        ),
        (essences.event, {"type": "Normal", "involvedObject": {"name": "main-1"}}, None),
        (essences.event, {"type": "Warning", "involvedObject": {"name": "other-1"}}, None),
    ],
)
def test_what_matters(function, item, state):
    assert function(item, "main") == state


@pytest.mark.parametrize("row", WATCHED, ids=lambda row: row.title)
def test_an_object_of_which_nothing_is_told_breaks_nothing(row):
    state = row.essence(
        {"metadata": {"name": "main", "labels": {"cnpg.io/cluster": "main", "kubernetes.io/service-name": "main-rw"}}}, "main"
    )
    assert state is None or json.loads(json.dumps(state)) == state
