# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.components import judged, trouble

LABELS = {"name": "openebs-localpv-provisioner"}
WANTED = {"kind": "Deployment", "name": "openebs-localpv-provisioner", "of": "1"}


def workload(kind="Deployment", works=1, replicas=1, generation=1, seen=1, name=WANTED["name"]):
    status = {"availableReplicas": works, "updatedReplicas": works, "observedGeneration": seen}
    if kind == "DaemonSet":
        status = {"desiredNumberScheduled": replicas, "numberAvailable": works, "updatedNumberScheduled": works, "observedGeneration": seen}
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": "openebs", "generation": generation},
        "spec": {"replicas": replicas, "selector": {"matchLabels": LABELS}},
        "status": status,
    }


def pod(waiting=None, phase="Pending", unscheduled=None, running=False, node="pi02", last=None):
    container = {"state": {"waiting": waiting} if waiting else {"running": {}} if running else {}, "lastState": last or {}}
    conditions = [{"type": "PodScheduled", "status": "False", "message": unscheduled}] if unscheduled else []
    return {
        "metadata": {"name": "p", "namespace": "openebs", "labels": LABELS},
        "spec": {} if unscheduled else {"nodeName": node},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": [container]},
    }


def event(reason, message, kind="Pod", name="p", at="2026-11-23T12:00:00Z"):
    involved = {"kind": kind, "name": name, "namespace": "openebs"}
    return {"type": "Warning", "reason": reason, "message": message, "involvedObject": involved, "lastTimestamp": at}


def one(item=None, pods=(), events=(), wanted=WANTED, nodes=3):
    return judged([wanted], "openebs", [item] if item else [], pods, events, nodes)[0]


def test_what_works_says_nothing():
    found = one(workload())
    assert (found.fine, found.text) == (True, "Deployment openebs/openebs-localpv-provisioner: 1 of 1 pods work")


@pytest.mark.parametrize(
    ("item", "pods", "events", "cause", "says"),
    [
        pytest.param(None, [], [], "missing", "not there", id="deleted"),
        pytest.param(workload(works=0, replicas=0), [], [], "scaled", "scaled to 0", id="scaled to 0"),
        pytest.param(workload(works=0), [pod({"reason": "ImagePullBackOff"})], [], "image", "p on pi02: ImagePullBackOff", id="no image"),
        pytest.param(
            workload(works=0),
            [pod({"reason": "ErrImagePull", "message": "no match for platform in manifest"})],
            [],
            "architecture",
            "no match",
            id="no image for this processor",
        ),
        pytest.param(workload(works=0), [pod(unscheduled="0/3 nodes are available")], [], "scheduling", "p: has no node", id="no room"),
        pytest.param(
            workload(works=0),
            [pod({"reason": "CrashLoopBackOff"}, last={"terminated": {"exitCode": 1, "message": "no rights\n"}})],
            [],
            "crash",
            "exit status 1, no rights",
            id="ends again and again",
        ),
        pytest.param(
            workload(works=0),
            [pod(running=True, phase="Running")],
            [event("Unhealthy", "Liveness probe failed")],
            "probe",
            "probe",
            id="probe",
        ),
        pytest.param(
            workload(works=0),
            [pod()],
            [event("FailedMount", "old", at="1"), event("FailedMount", "new", at="2")],
            "mount",
            "new",
            id="newest event",
        ),
        pytest.param(workload(works=0), [pod()], [], "starting", "is starting", id="young"),
        pytest.param(workload(seen=1, generation=2), [], [], "starting", "starting", id="its change was not seen yet"),
        pytest.param(
            workload(works=0), [], [event("FailedCreate", "quota", "Deployment", WANTED["name"])], "starting", "FailedCreate", id="no pod"
        ),
    ],
)
def test_what_does_not_work_says_why(item, pods, events, cause, says):
    found = one(item, pods, events)
    assert (found.fine, found.cause) == (False, cause)
    assert says in found.text


def test_a_daemon_has_to_be_on_every_node():
    wanted = {"kind": "DaemonSet", "name": WANTED["name"], "of": "every node"}
    assert not one(workload("DaemonSet", works=2, replicas=2), wanted=wanted).fine
    assert one(workload("DaemonSet", works=3, replicas=3), wanted=wanted).fine


def test_cures_name_the_very_object():
    assert one(workload(works=0, replicas=0)).cure.endswith("-n openebs scale deployment openebs-localpv-provisioner --replicas=1")


@pytest.mark.parametrize("status", [{"phase": "Succeeded"}, {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}])
def test_pods_that_work_or_ended_well_are_no_trouble(status):
    assert trouble({"metadata": {"name": "p"}, "spec": {}, "status": status}) is None
