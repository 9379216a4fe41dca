# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock
from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import Moment
from hypothesis import given
from hypothesis import strategies as st

NOON = 1_764_504_000.25  # 2025-11-30T12:00:00.250Z


@pytest.mark.parametrize(
    ("at", "text"),
    [
        pytest.param(5_000_000, "2025-11-30T12:00:00.250Z", id="the moment itself"),
        pytest.param(6_500_000, "2025-11-30T12:00:01.750Z", id="later"),
        pytest.param(4_000_000, "2025-11-30T11:59:59.250Z", id="before"),
        pytest.param(5_749_600, "2025-11-30T12:00:01.000Z", id="to the nearest millisecond"),
    ],
)
def test_by_the_wall_clock(at, text):
    assert Moment(5_000_000, NOON).text(at) == text


def test_the_clock_goes_forward():
    first = clock.now()
    assert first <= clock.moment().at <= clock.now()


@given(st.integers(-(10**15), 10**15), st.integers(-(10**12), 10**12))
def test_seconds_are_signed(at, more):
    assert clock.seconds(at + more, at) == more / 1e6
