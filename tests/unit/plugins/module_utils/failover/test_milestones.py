# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.analysis import Analysis
from ansible_collections.pikube.stateful.plugins.module_utils.failover.milestones import MARKS, Told, awaited, milestones, told
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import BACK, TROUBLE, Observation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.watches import MANY, SINGLE
from ansible_collections.pikube.stateful.tests.unit import failover_watches as watches
from ansible_collections.pikube.stateful.tests.unit.failover_watches import (
    DRAIN,
    FENCED,
    KILLED,
    NOTHING,
    POWER_OFF,
    POWER_OFF_TIMES,
    START,
    at,
    cluster,
    pod,
    stream,
)
from hypothesis import given, settings
from hypothesis import strategies as st

ANSWERED = Told(at(-0.1), True, at(73.1))


def times(observations, beside=ANSWERED, kind="power_off", node="pi01", topology=MANY, **options):
    """Seconds from the fault by id, None for what was not seen."""
    found = milestones(observations, START, beside, name="main", topology=topology, kind=kind, node=node, **options)
    return {one.id: one.at and round((one.at - START) / 1e6, 3) for one in found}


def because(observations, mark, **options):
    options = {"topology": MANY, "kind": "power_off", "node": "pi01", **options}
    return next(one.because for one in milestones(observations, START, ANSWERED, name="main", **options) if one.id == mark)


def test_a_lost_host_as_it_was_seen():
    assert times(POWER_OFF) == POWER_OFF_TIMES


def test_a_lost_host_that_was_fenced():
    found = times(FENCED, Told(at(-0.1), True, at(22.1)))
    assert {key: found[key] for key in ("pod_gone", "failover_begins", "target_chosen", "promoted", "first_acknowledged", "not_ready")} == {
        "pod_gone": 2.1,
        "failover_begins": 3.0,
        "target_chosen": 6.0,
        "promoted": 22.0,
        "first_acknowledged": 22.1,
        "not_ready": 50.0,
    }
    assert [key for key, value in found.items() if value is None] == ["node_ready", "restarted", "standby", "redundancy"]


def test_a_drain():
    assert times(DRAIN, Told(at(-0.1), True, at(9.2)), "drain") == {
        "last_acknowledged": -0.1,
        "fault": 0.0,
        "cordoned": 0.1,
        "pod_deletion": 10.0,
        "pod_gone": 14.0,
        "failover_begins": 1.5,
        "target_chosen": 1.5,
        "promoted": 9.0,
        "labelled": 8.8,
        "endpoint": 8.9,
        "first_acknowledged": 9.2,
        "uncordoned": 30.0,
        "restarted": 34.0,
        "standby": 45.0,
        "redundancy": 46.0,
    }


def test_a_killed_server_that_stays_the_primary():
    found = times(KILLED, Told(at(-0.1), True, at(5.0)), "postmaster_kill", node="")
    assert found == {
        "last_acknowledged": -0.1,
        "fault": 0.0,
        "failover_begins": None,
        "target_chosen": None,
        "promoted": None,
        "labelled": None,
        "endpoint": 6.1,
        "first_acknowledged": 5.0,
        "restarted": 2.0,
        "standby": None,
        "redundancy": 6.2,
    }
    assert because(KILLED, "promoted") == "Cluster main: the primary stayed main-1"


def test_a_server_alone_that_moves():
    assert times(watches.SINGLE, Told(at(-0.1), True, at(88.3)), topology=SINGLE) == {
        "last_acknowledged": -0.1,
        "fault": 0.0,
        "lease_stops": -8.0,
        "not_ready": 50.0,
        "unreachable": 50.0,
        "pod_deletion": 60.2,
        "pod_gone": 70.0,
        "scheduled": 70.5,
        "copy_lost": None,
        "attached": 75.0,
        "started": 80.0,
        "endpoint": 88.1,
        "first_acknowledged": 88.3,
        "node_ready": None,
        "copy_returns": None,
        "copies_in_sync": None,
        "ready": 88.2,
    }


def test_no_fault_has_none():
    assert milestones(NOTHING, None, Told(), name="main", topology=MANY) == []
    found = times(NOTHING, Told(at(19), False), "none", node="")
    assert [key for key, value in found.items() if value is not None] == ["last_acknowledged", "fault"]


@pytest.mark.parametrize(
    ("beside", "text"),
    [
        pytest.param(Told(at(-1), False), "writes never stopped", id="no outage"),
        pytest.param(Told(at(-1), True), "no write was acknowledged again", id="an outage without an end"),
        pytest.param(Told(at(-1), True, at(9)), "ledger: the first one after the outage that is still there", id="an outage that ended"),
    ],
)
def test_why_there_is_a_first_write_or_none(beside, text):
    found = milestones(NOTHING, START, beside, name="main", topology=MANY)
    assert next(one.because for one in found if one.id == "first_acknowledged") == text


def test_what_the_ledger_says():
    assert told(SimpleNamespace(last_ack=5, rto_seconds=0.0, rto_end=None)) == Told(5, False, None, None)
    assert told(SimpleNamespace(last_ack=5, rto_seconds=None, rto_end=None), streaming=9) == Told(5, True, None, 9)


def test_an_analysis_says_it_under_these_names():
    assert {"last_ack", "rto_seconds", "rto_end", "outages"} <= {one.name for one in fields(Analysis)}


def test_streaming_is_believed_rather_than_a_ready_pod():
    assert times(POWER_OFF, Told(at(-0.1), True, at(73.1), at(175)))["standby"] == 175.0
    assert because(POWER_OFF, "standby").endswith("whether it streams was not asked")


def interruption(begin, end, kind):
    return [
        Observation(at(seconds), "Watch", kind, change, {"watch": kind, "text": "no answer"})
        for seconds, change in ((begin, TROUBLE), (end, BACK))
        if seconds is not None
    ]


def test_a_time_that_a_broken_watch_told_late_says_so():
    seen = [*POWER_OFF, *interruption(40.0, 50.0, "Node")]
    assert because(seen, "not_ready").endswith("the watch was interrupted for 10.0 s before, so it may have been that much earlier")
    for other in ("promoted", "node_ready"):
        assert because(seen, other) == because(POWER_OFF, other)
    later = [*POWER_OFF, *interruption(60.0, 61.0, "Node")]
    assert because(later, "not_ready") == because(POWER_OFF, "not_ready")


def test_what_was_not_seen_while_the_watch_was_broken_is_not_denied():
    seen = [one for one in POWER_OFF if one.kind != "Cluster" or one.at < START] + interruption(1.0, None, "Cluster")
    assert because(seen, "promoted").endswith("the watch was interrupted until the end")


@pytest.mark.parametrize(
    ("holder", "mark", "text"),
    [
        pytest.param("kube-controller-manager", "not_ready", "; the controller that has to notice was on that node", id="controller"),
        pytest.param("db9c8771.cnpg.io", "failover_begins", "; the operator was on that node", id="operator"),
    ],
)
def test_why_something_took_longer(holder, mark, text):
    def with_leader_on(node):
        return [*POWER_OFF, Observation(at(-20), "Leader", holder, "ADDED", {"holder": f"{node}_0a1b"})]

    assert because(with_leader_on("pi01"), mark) == because(POWER_OFF, mark) + text
    assert because(with_leader_on("pi02"), mark) == because(POWER_OFF, mark)


def test_a_silence_of_all_leases_is_none_of_the_node():
    seen = [one for one in NOTHING if one.kind != "Lease"]
    seen += stream(until=100.0, silent="pi01", silence=(0.0, 60.0))
    blind = [one for one in seen if one.kind != "Lease" or not at(0) < one.at < at(60)]
    assert times(seen)["lease_stops"] == -8.0
    assert times(blind)["lease_stops"] is None
    assert "no Lease was seen at all" in because(blind, "lease_stops")


def test_what_was_never_seen_is_not_called_whole():
    assert because([], "redundancy") == "neither Cluster nor StatefulSet main was seen"
    assert {value for key, value in times([]).items() if key not in ("last_acknowledged", "fault", "first_acknowledged")} == {None}


def test_leases_that_are_told_all_at_once_prove_nothing():
    blind = [one for one in stream(until=80.0, before=watches.WHOLE) if one.kind != "Lease" or not at(0) < one.at < at(71)]
    burst = [
        Observation(at(60) + turn, "Lease", name, "MODIFIED", {"renewed": "late"}) for turn, name in enumerate(("pi02", "pi03", "pi01"))
    ]
    assert times([*blind, *burst])["lease_stops"] is None


def test_a_silence_before_the_fault_is_not_of_it():
    seen = stream(until=60.0, before=watches.WHOLE, silent="pi01", silence=(-27.0, 1.0))
    found = milestones(seen, at(30), ANSWERED, name="main", topology=MANY, kind="crash", node="pi01")
    assert next(one.at for one in found if one.id == "lease_stops") is None


def test_the_mark_of_a_later_pod_is_none_of_the_one_that_was_hit():
    rows = [(5.0, None), (6.0, pod(1, uid="uid-4")), (7.0, pod(1, uid="uid-4", deleting="soon"))]
    seen = stream(*((seconds, "Pod", "main-1", state) for seconds, state in rows), before=watches.WHOLE, until=20.0)
    found = times(seen, kind="pod_delete")
    assert (found["pod_gone"], found["pod_deletion"]) == (5.0, None)


def test_only_a_taint_that_evicts_does():
    only = watches.node("Unknown", taints=["node.kubernetes.io/unreachable:NoSchedule"])
    seen = stream((50.0, "Node", "pi01", only), (55.0, "Node", "pi01", watches.LOST), before=watches.WHOLE)
    assert times(seen)["unreachable"] == 55.0


def test_a_drain_without_a_node_speaks_of_none():
    assert "cordoned" not in times(NOTHING, kind="drain", node="")


def test_a_pod_that_a_lagging_server_forgot_for_a_moment_is_not_gone():
    back = [(5.0, "Pod", "main-1", None), (5.5, "Pod", "main-1", pod(1, "primary"))]
    seen = stream(*back, before=watches.WHOLE, until=20.0)
    assert times(seen, kind="pod_delete")["pod_gone"] is None


def test_a_node_that_comes_and_goes_is_ready_when_it_stays():
    states = [(50, watches.LOST), (60, watches.node()), (70, watches.LOST), (80, watches.node())]
    assert times(stream(*((seconds, "Node", "pi01", state) for seconds, state in states), before=watches.WHOLE))["node_ready"] == 80.0


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(cluster(synchronous=False), id="without its synchronous standbys"),
        pytest.param(cluster(target="main-2"), id="while the primary moves"),
        pytest.param(cluster(ready=2), id="without a server"),
    ],
)
def test_what_is_not_whole(between):
    rows = [(5, cluster(ready=2)), (10, between), (20, cluster())]
    assert times(stream(*((seconds, "Cluster", "main", state) for seconds, state in rows), before=watches.WHOLE))["redundancy"] == 20.0


def test_what_was_so_before_the_fault_is_no_news():
    rows = [(-10, watches.node(cordoned=True)), (5, watches.node(cordoned=True, reason="other"))]
    seen = stream(*((seconds, "Node", "pi01", state) for seconds, state in rows), before=watches.WHOLE)
    assert times(seen, kind="drain")["cordoned"] is None


@pytest.mark.parametrize(
    ("until", "following"),
    [
        pytest.param(-1.0, "lease_stops", id="just injected"),
        pytest.param(51.0, "pod_deletion", id="the node is known to be lost"),
        pytest.param(57.0, "target_chosen", id="a new primary is looked for"),
        pytest.param(100.0, "node_ready", id="writes are taken again"),
        pytest.param(200.0, None, id="all is over"),
    ],
)
def test_what_is_waited_for(until, following):
    beside = Told(at(-0.1), True, at(73.1) if until > 73.1 else None)
    seen = [one for one in POWER_OFF if one.at <= at(until)]
    found = awaited(milestones(seen, START, beside, name="main", topology=MANY, kind="power_off", node="pi01"))
    assert (found and found.id) == following


def test_ids_are_unique_within_a_topology():
    for topology in (SINGLE, MANY):
        ids = [mark.id for mark in MARKS if topology in mark.topologies]
        assert len(ids) == len(set(ids))


@given(st.randoms(use_true_random=False), st.lists(st.integers(0, len(POWER_OFF) - 1), max_size=20), st.integers(-(10**9), 10**9))
@settings(max_examples=200, deadline=None)
def test_order_repetition_and_the_origin_of_the_clock_change_nothing(chance, again, shift):
    seen = [*POWER_OFF]
    for index in again:
        # A watch that begins anew tells how a thing is once more, until it changes.
        later = [one.at for one in POWER_OFF[index + 1 :] if (one.kind, one.name) == POWER_OFF[index][1:3]]
        seen.append(POWER_OFF[index]._replace(at=min([*later, at(200)]) - 1))
    chance.shuffle(seen)
    seen = [one._replace(at=one.at + shift) for one in seen]
    beside = Told(at(-0.1) + shift, True, at(73.1) + shift)
    found = milestones(seen, START + shift, beside, name="main", topology=MANY, kind="power_off", node="pi01")
    assert {one.id: round((one.at - START - shift) / 1e6, 3) for one in found} == POWER_OFF_TIMES


@given(st.floats(-20, 200))
@settings(max_examples=100, deadline=None)
def test_what_was_seen_stays_seen(until):
    """Except of what has to stay: later news may take back that a node is Ready or the cluster whole."""
    early = times([one for one in POWER_OFF if one.at <= at(until)])
    assert all(value in (None, POWER_OFF_TIMES[key]) for key, value in early.items())
