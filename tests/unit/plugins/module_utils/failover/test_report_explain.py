# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_compare import compare
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_explain import explain
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports

REPORTS = reports()


@pytest.mark.parametrize("name", REPORTS)
def test_it_is_short_and_begins_with_the_verdict(name):
    lines = explain(REPORTS[name], "reports/x/report.html").splitlines()
    assert len(lines) <= 18
    assert lines[0].startswith(f"{REPORTS[name]['verdict'].upper()}: ")
    assert lines[-1] == "report   reports/x/report.html"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("pass", "outage   61.3 s, predicted 45 to 75 s, floor 50 s, measured to 20 ms: refused 49.2 s, hung 12.1 s"),
        ("pass", "data     18,062 acknowledged, 0 lost, 450 failed, 8 unknown (3 there, 5 absent)"),
        ("pass", "latency  median / p99: before 4.3 ms / 11 ms, during 212 ms / 940 ms, after 4.6 ms / 38 ms"),
        ("pass", "checks   10 pass, 2 not applicable"),
        ("pass", "undo     The one change is undone and checked"),
        ("split-brain", "data     17,640 acknowledged, 312 lost (24.1 s of writes), 450 failed, 11 unknown (0 there, 11 absent)"),
        ("split-brain", "  - S1: two servers took writes at the same time for 24.1 s: main-2 and main-3"),
        ("split-brain", "  by hand on pi02: ssh pi02 sudo nft delete table inet pikube_failover"),
        ("unknown", "outage   it is not over, predicted 45 to 75 s, floor 50 s, measured to 20 ms: refused 2 min 30 s, hung 34.0 s"),
        ("null", "outage   none, measured to 20 ms"),
    ],
)
def test_a_line(name, line):
    assert line in explain(REPORTS[name]).splitlines()


def test_steps_are_those_after_the_fault_in_their_order():
    line = next(line for line in explain(REPORTS["pass"]).splitlines() if line.startswith("steps"))
    assert line.startswith("steps    pi02 NotReady +50.2 s, pi02 tainted unreachable +50.3 s")
    assert "renews" not in line


def test_more_than_three_checks_are_counted():
    report = {**REPORTS["pass"], "checks": [{**REPORTS["pass"]["checks"][0], "verdict": "fail", "cure": "Look."}] * 5}
    lines = explain(report).splitlines()
    assert sum(line.startswith("  fail L4") and line.endswith("Look.") for line in lines) == 3
    assert "  and 2 more" in lines


def test_an_earlier_report_is_one_line():
    line = explain(REPORTS["split-brain"], comparison=compare(REPORTS["split-brain"], REPORTS["pass"])).splitlines()[-1]
    assert line == (
        "before   20261130T210433Z-power_off: rows lost worse (312 rows, it was 0 rows), seconds of writes lost worse (24.1 s, it was 0 s);"
        " not quite comparable: the fault was power_off, now it is partition"
    )
    assert explain(REPORTS["pass"], comparison=compare(REPORTS["pass"], REPORTS["pass"])).endswith("power_off: no change")
