# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import node, read_nodes
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import GIB, cluster, disk
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import node as facts
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("userland", "kernel", "architecture"),
    [
        pytest.param("arm64", "aarch64", "arm64", id="a Pi"),
        pytest.param("armhf", "aarch64", "arm", id="a 32-bit system on a 64-bit kernel"),
        pytest.param(None, "x86_64", "amd64", id="a system without dpkg"),
        pytest.param("riscv64", "riscv64", "riscv64", id="one that nothing is built for"),
        pytest.param(None, None, None, id="not known"),
    ],
)
def test_architecture(userland, kernel, architecture):
    given_facts = {**facts(), "architecture": {"userland": userland, "kernel": kernel}}
    assert node("pi1", given_facts, None).architecture == architecture


def test_memory_is_what_the_board_was_made_with():
    assert node("pi1", facts(memory=4), None).memory == 4 * GIB
    seen = {**facts(memory=None), "memory": {"total_bytes": 4093108224}}
    assert node("server", seen, None).memory >= 4 * GIB
    assert node("pi1", facts(memory=None), None).memory is None


def test_disks_that_were_named_and_hold_something_are_kept_apart():
    one = facts(disks=(disk("/dev/sda"), disk("/dev/sdb", free=False), disk("/dev/sdc", 900)))
    found = node("pi1", one, None)
    assert [each.path for each in found.disks] == ["/dev/sdc", "/dev/sda"]
    assert found.taken == ()
    found = node("pi1", one, ["/dev/sda", "/dev/sdb"])
    assert [each.path for each in found.disks] == ["/dev/sda"]
    assert found.taken == (("/dev/sdb", "signature ext4"),)


def test_nodes_come_in_the_order_of_their_numbers():
    assert [each.name for each in read_nodes({name: facts() for name in ("pi10", "pi2", "a", "pi1")})] == ["a", "pi1", "pi2", "pi10"]


@given(st.dictionaries(st.text(), st.just(facts()), min_size=1))
def test_any_names_have_an_order(nodes):
    assert {each.name for each in read_nodes(nodes)} == set(nodes)


def test_empty_facts_know_nothing_and_break_nothing():
    found = node("pi1", {"kernel": {}}, None)
    known = (found.architecture, found.memory, found.cores, found.features, found.free, found.kernel)
    assert known == (None,) * 6
    assert (found.disks, found.has_group, found.has_pool) == ((), False, False)
    assert len(read_nodes(cluster(4))) == 4
