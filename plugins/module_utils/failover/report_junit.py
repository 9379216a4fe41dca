# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report for what reads JUnit's XML: one test case for each check.

A check that could not be decided is skipped, as one that does not apply is: a build breaks for what failed. The verdict on the whole is a
property beside the figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

Report = Mapping[str, Any]
# Characters that XML 1.0 has no way to write, not even escaped.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """A whole document."""
    checks, run = report["checks"], report["run"]
    name = f"pikube.failover.{report['fault']['kind']}"
    verdicts = [each["verdict"] for each in checks]
    about = {
        "name": name,
        "tests": str(len(checks)),
        "failures": str(verdicts.count("fail")),
        "errors": "0",
        "skipped": str(verdicts.count("unknown") + verdicts.count("not applicable")),
        "time": f"{run['seconds']:.3f}",
    }
    suites = ElementTree.Element("testsuites", about)
    suite = ElementTree.SubElement(suites, "testsuite", {**about, "timestamp": run["started"], "id": _plain(run["id"])})
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _figures(report).items():
        ElementTree.SubElement(properties, "property", {"name": key, "value": _plain(value)})
    for each in checks:
        _case(suite, name, each)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _figures(report: Report) -> dict[str, str]:
    outages, data = report["outages"], report["data"]
    figures = {
        "verdict": report["verdict"],
        "rto_seconds": outages["rto_seconds"],
        "rpo_rows": data["rpo_rows"],
        "rpo_seconds": data["rpo_seconds"],
        "acknowledged": data["acknowledged"],
        "unknown": data["unknown_there"] + data["unknown_absent"],
        "resolution_ms": outages["resolution_ms"],
    }
    return {key: "never" if value is None else str(value) for key, value in figures.items()}


def _case(suite: ElementTree.Element, name: str, check: Mapping[str, Any]) -> None:
    about = {"classname": name, "name": _plain(f"{check['id']} {check['what']}"), "time": f"{check['seconds']:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", about)
    if check["verdict"] == "fail":
        cure = f"\nWhat to do: {check['cure']}" if check["cure"] else ""
        _said(case, "failure", check["evidence"], f"{check['evidence']}{cure}")
    elif check["verdict"] != "pass":
        _said(case, "skipped", f"{check['verdict']}: {check['evidence']}")
    elif check["evidence"]:
        ElementTree.SubElement(case, "system-out").text = _plain(check["evidence"])


def _said(case: ElementTree.Element, kind: str, message: str, text: str = "") -> None:
    element = ElementTree.SubElement(case, kind, {"message": _plain(message)})
    element.text = _plain(text) or None


def _plain(text: str) -> str:
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
