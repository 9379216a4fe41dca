# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import FAST, MIB, settings, smallest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import LEAST_SIZE
from hypothesis import given
from hypothesis import strategies as st

GIB = 1024**3
memories = st.integers(512 * MIB, 64 * GIB)
media = st.sampled_from([*FAST, "sd", "emmc", "usb_hdd", "sata_hdd", "network", "unknown", None])
cores = st.sampled_from([None, 1, 2, 4, 8, 64])


def mib(text):
    units = {"MB": 1, "GB": 1024}
    return int(text[:-2]) * units[text[-2:]]


@pytest.mark.parametrize(
    ("memory", "limit", "shared", "connections"),
    [
        pytest.param(None, 384, 96, 30, id="not known"),
        pytest.param(1 * GIB, 384, 96, 30, id="1 GiB"),
        pytest.param(2 * GIB, 384, 96, 30, id="2 GiB"),
        pytest.param(4 * GIB, 1348, 337, 60, id="4 GiB"),
        pytest.param(8 * GIB, 3396, 849, 60, id="8 GiB"),
        pytest.param(16 * GIB, 7492, 1873, 100, id="16 GiB"),
        pytest.param(64 * GIB, 8192, 2048, 100, id="64 GiB"),
    ],
)
def test_boards(memory, limit, shared, connections):
    found = settings(memory, "sd", 4)
    assert found.memory == limit * MIB
    assert (mib(found.parameters["shared_buffers"]), int(found.parameters["max_connections"])) == (shared, connections)


@given(memories, memories, media, cores)
def test_more_memory_is_never_less_for_the_server(one, other, medium, number):
    small, large = (settings(memory, medium, number) for memory in sorted((one, other)))
    assert small.memory <= large.memory
    for name in ("shared_buffers", "effective_cache_size", "maintenance_work_mem"):
        assert mib(small.parameters[name]) <= mib(large.parameters[name])


@given(memories | st.none(), media, cores)
def test_what_is_set_fits_into_the_limit(memory, medium, number):
    found = settings(memory, medium, number)
    limit, parameters = found.memory // MIB, found.parameters
    assert mib(parameters["shared_buffers"]) <= limit / 4
    used = mib(parameters["shared_buffers"]) + int(parameters["max_connections"]) * mib(parameters["work_mem"])
    assert used + mib(parameters["maintenance_work_mem"]) <= limit
    assert mib(parameters["min_wal_size"]) < mib(parameters["max_wal_size"])
    assert found.cpu_millis >= 250


@given(memories, media, cores)
def test_a_slow_medium_has_rarer_checkpoints(memory, medium, number):
    fast, other = settings(memory, FAST[0], number).parameters, settings(memory, medium, number).parameters
    assert mib(other["max_wal_size"]) >= mib(fast["max_wal_size"])
    assert int(other["checkpoint_timeout"][:-3]) >= int(fast["checkpoint_timeout"][:-3])


@given(st.lists(st.tuples(memories | st.none(), media, cores), min_size=1, max_size=5))
def test_of_several_nodes_the_least_counts(rows):
    found = smallest(rows)
    known = [memory for memory, _medium, _cores in rows if memory]
    assert found.memory == settings(min(known, default=None), None, None).memory
    if any(medium not in FAST for _memory, medium, _cores in rows):
        assert found.parameters["checkpoint_timeout"] == "15min"


@given(media, st.integers(512 * MIB, 100 * GIB))
def test_the_log_leaves_room_for_rows(medium, volume):
    found = settings(None, medium, None, volume).parameters
    assert 32 <= mib(found["min_wal_size"]) <= mib(found["max_wal_size"]) / 4
    assert mib(found["max_wal_size"]) * MIB <= volume / 4
    # What is kept for a standby that is away is beside that, until the next checkpoint.
    assert (mib(found["max_wal_size"]) + mib(found["max_slot_wal_keep_size"])) * MIB <= volume / 2


@pytest.mark.parametrize(
    ("volume", "turns", "slots", "without"),
    [
        pytest.param(LEAST_SIZE, 128, 128, 128, id="the smallest volume"),
        pytest.param(1 * GIB, 204, 256, 256, id="1 GiB"),
        pytest.param(5 * GIB, 512, 1280, 512, id="5 GiB"),
        pytest.param(100 * GIB, 512, 25600, 512, id="100 GiB"),
    ],
)
def test_the_log_of_a_lost_standby_has_an_end(volume, turns, slots, without):
    found = settings(8 * GIB, "nvme", 4, volume).parameters
    assert [mib(found[name]) for name in ("max_wal_size", "max_slot_wal_keep_size", "wal_keep_size")] == [turns, slots, without]


@given(media, st.integers(LEAST_SIZE, 100 * GIB))
def test_what_is_kept_without_a_slot_never_exceeds_what_is_kept_with_one(medium, volume):
    found = settings(None, medium, None, volume).parameters
    assert mib(found["wal_keep_size"]) <= mib(found["max_slot_wal_keep_size"])
