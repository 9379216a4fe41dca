# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report: one file that needs nothing else and asks for nothing. What matters at night comes first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_chart import chart, close, whole
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_figures import figures
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_script import SCRIPT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_states import VERDICTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_style import LIGHT, SHEET
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_tables import (
    checks,
    icon,
    latency,
    milestones,
    section,
    surroundings,
    undo,
)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
Report = Mapping[str, Any]


def html(report: Report, comparison: Mapping[str, Any] | None = None) -> str:
    """comparison: of compare.compare() with an earlier report, shown beside the figures."""
    title = f"{report['verdict']}: {words.happened(report)}"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f'<link rel="icon" href="{_favicon(report)}">',
            f"<title>{escape(title)}</title>",
            f"<style>{SHEET}</style>",
            "</head>",
            "<body>",
            "<main>",
            _top(report),
            _todo(report),
            figures(report, comparison),
            _story(report),
            milestones(report),
            checks(report),
            undo(report),
            surroundings(report),
            _foot(report),
            "</main>",
            f'<script type="application/json" id="report">{_data(report)}</script>',
            f"<script>{SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        )
    )


def _data(report: Report) -> str:
    """The report itself; no text in it can end the element that it is in."""
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _favicon(report: Report) -> str:
    colour = LIGHT[f"{VERDICTS[report['verdict']]}-fill"]
    return f"data:image/svg+xml,{quote(_circle(colour))}"


def _circle(colour: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="{colour}"/></svg>'


def _top(report: Report) -> str:
    run, verdict = report["run"], report["verdict"]
    open_ones = [each for each in report["undo"] if not each["done"]]
    return "\n".join(
        (
            f'<header class="{VERDICTS[verdict]}">',
            f'<p class="which">Fail-over test of database {escape(run["name"])} on {escape(run["cluster"])}, '
            f'<time datetime="{escape(run["started"])}">{escape(words.wall(run["started"]))}</time></p>',
            f"<h1>{icon(verdict)}<span><b>{verdict.upper()}</b>{words.title(report)}</span></h1>",
            f'<p class="head">{escape(words.headline(report))}</p>',
            _list("ul", report["because"]) if verdict != "pass" else "",
            f'<p class="put {"bad" if open_ones else "good"}">{escape(words.undone(report))}.</p>',
            "</header>",
        )
    )


def _list(kind: str, rows: Any) -> str:
    return f"<{kind}>{''.join(f'<li>{escape(row)}</li>' for row in rows)}</{kind}>" if rows else ""


def _todo(report: Report) -> str:
    """What somebody has to do: first what is still changed on the nodes, then what the checks ask for."""
    items = [
        f"<li>{escape(each['what'])}{_where(each)}: not done{_why(each)}. Run<pre><code>{escape(each['manual'])}</code></pre></li>"
        for each in report["undo"]
        if not each["done"]
    ]
    items += [
        f"<li>{escape(each['cure'])}<small>{escape(each['id'])}: {escape(each['what'])}</small></li>"
        for each in words.checks(report)
        if each["verdict"] in ("fail", "unknown") and each["cure"]
    ]
    tone = VERDICTS["fail" if any(not each["done"] for each in report["undo"]) else report["verdict"]]
    return section(f"todo {tone}", "What to do", f"<ol>{''.join(items)}</ol>") if items else ""


def _why(each: Mapping[str, Any]) -> str:
    return f" ({escape(each['problem'])})" if each["problem"] else ""


def _where(each: Mapping[str, Any]) -> str:
    return f" on {escape(each['node'])}" if each["node"] else ""


def _story(report: Report) -> str:
    near, all_of_it = close(report), whole(report)
    since = "relative to the fault" if report["fault"]["at"] else "since the load began"
    parts = []
    if near:
        parts = [
            '<input class="pick" type="radio" name="view" id="near" checked><input class="pick" type="radio" name="view" id="all">',
            '<div class="tabs"><label for="near">Around the outage</label><label for="all">The whole run</label></div>',
            f'<div class="close">{chart(report, "cw", near, False)}{chart(report, "cn", near, True)}</div>',
        ]
    parts += [
        f'<div class="whole">{chart(report, "ww", all_of_it, False)}{chart(report, "wn", all_of_it, True)}</div>',
        '<p class="read" id="read" aria-live="polite">Point at the picture, or touch it, to read a moment.</p>',
        latency(report),
    ]
    return section("story", "What happened", "\n".join(parts), f"Seconds {since}. Shaded: no write was acknowledged for good.")


def _foot(report: Report) -> str:
    ledger, run = report["ledger"], report["run"]
    return (
        f"<footer>Run {escape(run['id'])}. Ledger <code>{escape(ledger['path'])}</code>, {words.count(ledger['entries'])} entries,"
        f" last link <code>{escape(ledger['digest'])}</code>. This page holds the report ({escape(report['schema'])}) and loads nothing."
        f" Made by pikube.stateful {escape(run['collection_version'])}.</footer>"
    )
