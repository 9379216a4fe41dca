# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LIMITS, LoadPlan, slot
from hypothesis import given
from hypothesis import strategies as st


def test_every_limit_lets_its_default_and_its_ends_through():
    plan = LoadPlan()
    for name, ends in LIMITS.items():
        assert ends[0] <= getattr(plan, name) <= ends[1]
        for end in ends:
            assert getattr(LoadPlan(**{name: end}), name) == end


@pytest.mark.parametrize(("name", "value"), [(name, end + step) for name, ends in LIMITS.items() for end, step in zip(ends, (-1, 1))])
def test_what_is_out_of_its_limits_is_refused_by_its_name(name, value):
    with pytest.raises(FailoverError, match=f"load: {name} is {value}. Give ") as refused:
        LoadPlan(**{name: value})
    assert refused.value.facts == {"field": name}


@pytest.mark.parametrize(
    ("given_", "resolution"),
    [
        pytest.param({}, 15, id="as finely as one looks in an outage"),
        pytest.param({"rate": 10}, 100, id="no finer than one writes before it"),
        pytest.param({"rate": 500, "probe_ms": 5}, 5, id="both fine"),
    ],
)
def test_resolution(given_, resolution):
    assert LoadPlan(**given_).resolution_ms == resolution


TURNS = st.integers(1, 64).flatmap(lambda turns: st.tuples(st.integers(0, turns - 1), st.just(turns)))


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1_000, 10**7), TURNS)
def test_a_turn_is_the_next_one_and_none_is_made_up_for(now, start, period, turns):
    turn, of = turns
    found = slot(now, start, period, turn, of)
    assert (found - start - turn * period // of) % period == 0
    assert found > now
    assert found - now <= period or found == start + turn * period // of


def test_turns_are_spread_evenly():
    plan = LoadPlan()
    begins = sorted(slot(1_000_000, 0, plan.period, turn, plan.writers) for turn in range(plan.writers))
    assert {later - earlier for earlier, later in zip(begins, begins[1:])} == {10_000}
