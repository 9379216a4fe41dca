# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.plugins.module_utils.engines.notes import REASONS, WARNINGS
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import cluster, node, server

SELF = {"application_replicas": 3}
OLD = {"accept_archived": True}


@pytest.mark.parametrize(
    ("nodes", "workload", "said", "not_said"),
    [
        pytest.param(cluster(3), SELF, "SD card on pi1, pi2, pi3", "two instances", id="cards"),
        pytest.param(cluster(3, server()), SELF, "does not hold a volume to its size", "SD card", id="no cards"),
        pytest.param(cluster(2), SELF, "3 instances are wanted and 2 nodes will do", "archived", id="two instances on one node"),
        pytest.param(cluster(3), OLD, "as many nodes as copies", "does not hold", id="no spare node"),
        pytest.param(cluster(4), OLD, "archived: plan to leave it", "as many nodes as copies", id="a spare node"),
        pytest.param(cluster(3), OLD, "bring the chart as a file", "two instances", id="an old repository"),
        pytest.param(
            {**cluster(3), "pi4": node(free=2)}, OLD, "must run on nodes that will do (pi1, pi2, pi3)", "instances", id="a node left out"
        ),
        pytest.param(cluster(1), {"survive_node_loss": False}, "make backups that lie elsewhere", "archived", id="nothing survives"),
    ],
)
def test_warnings(nodes, workload, said, not_said):
    text = " ".join(decide(nodes, workload)["warnings"])
    assert said in text
    assert not_said not in text


@pytest.mark.parametrize(
    ("nodes", "workload", "ids"),
    [
        pytest.param(cluster(3), SELF, ["R01", "R05"], id="the application replicates itself"),
        pytest.param(cluster(3), OLD, ["R02", "R05"], id="the engine replicates"),
        pytest.param(cluster(1), {"survive_node_loss": False}, ["R03", "R05"], id="nothing must survive"),
        pytest.param(cluster(3, server()), {**SELF, "snapshots": True}, ["R01", "R04", "R05"], id="snapshots"),
        pytest.param(cluster(3, node(unknown=("iscsi_tcp",))), OLD, ["R02", "R05", "R06"], id="modules that are not known"),
        pytest.param(cluster(3, node(free=None)), SELF, ["R01", "R05", "R07"], id="room that is not known"),
    ],
)
def test_reasons(nodes, workload, ids):
    assert [reason["id"] for reason in decide(nodes, workload)["reasons"]] == ids


@pytest.mark.parametrize(
    ("nodes", "workload", "text"),
    [
        (cluster(3), SELF, "the application has 3 copies, and survives the loss of 2 if they are in step"),
        (cluster(3), OLD, "reading and writing go on after the loss of 1 of them"),
        (cluster(1), {"survive_node_loss": False}, "a volume is lost with its node, and there is no other copy"),
        (cluster(3), None, "nothing is installed"),
    ],
)
def test_the_promise_in_words(nodes, workload, text):
    assert text in decide(nodes, workload)["data_survives"]


def test_ids_are_not_used_twice():
    ids = [note.id for note in (*REASONS, *WARNINGS)]
    assert len(set(ids)) == len(ids)
