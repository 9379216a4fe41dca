# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from html.parser import HTMLParser

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_tables as tables
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports

REPORTS = reports()


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.rows, self.roles = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.roles.append((tag, dict(attrs).get("role")))

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def cells(text):
    return [[cell.strip() for cell in row] for row in Cells(text).rows]


def test_milestones_have_the_numbers_of_the_picture():
    found = cells(tables.milestones(REPORTS["pass"]))
    assert found[:2] == [["No.", "When", "Milestone"], ["1", "\N{MINUS SIGN}3.1 s", "pi02 renews its lease no moreits last renewal"]]
    assert found[-1] == ["", "not seen", "Pod main-2 goneit stayed until pi02 was back"]


def test_a_check_says_what_to_do_if_somebody_has_to():
    report = REPORTS["split-brain"]
    report["checks"][-1]["cure"] = "nothing that anybody needs"
    text = tables.checks(report)
    assert "Checks: 2 fail, 1 unknown, 7 pass, 2 not applicable" in text
    assert text.count("What to do:") == 3
    assert "nothing that anybody needs" not in text


def test_what_is_not_undone_comes_with_its_command_and_why():
    found = cells(tables.undo(REPORTS["split-brain"]))
    assert found[1][0] == "not done"
    assert "No route to host" in found[1][1]
    assert found[1][1].endswith("ssh pi02 sudo nft delete table inet pikube_failover")
    assert found[2] == ["done", "Timer pikube-failover-undo stoppedpi02", "+2 min 01 s"]


def test_rows_stay_rows_for_those_who_do_not_see_them():
    roles = Cells(tables.checks(REPORTS["pass"])).roles
    assert {role for tag, role in roles if tag == "tr"} == {"row"}
    assert {role for tag, role in roles if tag in ("td", "th")} == {"cell", "columnheader", "rowheader"}


def test_latency_that_there_is_not_is_none():
    assert cells(tables.latency(REPORTS["null"]))[2] == ["during", "0", "none", "none", "none"]


def test_a_run_without_milestones_checks_or_undo_has_no_such_tables():
    report = {**REPORTS["null"], "checks": [], "undo": [], "milestones": []}
    assert (tables.milestones(report), tables.checks(report), tables.undo(report)) == ("", "", "")


def test_any_value_of_the_surroundings_is_shown():
    report = {
        **REPORTS["pass"],
        "environment": {"a_key": {"deep": [1, [2], {"x": None}], "empty": [], "none": {}}, "flag": True, "<i>": "</dd>"},
    }
    text = tables.surroundings(report)
    for part in ("a key", "1<br>2<br>", "<dt>flag</dt><dd>yes</dd>", "<dt>&lt;i&gt;</dt><dd>&lt;/dd&gt;</dd>", "<dt>x</dt><dd>none</dd>"):
        assert part in text
