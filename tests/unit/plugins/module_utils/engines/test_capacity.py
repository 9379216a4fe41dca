# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.capacity import (
    claimed,
    datastore_members,
    has_medium,
    losses_survived,
    room,
    usable_bytes,
)
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import BY_NAME, ENGINES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import node, read_nodes
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import GIB, disk
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import node as facts
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("engine", "copies", "instances", "nodes", "losses"),
    [
        pytest.param("hostpath", 1, 3, 3, 2, id="three instances on three nodes"),
        pytest.param("hostpath", 1, 3, 2, 1, id="three instances on two nodes"),
        pytest.param("hostpath", 1, 1, 5, 0, id="one instance"),
        pytest.param("lvm", 1, 2, 5, 1, id="two instances"),
        pytest.param("jiva", 1, 1, 3, 0, id="jiva with one copy"),
        pytest.param("jiva", 2, 1, 3, 0, id="jiva with two copies stops at any loss"),
        pytest.param("jiva", 3, 1, 3, 1, id="jiva with three"),
        pytest.param("jiva", 4, 1, 4, 1, id="jiva with four is no better than with three"),
        pytest.param("jiva", 5, 1, 5, 2, id="jiva with five"),
        pytest.param("cstor", 3, 1, 3, 1, id="cstor with three"),
        pytest.param("mayastor", 1, 1, 3, 0, id="mayastor with one copy"),
        pytest.param("mayastor", 2, 1, 3, 1, id="mayastor goes on with the last copy"),
        pytest.param("mayastor", 3, 1, 3, 1, id="mayastor with three, whose datastore bears one loss"),
        pytest.param("mayastor", 5, 1, 5, 2, id="mayastor with five"),
    ],
)
def test_losses(engine, copies, instances, nodes, losses):
    assert losses_survived(BY_NAME[engine], copies, instances, nodes) == losses


@given(st.integers(1, 50))
def test_the_datastore_is_odd_and_never_smaller_than_three(copies):
    assert datastore_members(copies) % 2 == 1
    assert datastore_members(copies) >= 3
    assert datastore_members(copies) <= max(3, copies)


@given(st.sampled_from(ENGINES), st.integers(1, 9), st.integers(1, 9), st.integers(0, 9))
def test_a_loss_that_is_survived_leaves_a_copy(engine, copies, instances, nodes):
    losses = losses_survived(engine, copies, instances, nodes)
    assert 0 <= losses < (copies if engine.replicated else max(1, instances))
    assert losses_survived(engine, copies, instances, nodes + 1) >= losses


def test_room_of_a_folder_is_what_the_kubelet_leaves():
    one = node("pi1", facts(free=11), None)
    assert room(BY_NAME["hostpath"], one) == 10 * GIB
    assert room(BY_NAME["jiva"], one) == int(10 * GIB / 1.2)
    assert room(BY_NAME["hostpath"], node("pi1", facts(free=0), None)) == 0
    assert room(BY_NAME["hostpath"], node("pi1", facts(free=None), None)) is None


def test_a_volume_group_counts_by_its_size_since_its_own_volumes_fill_it():
    one = node("pi1", facts(groups=[{"name": "openebs", "size_bytes": 100 * GIB, "free_bytes": 0}], disks=(disk(),)), None)
    assert room(BY_NAME["lvm"], one) == 100 * GIB
    assert claimed(BY_NAME["lvm"], one) == ()
    assert has_medium(BY_NAME["lvm"], one)
    assert not has_medium(BY_NAME["device"], node("pi1", facts(), None))


def test_disks_without_a_serial_number_come_last_for_an_engine_that_needs_one():
    one = node("pi1", facts(disks=(disk("/dev/sda", 900, serial=None), disk("/dev/sdb", 100))), None)
    assert [each.path for each in claimed(BY_NAME["cstor"], one)] == ["/dev/sdb"]
    assert [each.path for each in claimed(BY_NAME["lvm"], one)] == ["/dev/sda"]


def test_usable_bytes_of_no_node_and_of_unknown_ones():
    nodes = read_nodes({"pi1": facts(free=11), "pi2": facts(free=None)})
    assert usable_bytes(BY_NAME["hostpath"], (), 1, 1) == 0
    assert usable_bytes(BY_NAME["hostpath"], nodes, 1, 1) == 10 * GIB
    assert usable_bytes(BY_NAME["hostpath"], nodes, 1, 2) is None
