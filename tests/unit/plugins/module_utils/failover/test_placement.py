# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.placement import (
    amount,
    budgets_of,
    has_images,
    leaving,
    selects,
    tolerates,
    unmanaged,
    why_not,
)
from ansible_collections.pikube.stateful.tests.unit.failover_situations import budget, node, pod

TAINT = {"key": "dedicated", "value": "web", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("128Mi", 128 * 2**20, id="powers of two"),
        pytest.param("1G", 1e9, id="powers of ten"),
        pytest.param("1500m", 1.5, id="thousandths"),
        pytest.param(0, 0, id="a number"),
        pytest.param("2048", 2048, id="bytes"),
        pytest.param("1e3", 1000, id="an exponent"),
    ],
)
def test_amount(text, number):
    assert amount(text) == number


def test_amount_of_what_is_none():
    with pytest.raises(ValueError, match="could not convert"):
        amount("much")


@pytest.mark.parametrize(
    ("selector", "labels", "taken"),
    [
        pytest.param(None, {"a": "1"}, False, id="no selector takes nothing"),
        pytest.param({}, {"a": "1"}, True, id="an empty one takes all"),
        pytest.param({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, True, id="labels that are there"),
        pytest.param({"matchLabels": {"a": "1"}}, {"a": "2"}, False, id="labels with another value"),
        pytest.param({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, {"a": "2"}, True, id="one of several"),
        pytest.param({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, False, id="a label that has to be there"),
        pytest.param(
            {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]},
            {"a": "1", "b": "1"},
            False,
            id="one that must not",
        ),
    ],
)
def test_selects(selector, labels, taken):
    assert selects(selector, labels) is taken


def test_budgets_are_those_of_the_pods_namespace():
    other = budget("other", {"app": "x"}, 0)
    other["metadata"]["namespace"] = "elsewhere"
    own = budget("own", {"app": "x"}, 0)
    assert budgets_of(pod("x-0", "pi01", {"app": "x"}), [other, own]) == [own]


def test_what_a_drain_takes():
    mirror = pod("mirror", "pi01", {}, owner="Node")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    goes, bare = pod("web", "pi01", {}, owner="ReplicaSet"), pod("bare", "pi01", {}, owner=None)
    pods = [goes, bare, mirror, pod("agent", "pi01", {}, owner="DaemonSet")]
    assert (leaving(pods), unmanaged(pods)) == ([goes], [bare])


@pytest.mark.parametrize(
    ("rows", "there"),
    [
        pytest.param([], False, id="none"),
        pytest.param([{"key": "dedicated", "operator": "Exists"}], True, id="any value"),
        pytest.param([{"operator": "Exists"}], True, id="anything"),
        pytest.param([{"key": "dedicated", "value": "web", "effect": "NoSchedule"}], True, id="that value"),
        pytest.param([{"key": "dedicated", "value": "db"}], False, id="another value"),
        pytest.param([{"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}], False, id="another effect"),
        pytest.param([{"key": "other", "operator": "Exists"}], False, id="another key"),
    ],
)
def test_tolerates(rows, there):
    one = pod("x", "pi01", {})
    one["spec"]["tolerations"] = rows
    assert tolerates(one, TAINT) is there


def affinity(*names):
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": list(names)}]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


@pytest.mark.parametrize(
    ("of_node", "of_pod", "there", "why"),
    [
        pytest.param({}, {}, [], "", id="nothing"),
        pytest.param({"unschedulable": True}, {}, [], "is cordoned", id="a cordon"),
        pytest.param({"taints": [TAINT]}, {}, [], "has taint dedicated", id="a taint"),
        pytest.param({"taints": [{**TAINT, "effect": "PreferNoSchedule"}]}, {}, [], "", id="a taint that is a wish only"),
        pytest.param({}, {"nodeSelector": {"disk": "ssd"}}, [], "lacks label disk=ssd", id="a selector"),
        pytest.param({}, {"affinity": affinity("pi01")}, [], "affinity", id="an affinity for another node"),
        pytest.param({}, {"affinity": affinity("pi02")}, [], "", id="an affinity for this one"),
        pytest.param({}, {}, [pod(f"x{number}", "pi02", {}) for number in range(4)], "264 MiB", id="memory that others asked for"),
    ],
)
def test_why_not(of_node, of_pod, there, why):
    where, one = node("pi02"), pod("x", "pi01", {})
    where["spec"].update(of_node)
    one["spec"].update(of_pod)
    found = why_not(one, where, there)
    assert why in found if why else found == ""


def test_images():
    one = pod("x", "pi01", {})
    assert has_images(node("pi02"), one)
    one["spec"]["containers"].append({"name": "other", "image": "ghcr.io/own/image:1"})
    assert not has_images(node("pi02"), one)
