# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_states import HAPPENED
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "never", id="none"),
        pytest.param(0.0, "0 s", id="nothing"),
        pytest.param(0.0004, "0 s", id="less than half a millisecond"),
        pytest.param(0.02, "20 ms", id="milliseconds"),
        pytest.param(0.949, "949 ms", id="almost a second"),
        pytest.param(0.96, "1.0 s", id="about a second"),
        pytest.param(61.336, "61.3 s", id="seconds"),
        pytest.param(99.96, "100 s", id="three digits"),
        pytest.param(119.9, "120 s", id="two minutes, almost"),
        pytest.param(120.0, "2 min 00 s", id="two minutes"),
        pytest.param(725.4, "12 min 05 s", id="minutes"),
        pytest.param(-3.1, "-3.1 s", id="before"),
        pytest.param(-181.0, "-3 min 01 s", id="long before"),
    ],
)
def test_seconds(value, text):
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "not seen"), (0.0, "0 s"), (6.1, "+6.1 s"), (-0.004, "-4 ms"), (180.0, "+3 min 00 s")],
)
def test_moments(value, text):
    assert words.moment(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "none"), (4.31, "4.3 ms"), (9.96, "10 ms"), (944.1, "944 ms"), (1800.0, "1.8 s")])
def test_milliseconds(value, text):
    assert words.milliseconds(value) == text


@pytest.mark.parametrize(
    ("predicted", "took", "band", "beside"),
    [
        pytest.param(None, 5.0, "", "", id="nothing was predicted"),
        pytest.param([45.0, 75.0], 61.3, "45 to 75 s", "within", id="within"),
        pytest.param([45.0, 75.0], 80.0, "45 to 75 s", "slower", id="slower"),
        pytest.param([45.0, 75.0], 12.0, "45 to 75 s", "faster", id="faster"),
        pytest.param([45.0, 75.0], None, "45 to 75 s", "slower", id="it did not end"),
        pytest.param([30.0, None], None, "until the undo", "within", id="it was not to end"),
        pytest.param([0.0, 0.0], 0.0, "0 s", "within", id="none was to be"),
        pytest.param([90.0, 240.0], 100.0, "90.0 s to 4 min 00 s", "within", id="minutes"),
    ],
)
def test_an_outage_beside_its_prediction(predicted, took, band, beside):
    report = {"outages": {"predicted": predicted, "rto_seconds": took}}
    assert (words.band(report), words.beside_band(report)) == (band, beside)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pass", "pi02 (pod main-2) lost its power. Writes were taken again after 61.3 s; all 18,062 acknowledged rows are there."),
        (
            "split-brain",
            "pi02 (pod main-2) was cut off the network. Writes were taken again after 60.0 s; 312 of 17,640 acknowledged rows are lost;"
            " 1 row there twice.",
        ),
        (
            "unknown",
            "pi02 (pod main-2) crashed. Writes were not taken again while the run watched; all 6,004 acknowledged rows are there.",
        ),
        ("null", "Nothing was injected. No write was refused; all 18,062 acknowledged rows are there."),
    ],
)
def test_the_headline(name, text):
    assert words.headline(reports()[name]) == text


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        pytest.param({"kind": "pod_delete", "victim_node": "pi02", "victim_pod": "main-2"}, "Pod main-2 was deleted", id="a pod"),
        pytest.param({"kind": "drain", "victim_node": "pi02", "victim_pod": None}, "pi02 was drained", id="a node without a pod"),
        pytest.param({"kind": "crash", "victim_node": None, "victim_pod": None}, "A node crashed", id="nobody"),
        pytest.param({"kind": "flood", "victim_node": "pi02", "victim_pod": None}, "Fault flood on pi02", id="a kind of later days"),
    ],
)
def test_what_happened(fault, text):
    assert words.happened({"fault": fault}) == text


def test_a_run_without_a_fault_has_a_title_of_its_own():
    assert [words.title(reports()[name]) for name in ("pass", "null")] == ["The data survived", "No false alarm"]


def test_every_fault_has_its_past_tense():
    assert set(HAPPENED) == set(FAULTS)


def test_nothing_acknowledged_proves_nothing():
    report = reports()["pass"]
    report["data"]["acknowledged"] = 0
    assert words.data(report) == "nothing was acknowledged, so nothing is proven"


@pytest.mark.parametrize(
    ("done", "text"),
    [
        ([], "There was nothing to undo"),
        ([True], "The one change is undone and checked"),
        ([True, True], "All 2 changes are undone and checked"),
        ([True, False], "1 of 2 changes is not undone"),
        ([False, False], "2 of 2 changes are not undone"),
    ],
)
def test_what_is_undone(done, text):
    assert words.undone({"undo": [{"done": each} for each in done]}) == text


def test_checks_that_need_somebody_come_first():
    found = words.checks(reports()["split-brain"])
    assert [each["id"] for each in found][:4] == ["S1", "L4", "L5", "T2"]
    assert found[-1]["verdict"] == "not applicable"
