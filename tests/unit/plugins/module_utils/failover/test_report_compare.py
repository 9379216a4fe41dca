# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from copy import deepcopy

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_compare import FIGURES, campaign, compare
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports

REPORTS = reports()


def having(rto=61.3, lost=0, p50=4.3, verdict="pass", resolution=20):
    report = deepcopy(REPORTS["pass"])
    report["outages"].update(rto_seconds=rto, resolution_ms=resolution)
    report["data"].update(rpo_rows=lost, rpo_seconds=lost / 100)
    report["latency"]["before"]["p50_ms"] = p50
    report["verdict"] = verdict
    return report


@pytest.mark.parametrize(
    ("now", "earlier", "worse", "better"),
    [
        pytest.param(having(), having(), [], [], id="the same"),
        pytest.param(having(rto=68.0), having(rto=61.3), [], [], id="a little slower is the same"),
        pytest.param(having(rto=75.0), having(rto=61.3), ["rto_seconds"], [], id="slower"),
        pytest.param(having(rto=22.0), having(rto=61.3), [], ["rto_seconds"], id="faster"),
        pytest.param(having(rto=1.9), having(rto=1.0), [], [], id="less than a second is no change"),
        pytest.param(having(rto=9.0), having(rto=1.0, resolution=5000), [], [], id="two steps of what it was measured in are no change"),
        pytest.param(having(rto=None), having(rto=61.3), ["rto_seconds"], [], id="it did not end"),
        pytest.param(having(rto=61.3), having(rto=None), [], ["rto_seconds"], id="it ends now"),
        pytest.param(having(rto=None), having(rto=None), [], [], id="it never did"),
        pytest.param(having(lost=1), having(), ["rpo_rows", "rpo_seconds"], [], id="one lost row"),
        pytest.param(having(p50=40.0), having(p50=4.3), ["p50_before_ms"], [], id="slow disks"),
        pytest.param(having(p50=None), having(p50=4.3), [], [], id="a figure that there is not"),
    ],
)
def test_worse_and_better(now, earlier, worse, better):
    found = compare(now, earlier)
    assert (found["worse"], found["better"]) == (worse, better)
    turned = compare(earlier, now)
    if worse or better:
        assert (turned["worse"], turned["better"]) == (better, worse)


def test_a_figure_says_what_it_was_and_how_much_is_no_change():
    figure = compare(having(rto=22.0), having(rto=60.0))["figures"][0]
    assert figure == {
        "id": "rto_seconds",
        "what": "without writes",
        "now": 22.0,
        "earlier": 60.0,
        "tolerance": 9.0,
        "change": "better",
        "said": "22.0 s, it was 60.0 s",
    }
    assert compare(having(p50=None), having())["figures"][3]["change"] == "unknown"


@pytest.mark.parametrize(
    ("now", "earlier", "change"),
    [("pass", "pass", "same"), ("fail", "pass", "worse"), ("pass", "unknown", "better"), ("unknown", "fail", "better")],
)
def test_verdicts_have_an_order(now, earlier, change):
    assert compare(having(verdict=now), having(verdict=earlier))["verdict"] == change


def test_runs_of_other_faults_are_compared_with_a_warning():
    found = compare(REPORTS["split-brain"], REPORTS["pass"])
    assert (found["earlier"], found["comparable"]) == ("20261130T210433Z-power_off", False)
    assert found["why_not"] == ["the fault was power_off, now it is partition"]
    assert compare(REPORTS["pass"], REPORTS["pass"])["comparable"]


def test_a_campaign_is_told_by_fault():
    found = campaign([having(rto=20.0), having(rto=60.0), having(rto=25.0), having(rto=None, verdict="unknown"), REPORTS["null"]])
    assert (found["runs"], found["verdict"], list(found["faults"])) == (5, "unknown", ["power_off", "none"])
    power_off = found["faults"]["power_off"]
    assert {key: power_off[key] for key in ("runs", "pass", "fail", "unknown", "never")} == {
        "runs": 4,
        "pass": 3,
        "fail": 0,
        "unknown": 1,
        "never": 1,
    }
    assert power_off["figures"]["rto_seconds"] == {"n": 3, "min": 20.0, "median": 25.0, "max": 60.0}


def test_a_campaign_of_nothing_proves_nothing():
    assert campaign([]) == {"runs": 0, "verdict": "unknown", "faults": {}}
    assert campaign([REPORTS["pass"], REPORTS["split-brain"], REPORTS["unknown"]])["verdict"] == "fail"


def test_ids_of_figures_are_unique():
    assert len({figure.id for figure in FIGURES}) == len(FIGURES)
