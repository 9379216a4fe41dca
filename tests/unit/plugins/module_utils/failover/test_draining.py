# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import draining
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.tests.unit.failover_hands import World, node, pod

RUN = "20261130T210533Z-drain"
BUDGET = ClusterError("a PodDisruptionBudget says no", reason="TooManyRequests", status=429, passing=True)


def drained(world, seconds=60):
    return draining.evict_all(world.api, "pi02", seconds, world.clock, world.sleep, world.said.append)


@pytest.mark.parametrize(
    ("one", "going", "alone"),
    [
        pytest.param(pod("main-1", owner="Cluster"), ["database/main-1"], [], id="a pod of the database"),
        pytest.param(pod("flannel", owner="DaemonSet"), [], [], id="a pod of a DaemonSet"),
        pytest.param(pod("etcd", annotations={draining.MIRROR: "x"}), [], [], id="a mirror pod"),
        pytest.param({**pod("job"), "status": {"phase": "Succeeded"}}, [], [], id="one that has ended"),
        pytest.param(pod("by-hand", owner=None), [], ["database/by-hand"], id="one that nobody makes again"),
    ],
)
def test_leaving(one, going, alone):
    found = draining.leaving([one])
    assert ([row.name for row in found[0]], found[1]) == (going, alone)


@pytest.mark.parametrize(
    ("before", "lifted"),
    [
        pytest.param(node(), True, id="one that was open"),
        pytest.param(node(unschedulable=True), False, id="one that somebody cordoned"),
        pytest.param(node(unschedulable=True, **{draining.NOTE: "upgrade"}), False, id="one that another job cordoned"),
        pytest.param(node(unschedulable=True, **{draining.NOTE: RUN}), True, id="one that this run cordoned"),
    ],
)
def test_only_its_own_cordon_is_lifted(before, lifted):
    api = World(before).api
    assert draining.cordon(api, "pi02", RUN) is lifted
    assert api.get("Node", "pi02")["spec"]["unschedulable"]
    for _time in range(2):
        draining.uncordon(api, "pi02", RUN)
    after = api.get("Node", "pi02")
    assert after["spec"].get("unschedulable", False) is not lifted
    assert after["metadata"]["annotations"].get(draining.NOTE) != RUN


def test_no_node():
    with pytest.raises(FailoverError, match="no Node pi02"):
        draining.cordon(World().api, "pi02", RUN)
    draining.uncordon(World().api, "pi02", RUN)


def test_a_cordon_that_comes_back_is_not_called_lifted():
    api = World(node(unschedulable=True, **{draining.NOTE: RUN})).api
    api.patch = lambda *words: None
    with pytest.raises(FailoverError, match="still cordoned"):
        draining.uncordon(api, "pi02", RUN)


def test_a_budget_is_asked_again_until_it_allows():
    world = World(node(), pod("main-1", owner="Cluster"), pod("web"), pod("far", on="pi03"), pod("by-hand", owner=None))
    world.api.failing["evict", "database", "main-1"] = [BUDGET] * 4
    found = drained(world)
    assert found == draining.Drained(["database/main-1", "database/web"], [], ["database/by-hand"])
    assert ("Pod", "database", "far") in world.api.objects
    assert "waiting for database/main-1 (a PodDisruptionBudget says not yet) to go" in world.said[0]
    assert world.at == 1_000_000 + 4 * 1_000_000  # asked once a second


def test_what_does_not_go_in_time_is_told():
    world = World(node(), pod("main-1", owner="Cluster"))
    world.api.failing[("evict",)] = [BUDGET] * 100
    assert drained(world, 10) == draining.Drained([], ["database/main-1"], [])


def test_an_api_server_that_goes_with_the_node():
    world = World(node(), pod("main-1", owner="Cluster"))
    away = ClusterError("nobody answers", passing=True, reason="NoAnswer")
    world.api.evict = lambda name, namespace: False  # it stops, and is there for a while
    listed, real = [], world.api.list

    def all_of(*words, **more):
        listed.append(1)
        if len(listed) in (2, 3):
            raise away
        if len(listed) == 5:
            world.api.objects.pop(("Pod", "database", "main-1"))
        return real(*words, **more)

    world.api.list = all_of
    assert drained(world).evicted == ["database/main-1"]


def test_what_is_forbidden_for_good_is_raised():
    world = World(node(), pod("main-1", owner="Cluster"))
    world.api.failing[("evict",)] = [ClusterError("no right", status=403, reason="Forbidden")]
    with pytest.raises(ClusterError, match="no right"):
        drained(world)
