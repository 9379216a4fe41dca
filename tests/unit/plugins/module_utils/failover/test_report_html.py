# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from copy import deepcopy
from html.parser import HTMLParser

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_html import POLICY, html
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_script import SCRIPT
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports

REPORTS = reports()
EMPTY = {"meta", "link", "input", "br"}
DRAWN = {"path", "circle", "rect", "line"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&"


class Page(HTMLParser):
    """Complains of what is not closed, and keeps what would run or be asked for."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.scripts, self.addresses, self.handlers, self.words = [], [], 0, [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in EMPTY:
            self.open.append(tag)
        self.scripts += tag == "script"
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                self.addresses.append(value)
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_startendtag(self, tag, attrs):
        assert tag in DRAWN, tag

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words += data


def strings(value, put):
    """The same value with another text everywhere a run could have brought one in."""
    if isinstance(value, dict):
        return {
            key: each if key in ("schema", "verdict", "kind", "started", "ended", "at", "reading") else strings(each, put)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [strings(each, put) for each in value]
    return put if isinstance(value, str) else value


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_is_whole_and_its_ids_are_unique(name):
    page = Page(html(REPORTS[name]))
    assert len(page.ids) == len(set(page.ids))
    assert page.scripts == 2
    assert page.handlers == []


@pytest.mark.parametrize("name", REPORTS)
def test_it_asks_for_nothing(name):
    text = html(REPORTS[name])
    assert [each for each in Page(text).addresses if not each.startswith("data:")] == []
    assert f'http-equiv="Content-Security-Policy" content="{POLICY}"' in text
    assert "default-src 'none'" in POLICY
    assert set(re.findall(r"https?://[^\"'<> ]*", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", REPORTS)
def test_the_verdict_and_its_sentence_come_before_all_else(name):
    report = REPORTS[name]
    words = " ".join(Page(html(report)).words.split())
    assert words.index(report["verdict"].upper()) < words.index("acknowledged rows") < words.index("Without writes (RTO)")


def test_what_to_do_comes_before_the_figures_and_is_whole():
    report = REPORTS["split-brain"]
    words = " ".join(Page(html(report)).words.split())
    todo = words[words.index("What to do") : words.index("Without writes (RTO)")]
    for part in (
        "ssh pi02 sudo nft delete table inet pikube_failover",
        "No route to host",
        *(each["cure"] for each in report["checks"] if each["cure"]),
    ):
        assert part in todo
    assert "What to do" not in Page(html(REPORTS["pass"])).words


def test_hostile_words_are_words():
    report = strings(deepcopy(REPORTS["split-brain"]), HOSTILE)
    page = Page(html(report))
    assert page.scripts == 2
    assert page.handlers == []
    assert HOSTILE in page.words


def test_the_page_holds_the_report():
    for report in (REPORTS["pass"], strings(deepcopy(REPORTS["split-brain"]), f"{HOSTILE}\u2028<!--")):
        kept = re.search(r'<script type="application/json" id="report">(.*?)</script>', html(report), re.DOTALL).group(1)
        assert json.loads(kept) == json.loads(json.dumps(report))


def test_the_script_can_stand_in_a_page():
    assert "</" not in SCRIPT
    assert "innerHTML" not in SCRIPT


def test_a_page_stays_small():
    report = deepcopy(REPORTS["pass"])
    report["series"] = {
        "latency": [[-60 + turn / 5, 4.123 + turn % 7, 9.87 + turn % 13] for turn in range(1200)],
        "acknowledged": [[-60 + turn / 5, 100.0] for turn in range(1200)],
    }
    assert len(html(report)) < 300_000
