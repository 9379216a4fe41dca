# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_chart import numbered
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_states import OF_RUN, VERDICTS

Report = Mapping[str, Any]
# Each verdict has a shape of its own.
SHAPES = {
    "pass": '<circle class="area" cx="12" cy="12" r="10.5"/><path class="mark" d="M7 12.5l3.4 3.4L17 8.8"/>',
    "fail": '<path class="area" d="M7.7 1.5h8.6l6.2 6.2v8.6l-6.2 6.2H7.7l-6.2-6.2V7.7z"/>'
    '<path class="mark" d="M8.2 8.2l7.6 7.6M15.8 8.2l-7.6 7.6"/>',
    "unknown": '<path class="area" d="M12 1.2 22.8 12 12 22.8 1.2 12z"/>'
    '<path class="mark" d="M9.6 9.6a2.5 2.5 0 1 1 3.6 2.2c-.9.5-1.2 1-1.2 2"/>'
    '<circle class="dot" cx="12" cy="16.7" r="1.4"/>',
    "not applicable": '<circle class="area" cx="12" cy="12" r="9.5"/><path class="mark" d="M8 12h8"/>',
}


def icon(verdict: str) -> str:
    return f'<svg class="icon {VERDICTS[verdict]}" viewBox="0 0 24 24" aria-hidden="true">{SHAPES[verdict]}</svg>'


def section(kind: str, title: str, body: str, about: str = "") -> str:
    """kind: classes, the first of which is unique on the page."""
    name = f"{kind.split()[0]}-title"
    said = f"<p>{escape(about)}</p>" if about else ""
    return f'<section class="{kind}" aria-labelledby="{name}">\n<h2 id="{name}">{escape(title)}</h2>\n{said}{body}\n</section>'


def _table(head: Sequence[str], rows: Sequence[str], kind: str = "", numbers: int = 0) -> str:
    """numbers: how many of the last columns are figures. The roles stay where a narrow screen makes blocks of the rows."""
    plain = len(head) - numbers
    cells = "".join(
        f'<th scope="col" role="columnheader"{"" if turn < plain else " class=num"}>{escape(name)}</th>' for turn, name in enumerate(head)
    )
    return (
        f'<table role="table" class="{kind}"><thead role="rowgroup"><tr role="row">{cells}</tr></thead>'
        f'<tbody role="rowgroup">{"".join(rows)}</tbody></table>'
    )


def milestones(report: Report) -> str:
    rows = []
    for number, each in numbered(report):
        mark = f'<span class="mile">{number}</span>' if number else ""
        kind = "num" if number else "num unseen"
        rows.append(
            f'<tr role="row"><td role="cell">{mark}</td><td role="cell" class="{kind}">{_moment(each["at"])}</td>'
            f'<td role="cell">{escape(each["what"])}'
            f"<small>{escape(each['because'])}</small></td></tr>"
        )
    if not rows:
        return ""
    head = ("No.", "When", "Milestone")
    return section("miles", "Milestones", _table(head, rows).replace('columnheader">When', 'columnheader" class="num">When'))


def _moment(at: float | None) -> str:
    return escape(words.moment(at)).replace("-", "&minus;")


def checks(report: Report) -> str:
    rows = []
    for each in words.checks(report):
        tone, cure = VERDICTS[each["verdict"]], each["cure"] if each["verdict"] in ("fail", "unknown") else ""
        todo = f'<span class="cure"><b>What to do:</b> {escape(cure)}</span>' if cure else ""
        rows.append(
            f'<tr role="row" class="{tone}"><td role="cell" class="v">{icon(each["verdict"])} {each["verdict"]}</td>'
            f'<th scope="row" role="rowheader"><span class="id">{escape(each["id"])}</span> {escape(each["what"])}</th>'
            f'<td role="cell">{escape(each["evidence"])}{todo}</td></tr>'
        )
    return section("checks", f"Checks: {words.tally(report)}", _table(("Verdict", "Check", "Evidence"), rows)) if rows else ""


def undo(report: Report) -> str:
    rows = []
    for each in report["undo"]:
        verdict, word = ("pass", "done") if each["done"] else ("fail", "not done")
        about = "; ".join(text for text in (each["node"], each["problem"]) if text)
        by_hand = "" if each["done"] or not each["manual"] else f"<pre><code>{escape(each['manual'])}</code></pre>"
        rows.append(
            f'<tr role="row" class="{VERDICTS[verdict]}"><td role="cell" class="v">{icon(verdict)} {word}</td>'
            f'<td role="cell">{escape(each["what"])}<small>{escape(about)}</small>{by_hand}</td>'
            f'<td role="cell" class="num">{_moment(each["at"]) if each["done"] else ""}</td></tr>'
        )
    return section("undo", words.undone(report), _table(("Undone", "What", "When"), rows, numbers=1)) if rows else ""


def latency(report: Report) -> str:
    rows = []
    for part in ("before", "during", "after"):
        each = report["latency"][part]
        figures = (words.count(each["n"]), *(words.milliseconds(each[key]) for key in ("p50_ms", "p99_ms", "max_ms")))
        cells = "".join(f'<td role="cell" class="num">{escape(figure)}</td>' for figure in figures)
        rows.append(f'<tr role="row"><th scope="row" role="rowheader">{part}</th>{cells}</tr>')
    return _table(("Latency", "writes", "median", "p99", "slowest"), rows, "latency", numbers=4)


def surroundings(report: Report) -> str:
    run = {name: report["run"][key] for key, name in OF_RUN.items()}
    fault = {key: value for key, value in report["fault"].items() if value not in (None, {}, "")}
    parts = (
        ("The run", run),
        ("The fault", fault),
        ("The plan", report["plan"]),
        ("The load", report["load"]),
        ("The environment", report["environment"]),
    )
    body = "\n".join(f"<details><summary>{name}</summary>{_pairs(values)}</details>" for name, values in parts if values)
    return section("around", "Run and surroundings", body)


def _pairs(values: Mapping[str, Any]) -> str:
    rows = (f"<dt>{escape(str(key).replace('_', ' '))}</dt><dd>{_value(value)}</dd>" for key, value in values.items())
    return f"<dl>{''.join(rows)}</dl>"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return _pairs(value) if value else "none"
    if isinstance(value, (list, tuple)):
        return "<br>".join(_value(each) for each in value) if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else escape(str(value))
