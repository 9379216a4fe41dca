# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.cluster_objects import cluster
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.restarts import held
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import settings
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

GIB = 1024**3


def made(memory=8 * GIB, medium="nvme", volume=5 * GIB, **given):
    return cluster(Wishes.parse({"image": "x/postgresql:17.4", **given}, 5), settings(memory, medium, 4, volume))


def filled_in(item):
    """As the API gives it back, with what its webhook and its definition fill in."""
    found = copy.deepcopy(item)
    found["spec"]["postgresql"]["parameters"]["archive_timeout"] = "5min"
    found["spec"]["affinity"]["additional"] = {}
    return found


def parameters(item):
    return item["spec"]["postgresql"]["parameters"]


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        pytest.param(None, {"memory": GIB}, id="a new one"),
        pytest.param({}, {}, id="the same facts"),
        pytest.param({}, {"instances": 5}, id="more instances"),
        pytest.param({}, {"volume": 10 * GIB, "size": "10Gi"}, id="larger volumes"),
    ],
)
def test_what_restarts_nothing_is_done(there, asked):
    wanted = made(**asked)
    assert held(wanted, None if there is None else filled_in(made(**there)), False, False) == (wanted, [])


def test_a_smaller_node_restarts_nothing_by_itself():
    there, wanted = filled_in(made()), made(memory=2 * GIB, medium="sd")
    found, waits = held(wanted, there, False, False)
    for name in ("max_connections", "shared_buffers", "work_mem"):
        assert parameters(found)[name] == parameters(there)[name] != parameters(wanted)[name]
    assert found["spec"]["resources"] == there["spec"]["resources"]
    # A reload is enough for it.
    assert parameters(found)["checkpoint_timeout"] == "15min"
    assert "max_connections 60 -> 30" in waits
    assert "resources.limits.memory 3396Mi -> 384Mi" in waits
    # And the next run finds it so.
    assert held(wanted, found, False, False) == (found, waits)


def test_who_asks_gets_all_of_it():
    wanted = made(memory=2 * GIB)
    assert held(wanted, made(), False, True) == (wanted, [])


@pytest.mark.parametrize(
    ("asked", "image", "waits"),
    [
        pytest.param(True, "x/postgresql:17.5", [], id="named"),
        pytest.param(False, "x/postgresql:17.4", ["imageName x/postgresql:17.4 -> x/postgresql:17.5"], id="a new default"),
    ],
)
def test_an_image_that_somebody_named_is_a_request(asked, image, waits):
    found, listed = held(made(image="x/postgresql:17.5"), made(), asked, False)
    assert (found["spec"]["imageName"], listed) == (image, waits)


def test_what_servers_of_before_do_not_have_waits_as_well():
    there = made()
    del there["spec"]["probes"]
    found, waits = held(made(), there, False, False)
    assert "probes" not in found["spec"]
    assert "probes.liveness.timeoutSeconds none -> 10" in waits
