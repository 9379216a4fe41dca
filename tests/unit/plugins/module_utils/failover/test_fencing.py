# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.fencing import give_back, held
from ansible_collections.pikube.stateful.tests.unit.failover_hands import Api, conflict


def lease(namespace, name, holder):
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 15, "leaseTransitions": 3}
    return {"kind": "Lease", "metadata": {"namespace": namespace, "name": name}, "spec": spec}


def pod(namespace, name, node):
    return {"kind": "Pod", "metadata": {"namespace": namespace, "name": name}, "spec": {"nodeName": node}}


PODS = (pod("database", "main-1", "pi02"), pod("database", "main-2", "pi03"), pod("cnpg-system", "cnpg-a", "pi02"))


@pytest.mark.parametrize(
    ("namespace", "holder", "given"),
    [
        pytest.param("database", "main-1", True, id="a pod of the node"),
        pytest.param("cnpg-system", "cnpg-a_4711-ab", True, id="a pod of the node by a longer name"),
        pytest.param("kube-system", "pi02_4711-ab", True, id="a process of the node"),
        pytest.param("database", "main-2", False, id="a pod of another node"),
        pytest.param("database", "main-10", False, id="one whose name begins like it"),
        pytest.param("elsewhere", "main-1", False, id="a pod of that name elsewhere"),
        pytest.param("kube-node-lease", "pi02", False, id="the node's own, which tells that it is gone"),
        pytest.param("kube-system", "pi03_4711-ab", False, id="a process of another node"),
        pytest.param("kube-system", "pi021_4711", False, id="a process of a node whose name begins like it"),
        pytest.param("database", "20261130T210533Z-power_off", False, id="the run's own"),
        pytest.param("database", "", False, id="nobody"),
    ],
)
def test_what_the_node_holds_is_given_back_and_nothing_else(namespace, holder, given):
    api = Api(*PODS, lease(namespace, "one", holder))
    assert give_back(api, held(api, "pi02")) == ([f"{namespace}/one"] if given else [])
    spec = api.get("Lease", "one", namespace)["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == (("", 1) if given else (holder, 15))
    assert spec["leaseTransitions"] == 3


def test_one_that_somebody_took_meanwhile_is_his():
    api = Api(*PODS, lease("database", "main", "main-1"), lease("kube-system", "other", "pi02_1"))
    api.failing["patch", "Lease", "main"] = [conflict()]
    assert give_back(api, held(api, "pi02")) == ["kube-system/other"]
