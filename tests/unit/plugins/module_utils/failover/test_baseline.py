# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.baseline import changed, differences, left_behind, snapshot
from ansible_collections.pikube.stateful.tests.unit.failover_runs import baseline
from hypothesis import given
from hypothesis import strategies as st


def thing(name, namespace=None, **rest):
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {}), **rest.pop("metadata", {})}, **rest}


OBJECTS = {
    "Node": [
        thing(
            "pi01",
            metadata={
                "labels": {"kubernetes.io/hostname": "pi01", "feature.node.kubernetes.io/cpu-cpuid.AES": "true"},
                "annotations": {"node.alpha.kubernetes.io/ttl": "0", "pikube.stateful/cordoned-for": "run"},
            },
            spec={
                "unschedulable": True,
                "taints": [
                    {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": "2026-11-23T12:00:00Z"},
                    {"key": "disk", "value": "slow", "effect": "NoSchedule"},
                ],
            },
            status={"conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-23T12:00:00Z"}]},
        )
    ],
    "PodDisruptionBudget": [thing("main-primary", "database", spec={"minAvailable": 1}, status={"disruptionsAllowed": 0})],
    "Deployment": [thing("web", "shop", spec={"replicas": 2}), thing("scaled", "shop", spec={"replicas": 5})],
    "StatefulSet": [thing("db", "database", spec={})],
    "HorizontalPodAutoscaler": [thing("scaled", "shop", spec={"scaleTargetRef": {"kind": "Deployment", "name": "scaled"}})],
    "Cluster": [thing("main", "database", spec={"instances": 3}, status={"phase": "x"})],
}
VERSIONS = {
    "PodDisruptionBudget": "policy/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Cluster": "postgresql.cnpg.io/v1",
}


class Api:
    def __init__(self, objects, reason="NoSuchKind"):
        self.objects, self.reason = objects, reason

    def list(self, kind, namespace=None, api_version="v1"):
        assert api_version == VERSIONS.get(kind, "v1")
        if kind not in self.objects:
            raise ClusterError("no", reason=self.reason)
        return self.objects[kind]


def test_a_snapshot_holds_what_has_to_be_as_it_was():
    found = snapshot(Api(OBJECTS), {"pi01": {"units": {"snap.microk8s.daemon-kubelite": "active"}}})
    assert found == {
        "nodes": {
            "pi01": {
                "ready": True,
                "cordoned": True,
                "taints": ["disk=slow:NoSchedule"],
                "labels": {"kubernetes.io/hostname": "pi01"},
                "annotations": {"pikube.stateful/cordoned-for": "run"},
            }
        },
        "budgets": {"database/main-primary": {"minAvailable": 1}},
        "workloads": {"Deployment shop/web": {"replicas": 2}, "StatefulSet database/db": {"replicas": 1}},
        "clusters": {"database/main": {"instances": 3}},
        "hosts": {"pi01": {"units": {"snap.microk8s.daemon-kubelite": "active"}}},
    }
    assert json.loads(json.dumps(found)) == found


def test_a_cluster_without_the_operator_has_no_clusters():
    assert snapshot(Api({"Node": [], "Deployment": [], "StatefulSet": []}))["clusters"] == {}


def test_an_api_that_does_not_answer_is_an_error():
    with pytest.raises(ClusterError):
        snapshot(Api({"Node": []}, reason="Timeout"))


HOSTS = {"pi01": {"units": {"kubelite": "active"}, "tables": []}}


@pytest.mark.parametrize(
    ("path", "was", "now", "says", "left"),
    [
        pytest.param(("nodes", "pi01", "cordoned"), False, True, "node pi01 is cordoned", True, id="a cordon"),
        pytest.param(("nodes", "pi01", "cordoned"), True, False, "node pi01 is not cordoned any more, and was before", True, id="none"),
        pytest.param(("nodes", "pi01", "taints"), [], ["a:NoExecute"], "node pi01 has the taint a:NoExecute", True, id="a taint"),
        pytest.param(
            ("nodes", "pi01", "taints"), ["a:NoExecute"], [], "node pi01 lacks the taint a:NoExecute, which it had", True, id="no taint"
        ),
        pytest.param(
            ("nodes", "pi01", "annotations"),
            {},
            {"pikube.stateful/cordoned-for": "r"},
            'node pi01: annotation pikube.stateful/cordoned-for is "r", and was not there',
            True,
            id="an annotation of ours",
        ),
        pytest.param(
            ("hosts",),
            HOSTS,
            {"pi01": {"units": {"kubelite": "inactive"}, "tables": []}},
            'on node pi01: units.kubelite is "inactive", and was "active"',
            True,
            id="a stopped service",
        ),
        pytest.param(
            ("hosts",),
            HOSTS,
            {"pi01": {"units": {"kubelite": "active"}, "tables": ["inet pikube_failover"]}},
            "on node pi01: tables is ['inet pikube_failover'], and was []",
            True,
            id="a table",
        ),
        pytest.param(("hosts",), HOSTS, {}, "node pi01 could not be looked at", False, id="a node that is silent"),
        pytest.param(("nodes", "pi01", "ready"), True, False, "node pi01 is not Ready, and was", False, id="not Ready"),
        pytest.param(("nodes", "pi01", "ready"), False, True, "node pi01 is Ready, and was not", False, id="Ready"),
        pytest.param(
            ("nodes", "pi01", "labels"), {"a": "1"}, {"a": "2"}, 'node pi01: label a is "2", and was "1"', False, id="another label"
        ),
        pytest.param(("nodes", "pi01", "labels"), {"a": "1"}, {}, 'node pi01: label a is gone, and was "1"', False, id="a label less"),
        pytest.param(("budgets",), {"a/b": {}}, {}, "PodDisruptionBudget a/b is gone", False, id="a budget less"),
        pytest.param(
            ("budgets",),
            {"a/b": {"minAvailable": 1}},
            {"a/b": {"minAvailable": 0}},
            "PodDisruptionBudget a/b: minAvailable is 0, and was 1",
            False,
            id="a budget of another size",
        ),
        pytest.param(("workloads",), {"Deployment a/b": {}}, {}, "Deployment a/b is gone", False, id="a workload less"),
        pytest.param(("nodes",), {}, {"pi09": {}}, "node pi09 was not there", False, id="a node more"),
        pytest.param(
            ("workloads",),
            {"Deployment a/b": {"replicas": 1}},
            {"Deployment a/b": {"replicas": 0}},
            "Deployment a/b: replicas is 0, and was 1",
            False,
            id="replicas",
        ),
        pytest.param(
            ("clusters", "database/main", "instances"), 3, 2, "Cluster database/main: instances is 2, and was 3", False, id="instances"
        ),
    ],
)
def test_a_difference(path, was, now, says, left):
    before, after = changed_at(path, was), changed_at(path, now)
    assert differences(before, after) == [says]
    assert (left_behind(before, after), changed(before, after)) == (([says], []) if left else ([], [says]))


def changed_at(path, value):
    top = baseline()
    place = top
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return top


WORDS = st.text("abc", max_size=3)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | WORDS | st.lists(WORDS, max_size=2),
    lambda inner: st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
PARTS = ("budgets", "workloads", "clusters")
BASELINES = st.builds(
    lambda nodes, parts: {"nodes": nodes, **parts},
    st.dictionaries(
        WORDS,
        st.fixed_dictionaries(
            {
                "ready": st.booleans(),
                "cordoned": st.booleans(),
                "taints": st.lists(WORDS, unique=True, max_size=2).map(sorted),
                "labels": st.dictionaries(WORDS, WORDS, max_size=2),
                "annotations": st.dictionaries(WORDS, WORDS, max_size=2),
            }
        ),
        max_size=2,
    ),
    st.fixed_dictionaries(
        {
            part: st.dictionaries(WORDS, st.dictionaries(WORDS, TREES, max_size=2), max_size=2)
            for part in ("budgets", "workloads", "clusters")
        }
    ),
)


@given(BASELINES, BASELINES)
def test_there_are_differences_where_snapshots_differ(before, after):
    # What was made meanwhile is left out.
    comparable = {part: {name: row for name, row in after[part].items() if name in before[part]} for part in PARTS}
    assert bool(differences(before, after)) == (before != {**after, **comparable})
    assert len(differences(before, after)) == len(set(differences(before, after)))


def test_what_somebody_makes_meanwhile_is_no_difference():
    before, after = baseline(), baseline()
    after["workloads"]["Deployment shop/web"] = {"replicas": 1}
    after["budgets"]["shop/web"] = {}
    after["clusters"]["shop/db"] = {}
    assert differences(before, after) == []


@given(BASELINES)
def test_there_are_none_to_itself(before):
    assert differences(before, copy.deepcopy(before)) == []
