# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import dns

APART = {
    "maxSkew": 1,
    "topologyKey": dns.HOST,
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}
RATHER = {**APART, "whenUnsatisfiable": "ScheduleAnyway"}
ZONES = {**APART, "topologyKey": "topology.kubernetes.io/zone"}


def deployment(replicas, *spread):
    template = {"spec": {"topologySpreadConstraints": list(spread)} if spread else {}}
    return {"spec": {"replicas": replicas, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": template}}


def node(ready="True", **spec):
    return {"spec": spec, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


@pytest.mark.parametrize(
    ("found", "pods", "replicas", "spread"),
    [
        (deployment(1), 2, 2, [APART]),
        (deployment(1, RATHER), 2, 2, [APART]),
        (deployment(1, ZONES, RATHER), 3, 3, [ZONES, APART]),
        (deployment(1, APART), 2, 2, [APART]),
        (deployment(3), 2, 3, [APART]),
        (deployment(2, RATHER), 1, 2, [APART]),
    ],
)
def test_pods_come_to_different_nodes(found, pods, replicas, spread):
    before = copy.deepcopy(found)
    patch = dns.due(found, pods)
    assert dns.shape(found, patch) == {"replicas": replicas, "topologySpreadConstraints": spread}
    assert found == before
    assert dns.due(patched(found, patch), pods) is None


def patched(found, patch):
    """By a merge patch, of which lists are wholes."""
    if not isinstance(patch, dict):
        return patch
    return {**found, **{key: patched(found.get(key, {}), value) for key, value in patch.items()}}


@pytest.mark.parametrize(
    ("found", "pods"),
    [
        (deployment(1), 1),
        (deployment(1, RATHER), 1),
        (deployment(2, APART), 2),
        (deployment(3, APART), 2),
        (deployment(2, ZONES, APART), 2),
    ],
)
def test_what_is_right_is_left_alone(found, pods):
    assert dns.due(found, pods) is None


@pytest.mark.parametrize(
    ("nodes", "places"),
    [([], 0), ([node()], 1), ([node(), node("Unknown"), node()], 2), ([node(unschedulable=True), node()], 1), ([{"spec": {}}], 0)],
)
def test_only_nodes_that_take_pods_count(nodes, places):
    assert dns.places(nodes) == places
