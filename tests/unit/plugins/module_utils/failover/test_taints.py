# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import taints
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.tests.unit.failover_hands import Api, conflict, node

RUN = "20261130T210533Z-power_off"
UNREACHABLE = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}


def on(api):
    return api.get("Node", "pi02")["spec"].get("taints")


@pytest.mark.parametrize("others", [(), (UNREACHABLE,)], ids=["alone", "beside others"])
def test_there_and_back(others):
    api = Api(node(taints=others))
    before = api.get("Node", "pi02")
    for _time in range(2):
        taints.add(api, "pi02", RUN)
    assert on(api) == [*others, taints.TAINT]
    assert taints.has(api.get("Node", "pi02"), RUN)
    for _time in range(2):
        taints.remove(api, "pi02", RUN)
    after = api.get("Node", "pi02")
    assert [after[key] for key in ("spec", "status")] == [before[key] for key in ("spec", "status")]
    assert not after["metadata"]["annotations"]


def test_one_of_somebody_else_is_neither_taken_nor_removed():
    api = Api(node(taints=[taints.TAINT]))
    with pytest.raises(FailoverError, match="not from this run"):
        taints.add(api, "pi02", RUN)
    taints.remove(api, "pi02", RUN)
    assert on(api) == [taints.TAINT]


def test_what_another_writes_meanwhile_is_kept():
    api = Api(node())
    api.failing[("patch",)] = [conflict(), conflict()]
    taints.add(api, "pi02", RUN)
    assert on(api) == [taints.TAINT]
    api.failing[("patch",)] = [conflict() for _turn in range(20)]
    with pytest.raises(FailoverError, match="others changed the Node 10 times"):
        taints.remove(api, "pi02", RUN)


def test_a_node_that_is_not_there():
    with pytest.raises(FailoverError, match="no Node pi02"):
        taints.add(Api(), "pi02", RUN)
    taints.remove(Api(), "pi02", RUN)
