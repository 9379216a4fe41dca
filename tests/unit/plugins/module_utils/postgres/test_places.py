# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.places import check
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes


def node(name, ready="True", cordoned=False, taint=None):
    spec = {"unschedulable": cordoned, "taints": [dict(zip(("key", "effect"), taint))] if taint else []}
    return {"metadata": {"name": name}, "spec": spec, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def pod(number, where):
    labels = {"cnpg.io/cluster": "main", "cnpg.io/instanceName": f"main-{number}"}
    return {"metadata": {"name": f"main-{number}", "labels": labels}, "spec": {"nodeName": where}}


A, B, C = (node(name) for name in "abc")
TWO = [pod(1, "a"), pod(2, "b")]


@pytest.mark.parametrize(
    ("nodes", "pods", "claims", "says"),
    [
        pytest.param([A, B, C], [], [], None, id="three nodes"),
        pytest.param([A, B, node("c", "Unknown")], [], [], "2 of 3 nodes can take one: c is not Ready", id="one is not Ready"),
        pytest.param([A, B, node("c", cordoned=True)], [], [], "c is cordoned", id="one is cordoned"),
        pytest.param([A, B, node("c", taint=("dedicated", "NoSchedule"))], [], [], "c has the taint dedicated", id="one is for others"),
        pytest.param([A, B, node("c", taint=("slow", "PreferNoSchedule"))], [], [], None, id="a wish keeps nobody out"),
        pytest.param([A, B, node("c", "False")], TWO, ["main-1", "main-2", "main-3"], None, id="all have their volumes already"),
        pytest.param([A, B, C], [pod(1, "a")], ["main-1"], None, id="two are to come"),
        pytest.param(
            [A, B], TWO, ["main-1", "main-2"],
            "1 server is to be made .* 0 of 2 nodes can take one: a has one already, b has one already", id="a third one on two nodes",
        ),
    ],
)  # fmt: skip
def test_nodes_for_what_is_missing(nodes, pods, claims, says):
    asked = Wishes.parse({}, 3)
    if says is None:
        check(asked, nodes, pods, claims)
        return
    with pytest.raises(PostgresError, match=says):
        check(asked, nodes, pods, claims)
