# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A course that went well, told as a conductor tells it, and changed in one place by each test."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import Moment
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Course, Wanted
from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import entry
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Injected
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Options as HowToInject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judgement import Around, judged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, CHAIN_LETTERS, FAILED, INTENT, Event, beginning
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import line as ledger_line
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_schema import SCHEMA
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Options
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Row
from ansible_collections.pikube.stateful.tests.unit import failover_runs
from ansible_collections.pikube.stateful.tests.unit.failover_situations import UID, options, replicated
from ansible_collections.pikube.stateful.tests.unit.failover_watches import START, WHOLE, at, cluster, endpoints, node, pod, stream

RUN = "20261130T210533Z-drain"
AROUND = Around("database/main", "0.3.0", "reports/x/ledger.txt")
WANTED = Wanted(Options("drain", allow=UID), LoadPlan(), HowToInject())
OUTAGE = (0.5, 6.5)  # seconds

# The node is drained, main-2 takes over, and the pod comes back.
SEEN = stream(
    (0.1, "Node", "pi01", node(cordoned=True)),
    (0.4, "Pod", "main-1", pod(1, "primary", deleting="2026-11-23T10:01:30Z")),
    (1.0, "Cluster", "main", cluster(target="main-2", ready=2)),
    (2.0, "Pod", "main-1", None),
    (5.9, "Pod", "main-2", pod(2, "primary")),
    (6.0, "Cluster", "main", cluster("main-2", ready=2, timeline=2)),
    (6.1, "EndpointSlice", "main-outside-a", endpoints(2)),
    (6.2, "EndpointSlice", "main-rw-b", endpoints(2, service="main-rw")),
    (25.0, "Node", "pi01", node()),
    (27.0, "Pod", "main-1", pod(1, uid="uid-4", started="s2")),
    (28.0, "Cluster", "main", cluster("main-2", timeline=2)),
    before=WHOLE,
    until=40.0,
)


def events(fault=True):
    """A write each 100 ms of one writer from -20 s to 30 s; in the outage all fail."""
    found = []
    for number in range(1, 501):
        began = at(-20.0 + number / 10)
        there = entry(RUN, 1, number, 100)
        away = fault and OUTAGE[0] <= -20.0 + number / 10 < OUTAGE[1]
        server = "10.1.2.9" if fault and -20.0 + number / 10 > 3 else "10.1.1.9"
        found.append(Event(began, INTENT, 1, number, there.checksum))
        found.append(Event(began + 4_000, FAILED, 1, number, "refused") if away else Event(began + 4_000, ACKED, 1, number, server))
    return found


def ledger(found):
    chain, lines = beginning(RUN), []
    for event in found:
        lines.append(ledger_line(chain, event))
        chain = lines[-1][:CHAIN_LETTERS]
    return lines


def rows(found, until=None):
    return [
        Row(event.writer, event.number, entry(RUN, event.writer, event.number, 100).checksum)
        for event in found
        if event.kind == ACKED and (until is None or event.at <= until)
    ]


def course(kind="drain", **more):
    fault = kind != "none"
    found, known = events(fault), failover_runs.drained() if fault else failover_runs.untouched()
    read_at = at(20.0)
    phases = [(name, at(begin), at(end)) for name, begin, end in (("plan", -22.0, -20.0), ("steady", -20.0, 0.0), ("judge", 30.0, 33.0))]
    return Course(
        **{
            "run": RUN,
            "began": Moment(at(-22.0), 1_796_072_733.25),
            "plan": plan(replicated(), options(kind)),
            "situation": replicated(),
            "steady": {"acked": 200, "failed": 0, "unknown": 0},
            "injected": Injected(kind, START, START + 300_000, {"cordoned": True} if fault else {}),
            "rows": rows(found, read_at),
            "read_at": read_at,
            "rows_again": rows(found),
            "before": known.before,
            "after": known.after,
            "baseline_before": known.baseline_before,
            "baseline_after": known.baseline_after,
            "leftovers": [],
            "undone": tuple(row._replace(at=at(25.0)) for row in known.undo),
            "observations": tuple(SEEN) if fault else tuple(stream(before=WHOLE, until=40.0)),
            "rounds": tuple(known.rounds),
            "streaming": at(28.0) if fault else None,
            "rows_left": "",
            "load_ended_at": at(30.0),
            "load": {"acknowledged": 440},
            "resolution_ms": 20.0,
            "phases": tuple(phases),
            "whole": True,
            **more,
        }
    )


def report(one, around=AROUND, wanted=WANTED, lines=None):
    made = judged(one, lines or ledger(events(one.plan.kind != "none")), wanted, around, 50.0)
    jsonschema.validate(json.loads(json.dumps(made)), SCHEMA)
    return made


def verdicts(made):
    return {row["id"]: row["verdict"] for row in made["checks"]}


def test_a_drain_that_went_well_passes():
    made = report(course())
    assert {name: verdict for name, verdict in verdicts(made).items() if verdict not in ("pass", "not applicable")} == {}
    assert made["verdict"] == "pass"
    assert made["outages"]["rto_seconds"] == pytest.approx(6.0, abs=0.2)
    assert made["outages"]["predicted"] == [1.0, 45.0]
    assert (made["data"]["acknowledged"], made["data"]["failed"], made["data"]["rpo_rows"]) == (440, 60, 0)
    assert made["run"]["cluster_uid"] == UID
    assert (made["fault"]["kind"], made["fault"]["victim_node"], made["fault"]["victim_pod"]) == ("drain", "pi01", "main-1")
    assert made["fault"]["options"] == {"cordoned": True}
    assert made["ledger"]["path"] == AROUND.ledger
    # From the beginning of the run to the end of its last phase.
    assert made["run"]["seconds"] == pytest.approx(55.0)


def test_times_are_counted_from_the_fault():
    made = report(course())
    marks = {row["id"]: row["at"] for row in made["milestones"]}
    assert marks["fault"] == 0.0
    assert (marks["labelled"], marks["promoted"]) == (pytest.approx(5.9, abs=0.01), pytest.approx(6.0, abs=0.01))
    assert next(row["from"] for row in made["phases"] if row["id"] == "steady") == -20.0


def test_a_run_without_a_fault_passes():
    made = report(course("none"))
    assert (made["verdict"], made["outages"]["rto_seconds"], made["fault"]["at"]) == ("pass", 0.0, None)
    assert verdicts(made)["C0"] == "pass"
    assert {name: verdict for name, verdict in verdicts(made).items() if verdict not in ("pass", "not applicable")} == {}


def lacking(found, number):
    return [row for row in found if row.number != number]


def test_a_row_that_is_gone_after_the_outage_fails():
    one = course()
    made = report(replace(one, rows=lacking(one.rows, 100), rows_again=lacking(one.rows_again, 100)))
    assert (made["verdict"], verdicts(made)["L4"], made["data"]["rpo_rows"]) == ("fail", "fail", 1)
    assert made["data"]["lost"]["first"] == [[1, 100]]


def test_a_row_that_is_gone_only_when_the_node_is_back_fails():
    one = course()
    made = report(replace(one, rows_again=lacking(one.rows_again, 100)))
    assert (made["verdict"], verdicts(made)["L4"], verdicts(made)["L5"]) == ("fail", "pass", "fail")
    assert made["data"]["rpo_rows"] == 1


def test_rows_written_after_the_first_reading_are_not_missed_in_it():
    made = report(course())
    assert made["data"]["rpo_rows"] == 0
    assert verdicts(made)["L4"] == "pass"


@pytest.mark.parametrize(
    ("without", "checks"),
    [
        pytest.param({"rows": None}, {"L4": "unknown", "L5": "pass"}, id="the first time"),
        pytest.param({"rows_again": None}, {"L4": "pass", "L5": "unknown"}, id="the second time"),
        pytest.param({"rows": None, "rows_again": None}, {"L4": "unknown", "L5": "unknown"}, id="both times"),
    ],
)
def test_rows_that_could_not_be_read_prove_nothing(without, checks):
    made = report(course(**without))
    assert made["verdict"] == "unknown"
    assert {name: verdicts(made)[name] for name in checks} == checks


def test_a_problem_takes_a_pass_away_and_comes_first():
    made = report(course(problem="the cluster was not whole again after 900 s: node pi01 is not Ready"))
    assert (made["verdict"], made["because"][0]) == ("unknown", "the cluster was not whole again after 900 s: node pi01 is not Ready.")


def test_a_problem_does_not_make_a_failure_better():
    one = course(problem="the cluster was not whole again")
    made = report(replace(one, rows=lacking(one.rows, 100), rows_again=lacking(one.rows_again, 100)))
    assert made["verdict"] == "fail"
    assert made["because"][0] == "the cluster was not whole again."


def test_a_fault_that_was_not_injected_is_no_verification():
    made = report(course(injected=None, problem="the fault was not injected as planned: no", rows=None))
    assert made["verdict"] in ("unknown", "fail")
    assert made["because"][0] == "the fault was not injected as planned: no."
    assert (made["fault"]["at"], made["fault"]["options"]) == (None, {})


@pytest.mark.parametrize("without", ["before", "after", "baseline_before", "baseline_after", "leftovers", "load", "rows_left"])
def test_what_could_not_be_gathered_is_no_error_and_no_proof(without):
    made = report(course(**{without: None}))
    assert made["verdict"] in ("pass", "unknown")
    if without in ("before", "after"):
        assert made["verdict"] == "unknown" or "unknown" in verdicts(made).values()


def test_nothing_was_seen_at_all():
    made = report(course(observations=(), rounds=(), streaming=None))
    assert made["verdict"] == "unknown"
    assert made["lanes"]


@pytest.mark.parametrize(
    ("limit", "outage_seconds", "expected"),
    [
        pytest.param(5.0, 300.0, "fail", id="a limit of its own"),
        pytest.param(10.0, 300.0, "pass", id="a limit that is kept"),
        pytest.param(None, 300.0, "pass", id="by default the longest outage that is waited for"),
        pytest.param(None, 4.0, "fail", id="which may be short"),
        pytest.param(10.0, 4.0, "pass", id="a limit counts more than that"),
    ],
)
def test_how_long_an_outage_may_be(limit, outage_seconds, expected):
    made = report(course(), AROUND._replace(limit_seconds=limit), replace(WANTED, outage_seconds=outage_seconds))
    assert verdicts(made)["T2"] == expected


def test_a_ledger_that_was_changed_proves_nothing():
    lines = ledger(events())
    lines[10] = lines[10].replace("acked", "failed").replace("intent", "acked")
    with pytest.raises(FailoverError, match="is not what was written"):
        report(course(), lines=lines)


def test_the_environment_is_what_nodes_and_servers_say():
    found = report(course())["environment"]
    assert [row["name"] for row in found["nodes"]] == ["pi01", "pi02", "pi03"]
    assert (found["kubernetes"], found["grace_seconds"]) == ("v1.33.4", 50.0)
    assert found["synchronous"] == 'ANY 1 ("main-2","main-3")'
    assert found["leads"] == {"kube-controller-manager": "pi02"}
    assert report(course(before=None))["environment"]["postgres"] == ""
