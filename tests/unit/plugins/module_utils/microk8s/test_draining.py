# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.draining import Drain
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.tests.unit.microk8s_pods import budget, pod


class Evictions:
    """evict() of a cluster: pods that a budget protects stay, others are stopping and gone 4 seconds later."""

    def __init__(self, look, clock):
        self.look, self.clock, self.asked, self.protected = look, clock, [], set()
        look.evict = self
        look.put({"kind": "Node", "metadata": {"name": "pi03"}, "spec": {}})

    def __call__(self, name, namespace, grace):
        self.asked.append(name)
        if name in self.protected:
            raise ClusterError("no", passing=True, status=429, reason="TooManyRequests")
        self.look.objects["Pod", namespace, name]["metadata"]["deletionTimestamp"] = "x"
        self.clock.then[self.clock.now + 4] = lambda: self.look.drop("Pod", name, namespace)


@pytest.fixture
def evictions(look, clock):
    return Evictions(look, clock)


@pytest.fixture
def drain(look, clock):
    said = []
    found = Drain(look, "pi03", said.append, clock=clock, sleep=clock.sleep)
    found.said = said
    return found


def test_drained(evictions, look, clock, drain):
    look.put(pod("web"))
    look.put(pod("agent", owner="DaemonSet"))
    look.put(pod("elsewhere", node="pi02"))
    assert drain.drained(60, check=False) == {"changed": True, "name": "pi03", "cordoned": True, "evicted": ["default/web"]}
    assert look.objects["Node", None, "pi03"]["spec"]["unschedulable"] is True
    assert evictions.asked == ["web"]
    assert drain.drained(60, check=False)["changed"] is False


def test_a_budget_is_asked_again(evictions, look, clock, drain):
    look.put(pod("main"))
    look.put(budget("primary", {"app": "main"}))
    evictions.protected = {"main"}
    clock.then = {11: evictions.protected.clear}
    assert drain.drained(60, check=False)["changed"]
    assert evictions.asked == ["main", "main", "main"]
    assert drain.said[0] == "is drained, waiting for default/main (PodDisruptionBudget default/primary allows no disruption) to go"


def test_a_budget_that_never_allows_it(evictions, look, drain):
    look.put(pod("main"))
    look.put(budget("primary", {"app": "main"}))
    evictions.protected = {"main"}
    with pytest.raises(
        MicroK8sError, match=r"pi03 was not drained in 30 s: default/main .PodDisruptionBudget default/primary .* stays cordoned"
    ) as problem:
        drain.drained(30, check=False)
    assert problem.value.facts == {"changed": True, "pods": ["default/main"], "budgets": {"default/main": ["default/primary"]}}


def test_what_speaks_against_it_is_found_before(evictions, look, drain):
    look.put(pod("alone", owner=None))
    with pytest.raises(MicroK8sError, match="Nothing was changed"):
        drain.drained(30, check=False)
    assert look.done == []


def test_check_mode_changes_nothing(evictions, look, drain):
    look.put(pod("web"))
    assert drain.drained(30, check=True)["evicted"] == ["default/web"]
    assert (look.done, evictions.asked) == ([], [])


def test_cordoned_and_given_back(evictions, drain):
    assert [drain.cordoned(wanted, check=False)["changed"] for wanted in (True, True, False, False)] == [True, False, True, False]


def test_no_such_node(look, drain):
    with pytest.raises(MicroK8sError, match="there is no Node pi03"):
        drain.cordoned(True, check=False)


def test_a_cordon_of_somebody_else_is_not_lifted(evictions, drain):
    drain.cordoned(True, check=False)
    drain.reason = "upgrade"
    assert drain.cordoned(False, check=False) == {"changed": False, "name": "pi03", "cordoned": True, "evicted": []}
    drain.reason = None
    assert drain.cordoned(False, check=False)["changed"]


def test_a_cordon_is_lifted_for_its_reason_also_by_a_later_run(evictions, drain):
    drain.reason = "upgrade"
    assert [drain.cordoned(wanted, check=False)["changed"] for wanted in (True, True, False, False)] == [True, False, True, False]
