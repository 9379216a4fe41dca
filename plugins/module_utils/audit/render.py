# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit as text: a table for people, JSON and JUnit for programs. The same audit is the same text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.pikube.stateful.plugins.module_utils.audit.check import NEVER, SEVERITIES, Check

Row = Mapping[str, Any]
SUITE = "storage_audit"
KEPT = ("findings", "accepted", "passed", "not_looked_at", "failing", "counts", "warnings")
# What XML 1.0 cannot carry.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def table(result: Row) -> str:
    """Findings by severity, each with its cure, then what was accepted and what was not looked at, and the sum."""
    rows = [(row["id"], row["severity"], row["object"]) for row in result["findings"]]
    wide = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    lines = []
    for (check, severity, thing), row in zip(rows, result["findings"]):
        lines.append(f"{check.ljust(wide[0])}  {severity.ljust(wide[1])}  {thing}: {row['evidence']}")
        lines.append(f"{' ' * sum(wide)}    -> {row['cure']}")
    lines += [f"{row['id']}  accepted  {row['object']}: {row['evidence']} Because: {row['because']}" for row in result["accepted"]]
    run = [row for row in result["not_looked_at"] if row["id"].startswith("S")]
    for because in dict.fromkeys(row["because"] for row in run):
        lines.append(f"not looked at: {', '.join(row['id'] for row in run if row['because'] == because)}: {because}")
    counts = result["counts"]
    told = ", ".join(f"{counts[severity]} {severity}{'' if counts[severity] == 1 else 's'}" for severity in SEVERITIES)
    lines.append(
        f"storage: {told}, {counts['accepted']} accepted, {counts['passed']} checks passed, {counts['not_looked_at']} not looked at"
    )
    return "\n".join(lines)


def report(result: Row) -> str:
    """JSON."""
    return json.dumps({key: result[key] for key in KEPT}, indent=2, sort_keys=True) + "\n"


def _clean(text: str) -> str:
    return FORBIDDEN.sub("?", text)


def junit(checks: Sequence[Check], result: Row, fail_on: str) -> str:
    """One test case for each check: failed where the audit fails, skipped if it was not looked at. Lesser findings are its output."""
    fatal = () if fail_on == NEVER else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    suite = ElementTree.Element("testsuite", name=SUITE)
    failures = skipped = 0
    for check in checks:
        case = ElementTree.SubElement(suite, "testcase", classname=f"{SUITE}.{check.severity}", name=_clean(f"{check.id} {check.title}"))
        mine = [row for row in result["findings"] if row["id"] == check.id]
        blind = [row for row in result["not_looked_at"] if row["id"] == check.id]
        accepted = [f"accepted: {row['object']}: {row['evidence']} Because: {row['because']}" for row in _of(result["accepted"], check)]
        if mine and check.severity in fatal:
            failures += 1
            lines = [f"{row['object']}: {row['evidence']} {row['cure']}" for row in mine]
            message = f"{len(mine)} finding{'' if len(mine) == 1 else 's'}"
            ElementTree.SubElement(case, "failure", type=check.severity, message=message).text = _clean("\n".join(lines))
        elif blind and not mine:
            skipped += 1
            ElementTree.SubElement(case, "skipped", message=_clean(blind[0]["because"]))
        lesser = [] if check.severity in fatal else [f"{row['severity']}: {row['object']}: {row['evidence']} {row['cure']}" for row in mine]
        if lesser or accepted:
            ElementTree.SubElement(case, "system-out").text = _clean("\n".join(lesser + accepted))
    suite.attrib.update(tests=str(len(checks)), failures=str(failures), errors="0", skipped=str(skipped))
    ElementTree.indent(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suite, encoding="unicode")}\n'


def _of(rows: Iterable[Row], check: Check) -> list[Row]:
    return [row for row in rows if row["id"] == check.id]
