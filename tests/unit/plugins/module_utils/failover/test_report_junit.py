# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_junit import junit
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports
from hypothesis import given
from hypothesis import strategies as st

REPORTS = reports()


def read(text):
    return ElementTree.fromstring(text.encode())  # noqa: S314 - our own text


@pytest.mark.parametrize("name", REPORTS)
def test_each_check_is_a_test_case_and_the_counts_are_right(name):
    report, suites = REPORTS[name], read(junit(REPORTS[name]))
    cases = list(suites.iter("testcase"))
    assert [each.get("name") for each in cases] == [f"{check['id']} {check['what']}" for check in report["checks"]]
    for element in (suites, suites.find("testsuite")):
        assert int(element.get("tests")) == len(cases)
        assert int(element.get("failures")) == len(list(suites.iter("failure")))
        assert int(element.get("skipped")) == len(list(suites.iter("skipped")))


@pytest.mark.parametrize(
    ("verdict", "kind", "message"),
    [
        pytest.param("pass", None, None, id="pass"),
        pytest.param("fail", "failure", "seen.", id="fail"),
        pytest.param("unknown", "skipped", "unknown: seen.", id="unknown is skipped, and says so"),
        pytest.param("not applicable", "skipped", "not applicable: seen.", id="not applicable"),
    ],
)
def test_how_a_check_ends(verdict, kind, message):
    check = {"id": "L4", "what": "all is there", "verdict": verdict, "evidence": "seen.", "cure": "look", "seconds": 1.25}
    case = read(junit({**REPORTS["pass"], "checks": [check]})).find("testsuite/testcase")
    found = next((each for each in case if each.tag in ("failure", "skipped")), None)
    assert case.get("time") == "1.250"
    assert (None if found is None else found.tag) == kind
    assert (None if found is None else found.get("message")) == message
    assert ("What to do: look" in "".join(case.itertext())) == (verdict == "fail")


def test_figures_are_properties():
    suite = read(junit(REPORTS["unknown"])).find("testsuite")
    assert {each.get("name"): each.get("value") for each in suite.iter("property")} == {
        "verdict": "unknown",
        "rto_seconds": "never",
        "rpo_rows": "0",
        "rpo_seconds": "0.0",
        "acknowledged": "6004",
        "unknown": "8",
        "resolution_ms": "20",
    }
    assert suite.get("timestamp") == "2026-11-30T21:04:19.250Z"


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_makes_a_document(text):
    check = {"id": text, "what": text, "verdict": "fail", "evidence": text, "cure": text, "seconds": 0.0}
    read(junit({**REPORTS["pass"], "checks": [check]}))
