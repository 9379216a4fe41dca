# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report for a terminal and for logs: plain lines, what matters first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words

Report = Mapping[str, Any]
NEEDED = 3  # checks that need somebody and are told here; the page has all


def explain(report: Report, path: str = "", comparison: Mapping[str, Any] | None = None) -> str:
    """10 to 15 lines as a rule. path: of the page, "" for none. comparison: with an earlier report."""
    data = report["data"]
    unknown = data["unknown_there"] + data["unknown_absent"]
    of_writes = f" ({words.seconds(data['rpo_seconds'])} of writes)" if data["rpo_rows"] else ""
    lines = [
        f"{report['verdict'].upper()}: {words.title(report)}",
        f"  {words.headline(report)}",
        *(f"  - {each}" for each in report["because"][:NEEDED] if report["verdict"] != "pass"),
        f"outage   {_outage(report)}",
        f"data     {words.count(data['acknowledged'])} acknowledged, {words.count(data['rpo_rows'])} lost"
        f"{of_writes}, {words.count(data['failed'])} failed,"
        f" {words.count(unknown)} unknown ({words.count(data['unknown_there'])} there, {words.count(data['unknown_absent'])} absent)",
        f"latency  {_latency(report)}",
        *_steps(report),
        f"checks   {words.tally(report)}",
        *_needed(report),
        f"undo     {words.undone(report)}",
        *(f"  by hand on {each['node'] or 'the controller'}: {each['manual']}" for each in report["undo"] if not each["done"]),
        *_beside(comparison),
        *([f"report   {path}"] if path else []),
    ]
    return "\n".join(lines)


def _outage(report: Report) -> str:
    outages = report["outages"]
    took = outages["rto_seconds"]
    if not report["data"]["entries"]:
        return "not known, nothing was measured"
    parts = ["it is not over" if took is None else "none" if not took else words.seconds(took)]
    if words.band(report) and outages["predicted"][1] != 0:
        parts.append(f"predicted {words.band(report)}")
    if outages["floor_seconds"] is not None:
        parts.append(f"floor {outages['floor_seconds']:g} s")
    parts.append(f"measured to {outages['resolution_ms']:g} ms")
    return ", ".join(parts) + (f": {words.classes(report)}" if words.classes(report) else "")


def _latency(report: Report) -> str:
    parts = ((part, report["latency"][part]) for part in ("before", "during", "after"))
    told = [f"{part} {words.milliseconds(each['p50_ms'])} / {words.milliseconds(each['p99_ms'])}" for part, each in parts if each["n"]]
    return f"median / p99: {', '.join(told)}" if told else "nothing was acknowledged"


def _steps(report: Report) -> list[str]:
    """The milestones from the fault on, in one line."""
    seen = sorted((each["at"], each["what"]) for each in report["milestones"] if each["at"] is not None and each["at"] > 0)
    return [f"steps    {', '.join(f'{what} {words.moment(at)}' for at, what in seen)}"] if seen else []


def _needed(report: Report) -> list[str]:
    found = [each for each in words.checks(report) if each["verdict"] in ("fail", "unknown")]
    lines = [f"  {each['verdict']} {each['id']}: {each['evidence']} {each['cure']}".rstrip() for each in found[:NEEDED]]
    return [*lines, f"  and {len(found) - NEEDED} more"] if len(found) > NEEDED else lines


def _beside(comparison: Mapping[str, Any] | None) -> list[str]:
    if not comparison:
        return []
    told = [f"{each['what']} {each['change']} ({each['said']})" for each in comparison["figures"] if each["change"] in ("worse", "better")]
    against = f"; not quite comparable: {'; '.join(comparison['why_not'])}" if comparison["why_not"] else ""
    return [f"before   {comparison['earlier']}: {', '.join(told) or 'no change'}{against}"]
