# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import failover_campaign as plugin
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report import report
from ansible_collections.pikube.stateful.tests.unit.failover_reports import passed, split_brain, stalled

failover_campaign = plugin.FilterModule().filters()["failover_campaign"]


@pytest.fixture
def files(tmp_path):
    def write(*materials):
        paths = []
        for turn, material in enumerate(materials):
            path = tmp_path / f"{turn}" / "report.json"
            path.parent.mkdir()
            path.write_text(json.dumps(report(material)))
            paths.append(str(path))
        return paths

    return write


def test_reports_together(files):
    found = failover_campaign(files(passed(), passed(), split_brain(), stalled()))
    assert json.loads(json.dumps(found)) == found
    assert (found["runs"], found["verdict"]) == (4, "fail")
    faults = found["faults"]
    assert set(faults) == {"power_off", "partition", "crash"}
    assert (faults["power_off"]["runs"], faults["power_off"]["pass"], faults["partition"]["fail"]) == (2, 2, 1)
    assert (faults["crash"]["unknown"], faults["crash"]["never"]) == (1, 1)
    figure = faults["power_off"]["figures"]["rto_seconds"]
    assert figure == {"n": 2, "min": 61.336, "median": 61.336, "max": 61.336}


def test_one_report_is_a_campaign(files):
    assert failover_campaign(files(passed()))["verdict"] == "pass"


def test_a_path_below_home(files, monkeypatch, tmp_path):
    files(passed())
    monkeypatch.setenv("HOME", str(tmp_path))
    assert failover_campaign(["~/0/report.json"])["runs"] == 1


@pytest.mark.parametrize(
    "text",
    [None, "", "no JSON", "[]", "{}", '{"verdict": "pass"}', '{"fault": {"kind": "drain"}, "verdict": "pass"}', "\udcff"],
    ids=["not there", "empty", "not JSON", "a list", "an empty object", "half a report", "a little more", "no text"],
)
def test_what_is_no_report_is_an_error_that_names_it(tmp_path, text):
    path = tmp_path / "x.json"
    if text is not None:
        path.write_text(text, errors="surrogateescape")
    with pytest.raises(AnsibleFilterError, match=r"^failover_campaign: not all of .*x\.json.* are reports of failover_verify: "):
        failover_campaign([str(path)])


@pytest.mark.parametrize("paths", [None, 7, [7]], ids=["nothing", "a number", "a list of numbers"])
def test_what_are_no_paths(paths):
    with pytest.raises(AnsibleFilterError, match=r"^failover_campaign: "):
        failover_campaign(paths)


def test_results_are_documented(files):
    told = yaml.safe_load(plugin.RETURN)["_value"]["description"][0]
    found = failover_campaign(files(passed()))
    names = {*found, *found["faults"]["power_off"], *found["faults"]["power_off"]["figures"]["rto_seconds"]}
    assert {name for name in names if f"C({name})" not in told} == set()
