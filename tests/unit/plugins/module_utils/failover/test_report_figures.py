# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_figures import figures
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports


def told(report, comparison=None):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", figures(report, comparison)))


def places(report):
    return {kind: float(at) for kind, at in re.findall(r'class="(floor|took)" style="left:([\d.]+)%', figures(report))}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("pass", ["61.3 s", "within what was predicted", "predicted 45 to 75 s", "floor 50 s", "0 rows", "20 ms"], id="pass"),
        pytest.param("split-brain", ["60.0 s", "slower than predicted", "312 rows", "1 there twice", "read after the restore"], id="fail"),
        pytest.param("unknown", ["not over", "0 there, 8 absent: neither is a loss"], id="no end"),
        pytest.param("null", ["0 s", "of 18,062 acknowledged", "each client was told"], id="no fault"),
    ],
)
def test_what_is_told(name, words):
    text = told(reports()[name])
    assert [word for word in words if word not in text] == []


def test_the_scale_shows_what_was_measured_beside_the_floor():
    found = places(reports()["pass"])
    assert found["took"] / found["floor"] == pytest.approx(61.336 / 50, rel=0.001)
    assert places(reports()["null"]) == {}


@pytest.mark.parametrize("predicted", [[45.0, 75.0], [30.0, None], [0.0, 5.0], None])
@pytest.mark.parametrize("took", [0.0, 61.3, 4000.0, None])
def test_nothing_leaves_the_scale(predicted, took):
    report = reports()["pass"]
    report["outages"].update(predicted=predicted, rto_seconds=took)
    text = figures(report)
    bands = [float(left) + float(width) for left, width in re.findall(r"left:([\d.]+)%;width:([\d.]+)%", text)]
    assert all(0 <= place <= 100.01 for place in (*bands, *places(report).values()))


def test_a_comparison_is_told_beside_its_figure():
    change = {"figures": [{"id": "rto_seconds", "change": "worse", "said": "61.3 s, it was 20.0 s"}]}
    assert "worse than before: 61.3 s, it was 20.0 s" in told(reports()["pass"], change)
    assert "before" not in told(reports()["pass"], {"figures": [{"id": "rto_seconds", "change": "unknown", "said": ""}]})
