# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import moving
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from hypothesis import given
from hypothesis import strategies as st

READ_ONLY = "the volume takes no writes: dd: failed to open '/v/pikube-holder': Read-only file system"


def node(name, ready="True"):
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def pod(on="pi02", ready="True", deleting=False, name="main"):
    metadata = {"name": f"{name}-0", "uid": "u1", "labels": {"pikube.stateful/server": name}}
    return {
        "metadata": {**metadata, **({"deletionTimestamp": "now"} if deleting else {})},
        "spec": {"nodeName": on} if on else {},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


NODES = [node("pi01"), node("pi02"), node("pi03")]
LOST = [node("pi01"), node("pi02", "Unknown"), node("pi03")]


@pytest.mark.parametrize(
    ("pods", "nodes", "said", "step", "says"),
    [
        pytest.param([pod()], NODES, {}, "stays", "it works on pi02", id="a server that works"),
        pytest.param([], NODES, {}, "waits", "is to be made", id="no pod"),
        pytest.param([pod(name="other")], NODES, {}, "waits", "is to be made", id="the pod of another server"),
        pytest.param([pod(on="")], NODES, {}, "waits", "no node takes its pod", id="pending"),
        pytest.param([pod(ready="False")], NODES, {}, "waits", "not Ready", id="starting"),
        pytest.param([pod()], LOST, {}, "prove", "pi02 is not Ready", id="its node does not answer, and it is still called Ready"),
        pytest.param([pod(deleting=True)], LOST, {}, "prove", "pi02 is not Ready", id="it is Terminating for good on a lost node"),
        pytest.param([pod(deleting=True)], NODES, {}, "waits", "is being deleted", id="it is on its way out"),
        pytest.param([pod()], [node("pi01")], {}, "waits", "no node of the cluster", id="its node was taken out"),
        pytest.param([pod(ready="False")], NODES, {"guard": READ_ONLY}, "mend", "its volume is read-only", id="read-only"),
        pytest.param([pod(ready="False")], NODES, {"guard": "Input/output error"}, "waits", "not Ready", id="an error that may pass"),
        pytest.param([pod()], LOST, {"guard": READ_ONLY}, "prove", "pi02 is not Ready", id="a lost node comes first"),
        pytest.param([pod()], NODES, {"off": "pi02"}, "prove", "not noticed yet", id="somebody says that it is off"),
        pytest.param([pod()], NODES, {"off": "pi03"}, "stays", "it works", id="somebody says that of another node"),
    ],
)
def test_steps(pods, nodes, said, step, says):
    found = moving.judge("main", pods, nodes, **said)
    assert (found.step, says in found.why) == (step, True), found


@given(
    ready=st.sampled_from(["True", "False", "Unknown"]), of_pod=st.sampled_from(["True", "False"]), deleting=st.booleans(),
    guard=st.sampled_from(["", READ_ONLY]),
)  # fmt: skip
def test_a_pod_of_a_node_that_does_not_answer_is_never_touched_without_a_proof(ready, of_pod, deleting, guard):
    found = moving.judge("main", [pod(ready=of_pod, deleting=deleting)], [node("pi02", ready)], guard)
    assert (found.step == "prove") is (ready != "True")


@pytest.mark.parametrize(
    ("known", "survives", "refused"),
    [
        pytest.param(True, True, False, id="two copies are left"),
        pytest.param(True, False, True, id="one copy is left"),
        pytest.param(False, False, False, id="not known while the operator is on the lost node"),
    ],
)
def test_a_volume_that_no_other_node_can_use(known, survives, refused):
    answers = {"pi02": {"survives": survives, "because": "1 of 3 copies left; a write needs 2"}}
    row = {"namespace": "database", "name": "data-main-0", "known": known, "survives": answers}
    if not refused:
        moving.check_volume([row], "pi02")
        return
    with pytest.raises(PostgresError, match="database/data-main-0 cannot be used without pi02: 1 of 3 copies left"):
        moving.check_volume([row], "pi02")


@given(st.lists(st.uuids().map(str)), st.uuids().map(str))
def test_the_newest_is_always_remembered_and_the_list_does_not_grow(known, uid):
    text = ""
    for one in known:
        text = moving.remembered(text, one)
    lines = moving.remembered(text, uid).splitlines()
    assert lines[-1] == uid
    assert len(lines) == len(set(lines)) <= moving.KEPT_UIDS
    assert moving.remembered(moving.remembered(text, uid), uid).splitlines() == lines
