# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from xml.etree import ElementTree

from ansible_collections.pikube.stateful.plugins.module_utils.audit import render
from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import ERROR, NEVER, audit
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import Snapshot
from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.unseen import UNSEEN
from ansible_collections.pikube.stateful.tests.unit import audit_worlds as w


def result(fail_on=ERROR, facts=True, **more):
    world = w.clean().put("StorageClass", w.storage_class("second", default=True), w.storage_class("standard"))
    world.put("PersistentVolume", w.volume("old\x01", phase="Released"))
    return audit(CHECKS, UNSEEN, Snapshot(world, world.facts if facts else None, world.rows), fail_on=fail_on, **more)


def parsed(found, fail_on=ERROR):
    return ElementTree.fromstring(render.junit(CHECKS, found, fail_on).encode())  # noqa: S314


def test_junit_has_a_case_for_each_check():
    suite = parsed(result())
    assert [case.get("name").split()[0] for case in suite] == [check.id for check in CHECKS]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped"), suite.get("errors")) == (str(len(CHECKS)), "1", "0", "0")
    failed = [case for case in suite if case.find("failure") is not None]
    assert [case.get("name").split()[0] for case in failed] == ["S02"]
    assert "several classes are the default" in failed[0].find("failure").text
    outputs = "".join(case.findtext("system-out") or "" for case in suite)
    assert "note: StorageClass standard" in outputs
    assert "warning: PersistentVolume old?" in outputs


def test_junit_fails_where_the_audit_does():
    assert parsed(result(NEVER), NEVER).get("failures") == "0"
    assert parsed(result("warning"), "warning").get("failures") == "2"


def test_junit_skips_what_was_not_looked_at_and_names_what_was_accepted():
    suite = parsed(result(facts=False, ignore=[{"id": "S02", "because": "a move is under way"}]))
    assert int(suite.get("skipped")) == sum(case.find("skipped") is not None for case in suite) > 10
    assert suite.get("failures") == "0"
    assert "Because: a move is under way" in suite[1].findtext("system-out")


def test_table():
    lines = render.table(result(facts=False, ignore=[{"id": "S05", "because": "old habit"}])).splitlines()
    assert lines[0].startswith("S02  error    StorageClasses: several classes are the default")
    assert lines[1].strip().startswith("-> Leave one of them")
    assert any(line.startswith("S05  accepted  StorageClass standard") for line in lines)
    assert sum(line.startswith("not looked at: S62, ") for line in lines) == 1
    assert lines[-1].startswith("storage: 1 error, 1 warning, 0 notes, 1 accepted, ")


def test_report_is_the_result_as_json():
    found = result()
    assert json.loads(render.report(found))["findings"] == found["findings"]
    assert render.report(found) == render.report(result())
