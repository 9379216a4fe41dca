# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import mayastor as adapter
from ansible_collections.pikube.stateful.tests.unit.volumes_world import MAYASTOR_REST, PV, mayastor

UP = "Online"


@pytest.mark.parametrize(
    ("bed", "in_sync", "healthy", "survived"),
    [
        pytest.param(mayastor(), 3, True, "n1 n2 n3", id="all are Online"),
        pytest.param(
            mayastor((UP, UP, "Degraded"), status="Degraded"), 2, False, "n1 n2 n3", id="one rebuilds, the last one goes on serving"
        ),
        pytest.param(mayastor((UP, "Faulted", "Faulted"), status="Degraded"), 1, False, "n2 n3", id="one is left"),
        pytest.param(mayastor((UP, UP, UP), status="Faulted"), 3, False, "", id="the volume is Faulted"),
        pytest.param(mayastor((UP,), wanted=1), 1, True, "n2 n3", id="one copy beside its target"),
        pytest.param(mayastor((UP,), wanted=1, target="n2"), 1, True, "n3", id="one copy, and a target elsewhere that is not moved"),
        pytest.param(mayastor(target=None), 0, None, "", id="without a target nothing tells which are up to date"),
        pytest.param(mayastor().silent("n2"), 2, False, "n1 n2 n3", id="a node of a copy is off"),
        pytest.param(mayastor().silent("n1"), None, None, "", id="the target is on a node that is not Ready"),
        pytest.param(mayastor().silent("n3"), None, None, "", id="the REST API is on a node that is not Ready"),
        pytest.param(mayastor(answers=False), None, None, "", id="the REST API was not asked"),
        pytest.param(mayastor(answers=False).answer(MAYASTOR_REST, trouble="503"), None, None, "", id="the REST API did not answer"),
        pytest.param(mayastor(wanted=None), None, None, "", id="nobody says how many copies there should be"),
    ],
)
def test_states(bed, in_sync, healthy, survived):
    row = bed.row()
    assert (row["in_sync"], row["healthy"]) == (in_sync, healthy)
    assert [name for name, answer in row["survives"].items() if answer["survives"]] == survived.split()


def test_without_an_answer_the_attachment_and_the_pools_are_known():
    row = mayastor(answers=False).row()
    assert row["attached_to"] == "n1"
    assert row["copies"] == []
    assert "a pool on n1 is Online" in [part["says"] for part in row["evidence"]]
    assert "only the engine's REST API knows where the copies are, and it was not asked" in row["warnings"][0]


def test_children_by_their_address():
    target = {"children": [{"uri": "nvmf://10.0.0.1/nqn:r1?uuid=r1", "state": "Degraded", "rebuildProgress": 40}]}
    assert adapter.child_state("r1", target) == "Degraded, rebuilt to 40 %"
    assert adapter.child_state("r2", target) == "not among the target's copies"
    assert adapter.child_state("r2", {}) is None


def test_a_replica_that_is_not_online():
    bed = mayastor()
    bed.answers[MAYASTOR_REST].content["state"]["replica_topology"]["r2"]["state"] = "Unknown"
    assert bed.row()["copies"][1]["state"] == "Unknown"


def test_the_question():
    assert adapter.question(mayastor().one("PersistentVolume", PV), mayastor().world) == MAYASTOR_REST
