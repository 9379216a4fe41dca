# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_schema import SCHEMA
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports

COPY = Path(__file__).parents[5] / "docs" / "failover-report.schema.json"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_is_published_is_what_is_used():
    text = json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
    assert COPY.read_text(encoding="utf-8") == text, f"write {COPY.name} anew: json.dumps(SCHEMA, indent=2, ensure_ascii=False)"


def without(report, *path):
    *way, last = path
    for key in way:
        report = report[key]
    del report[last]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda report: without(report, "data", "lost"), id="losses are not told"),
        pytest.param(lambda report: without(report, "verdict"), id="no verdict"),
        pytest.param(lambda report: report.update(verdict="ok"), id="a verdict that there is not"),
        pytest.param(lambda report: report.update(more=1), id="a member that nobody knows"),
        pytest.param(lambda report: report.update(schema="pikube.stateful/failover-report/2"), id="another schema"),
        pytest.param(lambda report: report["run"].update(started="yesterday"), id="a time that is none"),
        pytest.param(lambda report: report["data"]["lost"].update(count=-1), id="fewer than none"),
        pytest.param(lambda report: report["data"]["lost"].update(first=[[1]]), id="a write without a number"),
        pytest.param(lambda report: report["series"].update(latency=[[0.0, 1.0]]), id="a row that is too short"),
        pytest.param(lambda report: report["checks"][0].update(verdict="maybe"), id="a check without a verdict"),
        pytest.param(lambda report: without(report, "undo", 0, "manual"), id="an undo without its command"),
        pytest.param(lambda report: report["outages"].update(predicted=[1.0]), id="half a band"),
    ],
)
def test_it_refuses(spoil):
    report = deepcopy(reports()["pass"])
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
