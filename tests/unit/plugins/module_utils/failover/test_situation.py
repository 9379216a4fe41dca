# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, FENCE, TAINT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import NOBODY, Look
from ansible_collections.pikube.stateful.tests.unit.failover_situations import alone, changed, options, plus, pod, replicated, server


def look(situation, kind="drain", **more):
    return Look(situation, options(kind, **more), FAULTS[kind])


@pytest.mark.parametrize(
    ("kind", "injects", "takes_node", "drains"),
    [
        pytest.param("none", False, False, False, id="none"),
        pytest.param("pod_delete", True, False, False, id="a pod"),
        pytest.param("postmaster_kill", True, False, False, id="a process"),
        pytest.param("drain", True, True, True, id="the pods of a node"),
        pytest.param("kubelite_stop", True, True, False, id="the commander of a node"),
        pytest.param("power_off", True, True, False, id="a node"),
    ],
)
def test_what_a_fault_does(kind, injects, takes_node, drains):
    found = look(replicated(), kind)
    assert (found.injects, found.takes_node, found.drains) == (injects, takes_node, drains)


@pytest.mark.parametrize(
    ("kind", "more", "besides"),
    [
        pytest.param("power_off", {}, "", id="nothing"),
        pytest.param("power_off", {"taint": True}, TAINT, id="a taint"),
        pytest.param("power_off", {"taint": True, "fence": True}, FENCE, id="a fence, which sets the taint as well"),
        pytest.param("crash", {"fence": True}, "", id="nothing for what is not proven off"),
    ],
)
def test_besides(kind, more, besides):
    assert look(replicated(), kind, **more).besides == besides


def test_servers():
    found = look(replicated())
    assert (sorted(found.instances), found.state.primary, found.staying) == (["main-1", "main-2", "main-3"], "main-1", ["main-2", "main-3"])
    assert [found.role_of(name) for name in ("main-1", "main-2", "web-1")] == ["primary", "standby", ""]


def test_a_pod_of_a_job_is_no_server():
    labels = {"cnpg.io/cluster": "main", "cnpg.io/instanceName": "main-4", "cnpg.io/jobRole": "join"}
    found = look(plus("pods", pod("main-4-join-x", "pi02", labels))(replicated()))
    assert "main-4-join-x" not in found.instances


def test_two_servers_on_a_node_the_primary_is_the_victim():
    found = look(changed("pods", "main-2", "spec", "nodeName", "pi01")(replicated()), victim="pi01")
    assert (found.victim.pod, found.staying) == ("main-1", ["main-3"])


def test_a_pod_without_a_node_is_no_victim():
    assert look(changed("pods", "main-2", "spec", "nodeName", None)(replicated()), victim="main-2").victim == NOBODY


@pytest.mark.parametrize(
    ("make", "number"),
    [
        pytest.param(replicated, 1, id="one of two"),
        pytest.param(alone, 0, id="nobody else"),
        pytest.param(lambda: server("spec", "postgresql", "synchronous", {})(replicated()), 0, id="asynchronous"),
        pytest.param(
            lambda: server("spec", "postgresql", "synchronous", "dataDurability", "preferred")(replicated()),
            0,
            id="preferred, which waits for nobody",
        ),
    ],
)
def test_acknowledging(make, number):
    assert look(make()).acknowledging == number


def test_peers_and_rows():
    found = look(replicated())
    assert found.peers == ("10.0.0.12", "10.0.0.13")
    assert [row["name"] for row in found.rows_of("main-2")] == ["main-2"]
    assert [place["metadata"]["name"] for place in found.pods_on("pi01")] == ["main-1", "web-1", "agent-x"]
