# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.drain import PodView, budgets, going, refusals, selects, waiting
from ansible_collections.pikube.stateful.tests.unit.microk8s_pods import budget, pod

MIRROR = pod("kube", owner="Node", annotations={"kubernetes.io/config.mirror": "x"})


@pytest.mark.parametrize(
    ("one", "goes"),
    [
        pytest.param(pod("web"), True, id="of a Deployment"),
        pytest.param(pod("main-1", owner="Cluster"), True, id="of an operator"),
        pytest.param(pod("alone", owner=None), True, id="alone"),
        pytest.param(pod("agent", owner="DaemonSet"), False, id="of a DaemonSet"),
        pytest.param(MIRROR, False, id="of the kubelet's files"),
        pytest.param(pod("job", owner="Job", phase="Succeeded"), True, id="over"),
    ],
)
def test_going(one, goes):
    assert bool(going([one])) is goes


def with_empty_dir(one):
    one["spec"]["volumes"] = [{"name": "x", "emptyDir": {}}]
    return one


@pytest.mark.parametrize(
    ("one", "force", "empty", "words"),
    [
        pytest.param(pod("web"), False, False, [], id="nothing"),
        pytest.param(pod("alone", owner=None), False, True, ["no controller makes such a pod again"], id="alone"),
        pytest.param(pod("alone", owner=None), True, True, [], id="alone, forced"),
        pytest.param(with_empty_dir(pod("cache")), False, False, ["what is in an emptyDir is lost"], id="emptyDir"),
        pytest.param(with_empty_dir(pod("cache")), False, True, [], id="emptyDir, allowed"),
        pytest.param(with_empty_dir(pod("agent", owner="DaemonSet")), False, False, [], id="a DaemonSet's emptyDir stays"),
    ],
)
def test_refusals(one, force, empty, words):
    found = refusals(going([one]), force=force, delete_emptydir_data=empty)
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found))


@pytest.mark.parametrize(
    ("selector", "labels", "taken"),
    [
        ({"matchLabels": {"app": "web"}}, {"app": "web", "x": "y"}, True),
        ({"matchLabels": {"app": "web"}}, {"app": "db"}, False),
        ({}, {"app": "db"}, True),
        (None, {"app": "db"}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b"]}]}, {"app": "b"}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}, {"app": "a"}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, {}, False),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, {}, True),
    ],
)
def test_selects(selector, labels, taken):
    assert selects(selector, labels) is taken


def test_budgets():
    view = PodView.of(pod("web"))
    rows = [budget("a", {"app": "web"}), budget("b", {"app": "web"}, 1), budget("c", {"app": "db"})]
    assert budgets(view, rows) == ["default/a"]


def test_waiting_names_the_blocked_ones_first():
    views = [PodView.of(pod("a", deletionTimestamp="x")), PodView.of(pod("b")), PodView.of(pod("c"))]
    assert waiting(views, {"default/c": ["default/pdb"], "default/b": []}) == (
        "default/b (a PodDisruptionBudget allows no disruption), default/c (PodDisruptionBudget default/pdb allows no disruption),"
        " default/a (stopping)"
    )
    assert waiting(views, {}, 1) == "default/a (stopping) and 2 more"
