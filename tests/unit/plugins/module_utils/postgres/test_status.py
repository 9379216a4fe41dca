# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.status import (
    cure,
    joins,
    judge,
    judge_single,
    restart_waits,
    writers,
)


def pod(number, role="replica", ready=True, node=None, leaving=False):
    labels = {"cnpg.io/cluster": "main", "cnpg.io/instanceName": f"main-{number}", "cnpg.io/instanceRole": role}
    return {
        "metadata": {"name": f"main-{number}", "labels": labels, **({"deletionTimestamp": "2026-11-24T05:00:00Z"} if leaving else {})},
        "spec": {"nodeName": node or f"pi0{number}"},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def claim(number, phase="Bound"):
    return {"metadata": {"name": f"main-{number}", "labels": {"cnpg.io/cluster": "main"}}, "status": {"phase": phase}}


def cluster(instances=3, generation=1, **status):
    return {"metadata": {"name": "main", "generation": generation}, "spec": {"instances": instances}, "status": status}


WHOLE = [pod(1, "primary"), pod(2), pod(3)]
HEALTHY = {"phase": "Cluster in healthy state", "currentPrimary": "main-1", "targetPrimary": "main-1"}


def job(role, phase):
    labels = {"cnpg.io/cluster": "main", "cnpg.io/jobRole": role, "cnpg.io/instanceName": "main-2"}
    return {"metadata": {"name": f"main-2-{role}-x", "labels": labels}, "spec": {"nodeName": "pi02"}, "status": {"phase": phase}}


def database(applied, generation=1, **status):
    return {
        "metadata": {"name": "main-sample", "generation": 1},
        "spec": {"name": "inventory_mgmt", "cluster": {"name": "main"}},
        "status": {"applied": applied, "observedGeneration": generation, **status},
    }


OTHER = {"metadata": {"name": "web-1", "labels": {"app": "web"}}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}


def test_a_cluster_that_is_whole():
    found = judge(cluster(**HEALTHY), [*WHOLE, job("initdb", "Succeeded"), OTHER], [claim(1), claim(2), claim(3)], {})
    assert (found.whole, found.primary, found.primary_node, found.standbys) == (True, "main-1", "pi01", ("main-2", "main-3"))
    assert found.facts()["waiting"] == []


@pytest.mark.parametrize(
    ("status", "pods", "claims", "says"),
    [
        pytest.param(HEALTHY, WHOLE[:2], [], "2 of 3 instances are there", id="an instance is missing, whatever the phase says"),
        pytest.param(HEALTHY, [*WHOLE[:2], pod(3, ready=False)], [], "instance main-3 on pi03: its words", id="an instance is not Ready"),
        pytest.param(HEALTHY, [*WHOLE[:2], pod(3, leaving=True)], [], "instance main-3 on pi03", id="an instance is leaving"),
        pytest.param(HEALTHY, [pod(1), pod(2), pod(3)], [], "no instance is the primary", id="no primary"),
        pytest.param(HEALTHY, [pod(1, "primary"), pod(2, "primary"), pod(3)], [], "main-1 and main-2 both say", id="two primaries"),
        pytest.param(HEALTHY, WHOLE, [claim(3, "Pending")], "claim main-3 is Pending", id="a claim"),
        pytest.param({**HEALTHY, "targetPrimary": "pending"}, WHOLE, [], "the primary moves from main-1 to pending", id="an election"),
        pytest.param(
            {**HEALTHY, "conditions": [{"type": "SyncReplicationTopologySatisfied", "status": "False", "message": "0 of 1"}]},
            WHOLE, [], "not on enough standbys: 0 of 1", id="no standby in step",
        ),
        pytest.param(HEALTHY, WHOLE, [], None, id="nothing"),
        pytest.param(
            {**HEALTHY, "phase": "Upgrading cluster", "phaseReason": "why"}, WHOLE, [], "the operator says: Upgrading cluster (why)",
            id="all are Ready, and the operator is about to restart one",
        ),
        pytest.param({**HEALTHY, "phase": None}, WHOLE, [], "the operator says: nothing yet", id="an operator that has not seen it"),
        pytest.param({}, [], [], "0 of 3 instances are there", id="nothing yet"),
        pytest.param(HEALTHY, [*WHOLE[:1], job("join", "Running")], [], "join of main-2 on pi02: works", id="a standby gets the data"),
    ],
)  # fmt: skip
def test_what_is_waited_for(status, pods, claims, says):
    found = judge(cluster(**status), pods, claims, {"main-3": "its words"})
    assert found.whole == (says is None)
    assert says is None or any(says in text for text in found.waiting), found.waiting


def test_a_change_that_the_operator_has_not_seen():
    wanted = cluster(**HEALTHY)
    wanted["spec"]["imageName"] = "postgresql:17.5"
    pods = [{**one, "spec": {**one["spec"], "containers": [{"name": "postgres", "image": "postgresql:17.4"}]}} for one in WHOLE]
    assert judge(wanted, pods, [], {}).waiting[0] == "instance main-1 on pi01 runs postgresql:17.4, and postgresql:17.5 is wanted"
    wanted["spec"]["imageName"] = "postgresql:17.4"
    assert judge(wanted, pods, [], {}).whole


@pytest.mark.parametrize(
    ("row", "pods", "says"),
    [
        pytest.param(database(True), WHOLE, None, id="made"),
        pytest.param(database(True, generation=0), WHOLE, "database inventory_mgmt: is to be made", id="a change that nobody saw"),
        pytest.param(database(False, message="no extension x"), WHOLE, "database inventory_mgmt: no extension x", id="refused"),
        pytest.param(database(False, message="cannot connect"), WHOLE[1:], "database inventory_mgmt: is to be made", id="no primary yet"),
    ],
)
def test_databases_are_waited_for(row, pods, says):
    found = judge(cluster(**HEALTHY), pods, [], {}, [row])
    assert says is None or says in found.waiting
    assert found.whole == (says is None)


def test_only_standbys_that_get_the_data_now_are_helped():
    pods = [*WHOLE, job("join", "Running"), job("initdb", "Running"), job("join", "Succeeded")]
    assert joins("main", pods) == ["main-2-join-x"]
    assert joins("other", pods) == []


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ("claim x: exceeded quota: y", "postgres_quota"),
        ("main-1: Failed to pull image", "postgres_image"),
        ("?", "kubectl describe cluster"),
    ],
)
def test_what_to_do(listed, says):
    assert says in cure(listed)


def alone(ready=True, revision="main-7", name="main"):
    labels = {"pikube.stateful/server": name, "controller-revision-hash": revision}
    return {
        "metadata": {"name": f"{name}-0", "labels": labels},
        "spec": {"nodeName": "pi02"},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }


def claim_alone(phase="Bound"):
    return {"metadata": {"name": "data-main-0", "labels": {"pikube.stateful/server": "main"}}, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("pods", "claims", "says"),
    [
        pytest.param([alone()], [claim_alone()], None, id="it works"),
        pytest.param([alone(), *WHOLE, alone(ready=False, name="other")], [claim_alone()], None, id="beside others"),
        pytest.param([], [], "its pod is to be made", id="nothing yet"),
        pytest.param([alone(ready=False)], [claim_alone()], "pod main-0 on pi02: its words", id="it does not"),
        pytest.param([alone()], [claim_alone("Lost")], "claim data-main-0 is Lost", id="its claim is lost"),
        pytest.param([alone(), alone()], [claim_alone()], "are both there", id="two of it"),
    ],
)
def test_a_server_alone(pods, claims, says):
    found = judge_single("main", pods, claims, {"main-0": "its words"})
    if says is None:
        assert (found.whole, found.primary, found.primary_node, found.standbys) == (True, "main-0", "pi02", ())
    else:
        assert says in "; ".join(found.waiting)


@pytest.mark.parametrize(("wanted", "waits"), [("main-7", False), ("main-8", True), (None, False)])
def test_a_restart_that_waits_for_people(wanted, waits):
    server = {"metadata": {"name": "main"}, "status": {"updateRevision": wanted} if wanted else {}}
    assert restart_waits(server, [alone(), alone(revision="other-1", name="other")]) is waits


def test_who_takes_writes_in_either_topology():
    other = alone(name="other")
    assert writers("main", [*WHOLE, other]) == ["main-1"]
    assert writers("other", [*WHOLE, other]) == ["other-0"]
    assert writers("other", [alone(ready=False, name="other")]) == []
