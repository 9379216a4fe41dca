# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, Band
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import BESIDE_PRIMARY, NOBODY, Victim, plan, shown
from ansible_collections.pikube.stateful.tests.unit.failover_situations import (
    UID,
    alone,
    options,
    plus,
    pod,
    replicated,
    with_,
    without,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("kind", "wanted", "victim"),
    [
        pytest.param("pod_delete", "", ("pi01", "main-1", "primary"), id="by default the primary"),
        pytest.param("crash", "", ("pi01", "main-1", "primary"), id="by default its node"),
        pytest.param("drain", "pi02", ("pi02", "main-2", "standby"), id="a node with a standby"),
        pytest.param("pod_delete", "main-3", ("pi03", "main-3", "standby"), id="a pod"),
        pytest.param("pod_delete", "pi01", ("pi01", "main-1", "primary"), id="the server on a node"),
        pytest.param("none", "", ("pi01", "main-1", "primary"), id="nobody is hit, and the primary is named"),
    ],
)
def test_victim(kind, wanted, victim):
    found = plan(replicated(), options(kind, victim=wanted))
    assert (found.victim, found.refusals) == (Victim(*victim, f"uid-{victim[1]}"), ())


def test_a_node_without_a_server_can_be_drained():
    situation = without("pods", "main-0")(alone())
    situation = plus("pods", pod("main-0", "pi02", {"pikube.stateful/server": "main"}, "data-main-0"))(situation)
    found = plan(situation, options("drain", victim="pi03"))
    assert (found.victim, found.predicted, found.refusals) == (Victim("pi03", "", ""), BESIDE_PRIMARY, ())


@pytest.mark.parametrize(
    ("kind", "wanted", "words"),
    [
        pytest.param("drain", "pi09", ('"pi09"', "pi01, pi02, pi03", "main-1 on pi01"), id="no such node"),
        pytest.param("pod_delete", "web-1", ('"web-1"',), id="a pod of somebody else"),
    ],
)
def test_unknown_victim(kind, wanted, words):
    found = plan(replicated(), options(kind, victim=wanted))
    assert (found.victim, found.predicted, [row.code for row in found.refusals]) == (NOBODY, None, ["unknown-victim"])
    assert all(word in found.refusals[0].text for word in words)


def test_a_node_without_a_server_has_no_postmaster():
    found = plan(alone(), options("postmaster_kill", victim="pi03"))
    assert [row.code for row in found.refusals] == ["unknown-victim"]
    assert "no server of the database is on pi03" in found.refusals[0].text


def test_unknown_kind():
    found = plan(replicated(), options("earthquake"))
    assert [row.code for row in found.refusals] == ["unknown-kind"]
    assert "power_off" in found.refusals[0].text
    assert "earthquake" in shown(found)


def test_what_is_done_to_a_node_that_is_off_needs_one():
    assert [row.code for row in plan(replicated(), options("crash", fence=True)).refusals] == ["nothing-proven-off"]
    assert plan(replicated(), options("power_off", fence=True)).refusals == ()


def test_everything_is_refused_at_once():
    found = plan(with_(voters=None, settings=None, reached=())(replicated()), options("crash", allow=""))
    assert {"voters-unknown", "settings-unknown", "no-commands", "not-opted-in"} <= {row.code for row in found.refusals}


@pytest.mark.parametrize(
    ("kind", "more", "grace", "band", "floor"),
    [
        pytest.param("none", {}, 50.0, Band(0.0, 0.0), None, id="no fault, no outage"),
        pytest.param("drain", {}, 50.0, FAULTS["drain"].band("cluster"), None, id="a drain waits for nobody"),
        pytest.param("power_off", {}, 50.0, FAULTS["power_off"].band("cluster"), 50.0, id="a lost node has to be noticed"),
        pytest.param("power_off", {}, 20.0, FAULTS["power_off"].band("cluster", "", 20.0), 20.0, id="by the grace of this cluster"),
        pytest.param("power_off", {"fence": True}, 50.0, FAULTS["power_off"].band("cluster", "fence"), None, id="unless it is fenced"),
        pytest.param("power_off", {"taint": True}, 50.0, FAULTS["power_off"].band("cluster", "taint"), 50.0, id="or tainted"),
        pytest.param("power_off", {"victim": "pi02"}, 50.0, BESIDE_PRIMARY, 50.0, id="a standby's node"),
    ],
)
def test_predicted(kind, more, grace, band, floor):
    found = plan(with_(grace_seconds=grace)(replicated()), options(kind, **more))
    assert (found.predicted, found.floor_seconds) == (band, floor)


@pytest.mark.parametrize(
    ("kind", "more", "words", "missing"),
    [
        pytest.param("none", {}, ["pikube_failover"], ["pi01"], id="no fault touches no node"),
        pytest.param("pod_delete", {}, ["pod database/main-1 on pi01 (primary)"], ["cordoned"], id="a pod"),
        pytest.param("drain", {}, ["pi01: cordoned, and given back", "database/web-1"], ["agent-x"], id="a drain and what it takes"),
        pytest.param("partition", {}, ["pi01: commands as root", "kube-system/agent-x"], ["cordoned"], id="commands"),
        pytest.param("power_off", {"taint": True}, ["power is cut", "out-of-service"], ["by force"], id="power and a taint"),
        pytest.param("power_off", {"fence": True}, ["database/main-1: deleted by force"], [], id="a fence"),
    ],
)
def test_touches(kind, more, words, missing):
    text = "\n".join(plan(replicated(), options(kind, **more)).touches)
    assert all(word in text for word in words), text
    assert not any(word in text for word in missing), text


def test_many_pods_are_counted():
    crowd = plus("pods", *(pod(f"web-{number:02}", "pi01", {}, owner="ReplicaSet") for number in range(20)))
    assert any("and 14 more" in line for line in plan(crowd(replicated()), options("drain")).touches)


def test_shown():
    text = shown(plan(replicated(), options("drain")))
    assert text.splitlines()[0] == "plan: drain of pi01 (primary main-1), cluster database/main"
    assert "predicted: 1 to 45 s without writes" in text
    assert "nothing speaks against it" in text
    assert "kube-controller-manager: pi02" in text
    assert "refused" not in text


def test_shown_with_what_speaks_against_it():
    text = shown(plan(with_(backup_hours=None)(replicated()), options("power_off", allow="", power=frozenset())))
    assert "not-opted-in (P15)" in text
    assert UID in text
    assert "no-power-commands (P14)" in text
    assert "no-backup (P13)" in text
    assert "the cluster notices a lost node after 50 s" in text
    assert text.endswith("nothing is injected: 2 things speak against it")


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        pytest.param(replicated, "none", "predicted: no outage", id="no fault"),
        pytest.param(alone, "power_off", "no writes after 45 s", id="a server alone waits for its node"),
        pytest.param(alone, "kubelite_stop", "until the fault is undone", id="a server that nobody commands"),
    ],
)
def test_shown_bands(make, kind, words):
    assert words in shown(plan(make(), options(kind)))


LISTS = ("nodes", "leases", "pods", "claims", "volumes", "budgets", "rows", "standbys")


@given(
    st.sampled_from([replicated, alone]),
    st.sampled_from(list(FAULTS)),
    st.sampled_from(["", "pi01", "pi02", "main-1", "main-0", "nobody"]),
    st.lists(st.tuples(st.sampled_from(LISTS), st.integers(0, 5)), max_size=8),
    st.booleans(),
)
def test_whatever_is_missing_a_plan_is_made_and_can_be_kept(make, kind, victim, gone, bare):
    situation = make()
    for field, place in gone:
        left = list(getattr(situation, field))
        situation = with_(**{field: left[:place] + left[place + 1 :]})(situation)
    if bare:
        situation = with_(server=None, settings=None, standbys=None, voters=None, servers=None)(situation)
    found = plan(situation, options(kind, victim=victim))
    assert json.loads(json.dumps(found.facts()))["allowed"] == found.allowed == (not found.refusals)
    assert shown(found).startswith(f"plan: {kind}")
    assert all(row.text and "{" not in row.text for row in (*found.refusals, *found.warnings))


@pytest.mark.parametrize("besides", [{"fence": True}, {"taint": True}, {}])
def test_a_server_alone_waits_for_the_node_monitor_whatever_is_done_besides(besides):
    found = plan(with_(grace_seconds=50.0)(alone()), options("power_off", **besides))
    assert found.floor_seconds == 50.0
    assert found.predicted.low >= 45.0
    assert (found.predicted.high is None) is (not besides)
