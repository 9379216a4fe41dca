# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import jsonschema
import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.analysis import analyse
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import Result
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lanes import client
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import CHAIN_LETTERS, beginning, line
from ansible_collections.pikube.stateful.plugins.module_utils.failover.milestones import Milestone
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report import report
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_explain import explain
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_html import html
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_junit import junit
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_schema import SCHEMA
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Undone
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Findings
from ansible_collections.pikube.stateful.tests.unit.failover_histories import histories
from ansible_collections.pikube.stateful.tests.unit.failover_reports import MATERIALS, ZERO, analysis, at, null, passed, split_brain
from hypothesis import given, settings
from hypothesis import strategies as st


def valid(value):
    jsonschema.Draft202012Validator(SCHEMA).validate(value)


@pytest.mark.parametrize("name", MATERIALS)
def test_a_report_has_the_published_shape_and_is_plain(name):
    found = report(MATERIALS[name]())
    valid(found)
    assert json.loads(json.dumps(found)) == found


def test_times_are_seconds_from_the_fault_and_wall_time_is_for_people():
    found = report(passed())
    assert (found["run"]["started"], found["run"]["ended"]) == ("2026-11-30T21:04:19.250Z", "2026-11-30T21:08:49.250Z")
    assert (found["fault"]["at"], found["run"]["seconds"]) == ("2026-11-30T21:05:33.250Z", 270.0)
    assert found["phases"][2] == {"id": "steady", "from": -60.0, "to": 0.0}
    assert found["milestones"][8] == {"id": "first_ack", "what": "First acknowledged write", "at": 61.342, "because": "ledger"}
    assert found["outages"]["list"] == [{"from": 0.006, "to": 61.342, "seconds": 61.336, "classes": {"refused": 2610, "hung": 16}}]
    assert found["undo"][0]["at"] == 121.4


def test_a_run_without_a_fault_counts_from_the_beginning_of_its_load():
    found = report(null())
    assert found["fault"]["at"] is None
    assert found["phases"][2] == {"id": "steady", "from": 0.0, "to": 60.0}
    assert found["outages"] | {"by_class": None} == {
        "rto_seconds": 0.0, "predicted": [0.0, 0.0], "floor_seconds": None, "resolution_ms": 20, "by_class": None, "list": []
    }  # fmt: skip


def test_an_outage_that_did_not_end_lasts_until_the_run_does():
    found = report(replace(passed(), analysis=analysis(outages=[(10, None, {"refused": 3})], rto=None)))
    valid(found)
    assert found["outages"]["rto_seconds"] is None
    assert found["outages"]["list"] == [{"from": 10.0, "to": None, "seconds": 186.0, "classes": {"refused": 3}}]


def test_of_two_readings_the_worse_one_is_told():
    good, bad = analysis(), analysis(found=Findings(10, ((1, 2),), (), (), (), (), 0, 0))
    told = [report(replace(passed(), analysis=first, again=second))["data"] for first, second in ((good, bad), (bad, good), (bad, None))]
    assert [each["reading"] for each in told] == ["after the restore", "after the fault", "after the fault"]
    assert [each["lost"] for each in told] == [{"count": 1, "first": [[1, 2]]}] * 3


def test_the_first_20_of_what_is_wrong_are_named_and_all_are_counted():
    lost = report(split_brain())["data"]["lost"]
    assert (lost["count"], len(lost["first"]), lost["first"][:2]) == (312, 20, [[1, 1201], [1, 1202]])


def test_classes_that_nobody_met_are_told_and_others_are_not_hidden():
    found = report(replace(passed(), analysis=analysis(classes={"hung": 2.0, "lost": 1.25})))
    valid(found)
    assert found["outages"]["by_class"] == {"refused": 0.0, "hung": 2.0, "read-only": 0.0, "lost": 1.25}


def test_objects_are_read_as_mappings_are():
    material = passed()
    parts = {
        name: [SimpleNamespace(**each) for each in getattr(material, name)] for name in ("milestones", "checks", "undo")
    }  # fmt: skip
    assert report(replace(material, **parts)) == report(material)


def test_what_has_no_cure_and_no_command_has_empty_ones():
    bare = {"id": "L4", "what": "all is there", "verdict": "pass", "evidence": "it is"}
    found = report(replace(passed(), checks=[bare], undo=[{"id": "1", "what": "uncordon", "done": True}]))
    valid(found)
    assert found["checks"] == [{**bare, "cure": "", "seconds": 0.0}]
    assert found["undo"] == [{"id": "1", "what": "uncordon", "node": None, "done": True, "at": None, "problem": "", "manual": ""}]


def test_the_moment_of_the_clock_is_any_moment():
    material = passed()
    moved = replace(material, clock=type(material.clock)(ZERO - 50_000_000, material.clock.wall - 50))
    assert report(moved) == report(material)
    assert report(replace(moved, ended_at=at(1000)))["run"]["ended"] == "2026-11-30T21:22:13.250Z"


def lines(run, events):
    chain = beginning(run)
    for event in events:
        text = line(chain, event)
        chain = text[:CHAIN_LETTERS]
        yield text


@given(histories(), st.booleans(), st.booleans())
@settings(max_examples=60)
def test_what_the_other_parts_make_is_read_as_it_is(history, fault, loss):
    rows = history.rows[1:] if loss else history.rows
    begin, end = history.events[0].at, history.events[-1].at
    zero = (begin + end) // 2 if fault else None
    found = analyse(lines("x", history.events), rows, "x", zero, end)
    made = report(
        replace(
            passed(),
            began_at=begin,
            ended_at=end + 1_000_000,
            fault_at=zero,
            analysis=found,
            lanes=[{"group": "client", "name": "writes", "spans": client(found.outages, begin, end)}],
            milestones=[Milestone("fault", "fault injected", zero, "said so")],
            checks=[Result("L4", "all is there", "pass", "it is.", "", True)],
            undo=[Undone("1", "uncordon", "pi02 can be used again", "pi02", False, None, "kubectl uncordon pi02", "no route")],
            phases=[("steady", begin, None)],
        )
    )
    valid(made)
    assert made["data"]["rpo_rows"] == made["data"]["lost"]["count"] == len(found.findings.lost)
    assert made["undo"][0]["problem"] == "no route"
    assert len(html(made)) > len(junit(made)) > 0
    assert explain(made)


def test_a_run_that_measured_nothing_says_so_and_proves_nothing():
    made = report(replace(passed(), analysis=None, verdict="unknown", because=["the ledger is not what was written"]))
    valid(made)
    assert "No write was measured; nothing was acknowledged, so nothing is proven." in html(made)
    assert "outage   not known, nothing was measured" in explain(made)
    assert "not known" in html(made)
    assert junit(made)
