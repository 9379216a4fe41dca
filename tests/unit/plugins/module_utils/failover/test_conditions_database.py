# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges that the table of preconditions does not show; each condition as such speaks in test_preconditions."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import conditions_database as d
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Look
from ansible_collections.pikube.stateful.tests.unit.failover_situations import (
    NODES,
    alone,
    both,
    budget,
    changed,
    options,
    plus,
    pod,
    replicated,
    row,
    server,
    set_,
    standby,
    with_,
    without,
)
from hypothesis import given
from hypothesis import strategies as st


def look(situation, kind="drain", **more):
    return Look(situation, options(kind, **more), FAULTS[kind])


@given(st.tuples(*[st.sampled_from(NODES)] * 5), st.integers(1, 4), st.booleans())
def test_nothing_is_promoted_that_may_lack_a_row(places, number, quorum):
    """Oracle: a row may be on any so many standbys. It is safe if each such choice has one that is left."""
    label = {"cnpg.io/cluster": "main"}
    pods = [
        pod(name, node, {**label, "cnpg.io/instanceName": name, "cnpg.io/instanceRole": "primary" if name == "main-1" else "replica"})
        for name, node in zip([f"main-{place}" for place in range(1, 6)], places)
    ]
    spec = {"method": "any", "number": number, "dataDurability": "required", "failoverQuorum": quorum}
    situation = server("spec", {"instances": 5, "postgresql": {"synchronous": spec}})(with_(pods=pods)(replicated()))
    found = look(situation)
    standbys = {one["metadata"]["name"] for one in pods[1:]}
    left = {name for name, node in zip(sorted(standbys), places[1:]) if node != places[0]}
    safe = all(set(chosen) & left for chosen in combinations(sorted(standbys), number))
    assert bool(list(d.promotion_blocked(found))) is (quorum and bool(left) and not safe)
    assert bool(list(d.no_survivor(found))) is not left
    assert bool(list(d.writes_stop(found))) is (bool(left) and len(left) - 1 < number)


@pytest.mark.parametrize(
    ("instances", "number", "codes"),
    [
        pytest.param(3, 1, (0, 0), id="three, one acknowledges"),
        pytest.param(2, 1, (0, 1), id="two, and nobody acknowledges after a loss"),
        pytest.param(2, 0, (0, 0), id="two, asynchronous"),
    ],
)
def test_usual_clusters(instances, number, codes):
    situation = replicated() if instances == 3 else without("pods", "main-3")(replicated())
    spec = {"method": "any", "number": number, "failoverQuorum": instances >= 3} if number else {}
    found = look(server("spec", "postgresql", "synchronous", spec)(situation), "crash")
    assert (len(list(d.promotion_blocked(found))), len(list(d.writes_stop(found)))) == codes


def test_a_lost_copy_and_a_lost_quorum_are_told_apart():
    lost, less = row("data-main-0", "pi01", "main-0"), row("data-main-0", "pi01", "main-0", ["pi01", "pi02"])
    first, second = look(with_(rows=[lost])(alone())), look(with_(rows=[less])(alone()))
    assert (len(list(d.dies_with_node(first))), list(d.volume_loses_quorum(first))) == (1, [])
    assert (list(d.dies_with_node(second)), len(list(d.volume_loses_quorum(second)))) == ([], 1)


def test_a_volume_elsewhere_does_not_die():
    found = look(with_(rows=[row("data-main-0", "pi01", "main-0")])(alone()), victim="pi02")
    assert list(d.dies_with_node(found)) == []


def test_a_cluster_has_its_rows_on_other_nodes_too():
    assert list(d.dies_with_node(look(replicated()))) == []


def test_a_path_with_an_affinity_has_a_home():
    assert list(d.without_home(look(replicated()))) == []


@pytest.mark.parametrize(
    ("labels", "forbidden"),
    [
        pytest.param({"cnpg.io/cluster": "main", "cnpg.io/instanceRole": "primary"}, False, id="the operator's own of the primary"),
        pytest.param({"cnpg.io/cluster": "main"}, True, id="a person's of all instances"),
        pytest.param({"cnpg.io/cluster": "other", "cnpg.io/instanceRole": "primary"}, False, id="that of another cluster"),
    ],
)
def test_budgets(labels, forbidden):
    found = look(plus("budgets", budget("x", labels, 0))(with_(budgets=[])(replicated())))
    assert bool(list(d.eviction_forbidden(found))) is forbidden


def test_a_budget_without_a_status_allows_nothing():
    own = {"metadata": {"name": "new", "namespace": "database"}, "spec": {"selector": {}}}
    assert [one["pod"] for one in d.eviction_forbidden(look(with_(budgets=[own])(replicated())))] == ["database/main-1", "database/web-1"]


def test_the_emptydir_of_an_instance_holds_nothing():
    assert list(d.emptied(look(replicated()))) == []


@pytest.mark.parametrize(
    ("make", "settings", "lossy"),
    [
        pytest.param(replicated, {"synchronous_commit": "remote_apply"}, False, id="even applied"),
        pytest.param(replicated, {"synchronous_commit": "remote_write"}, False, id="written by a standby"),
        pytest.param(replicated, {"synchronous_commit": "local"}, True, id="on the primary alone"),
        pytest.param(alone, {"synchronous_commit": "local"}, False, id="which is all that a server alone can do"),
        pytest.param(alone, {"synchronous_standby_names": ""}, False, id="which has no standbys"),
    ],
)
def test_rpo(make, settings, lossy):
    assert bool(list(d.rpo_not_zero(look(set_(**settings)(make()))))) is lossy


def test_other_receivers_of_the_log_are_no_standbys():
    situation = with_(standbys=[standby("main-2"), standby("main-3"), standby("archive", "backup", 1 << 40)])(replicated())
    assert [*d.standby_not_streaming(look(situation)), *d.standby_lags(look(situation))] == []


def test_a_distance_that_is_not_known_is_none():
    assert list(d.standby_lags(look(with_(standbys=[standby("main-2", lag=None)])(replicated())))) == []


def test_timelines_of_servers_that_are_gone_do_not_count():
    stale = {"main-1": {"timeLineID": 3}, "main-9": {"timeLineID": 1}}
    assert list(d.other_timeline(look(server("status", "instancesReportedState", stale)(replicated())))) == []


def test_a_standby_that_streams_is_on_the_timeline_of_its_primary_whatever_its_last_restart_point_knew():
    reported = {name: {"timeLineID": timeline} for name, timeline in (("main-1", 2), ("main-2", 1), ("main-3", 1))}
    situation = server("status", "instancesReportedState", reported)(replicated())
    assert list(d.other_timeline(look(situation))) == []
    assert [one["pod"] for one in d.other_timeline(look(replace(situation, standbys=[])))] == ["main-2", "main-3"]


def test_all_that_the_state_waits_for_is_told():
    situation = both(without("pods", "main-2"), without("pods", "main-3"), changed("claims", "main-3", "status", "phase", "Pending"))(
        replicated()
    )
    assert [one["why"] for one in d.not_whole(look(situation))] == ["claim main-3 is Pending", "1 of 3 instances are there"]
