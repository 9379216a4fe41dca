# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser. Skipped only where none is installed."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_html import html
from ansible_collections.pikube.stateful.tests.unit.failover_reports import reports
from ansible_collections.pikube.stateful.tests.unit.headless import PROGRAM, Browser

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no chromium is installed")
REPORTS = reports()
PHONE = {"width": 390, "height": 844, "phone": True}
# What is wider than the screen; the pictures of the other width are not there.
TOO_WIDE = """
[...document.querySelectorAll('body *')].filter(each => each.getClientRects().length && !each.closest('svg') &&
  each.getBoundingClientRect().right > innerWidth + 0.5).map(each => each.tagName + '.' + each.className)
"""
SMALL = """
[...document.querySelectorAll('svg.chart text')].filter(each => each.getClientRects().length &&
  parseFloat(getComputedStyle(each).fontSize) * each.ownerSVGElement.getScreenCTM().a < 10.5).length
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    running = Browser(tmp_path_factory.mktemp("browser"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, report in REPORTS.items():
        (folder / f"{name}.html").write_text(html(report), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", REPORTS)
def test_a_phone_at_night(browser, files, name):
    page = browser.page()
    page.show(files / f"{name}.html", dark=True, **PHONE)
    assert page.value("document.documentElement.scrollWidth") == 390
    assert page.value(TOO_WIDE) == []
    assert page.value(SMALL) == 0
    assert page.value("getComputedStyle(document.body).backgroundColor") == "rgb(14, 19, 24)"
    assert page.complaints == []
    assert set(page.requests) == {(files / f"{name}.html").as_uri()}


@pytest.mark.parametrize("width", [360, 721, 1200, 2000])
def test_no_width_scrolls_sideways(browser, files, width):
    page = browser.page()
    page.show(files / "split-brain.html", width=width)
    assert page.value("document.documentElement.scrollWidth") == width
    assert page.value(TOO_WIDE) == []
    assert page.value("[...document.querySelectorAll('svg.chart')].filter(each => each.getClientRects().length).length") == 1
    assert page.complaints == []


def test_one_looks_at_the_outage_or_at_the_whole_run(browser, files):
    page = browser.page()
    page.show(files / "pass.html", **PHONE)
    shown = "[...document.querySelectorAll('svg.chart')].filter(each => each.getClientRects().length).map(each => each.dataset.to)"
    assert page.value(shown) == ["79.745"]
    page.value("document.querySelector('label[for=all]').click()")
    assert page.value(shown) == ["186.000"]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param("chart.dispatchEvent(new PointerEvent('pointerdown', {clientX: box.left + box.width * 0.7}))", id="touch"),
        pytest.param("chart.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', shiftKey: true}))", id="keyboard"),
    ],
)
def test_a_moment_can_be_read(browser, files, act):
    page = browser.page()
    page.show(files / "pass.html", **PHONE)
    page.value(f"(() => {{ const chart = document.querySelector('.close svg.narrow'), box = chart.getBoundingClientRect(); {act} }})()")
    said = page.value("document.getElementById('read').textContent")
    assert said.startswith("+")
    assert "writes" in said
    assert "pod main-2 primary, pi02" in said or "pod main-2 not ready, pi02" in said
    assert page.complaints == []


def test_those_who_do_not_see_it_are_told(browser, files):
    page = browser.page()
    page.show(files / "split-brain.html", **PHONE)
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    told = [(each["role"]["value"], each.get("name", {}).get("value", "")) for each in tree if not each["ignored"]]
    roles = [role for role, _name in told]
    assert sum(role == "row" for role in roles) >= sum(len(REPORTS["split-brain"][part]) for part in ("checks", "milestones", "undo"))
    assert {"heading", "table", "columnheader", "rowheader", "radio", "main"} <= set(roles)
    assert any(role in ("image", "img") and name.startswith("What happened, from") for role, name in told)


def test_it_prints_on_a4_with_all_that_is_folded_away(browser, files):
    page = browser.page()
    page.show(files / "pass.html", dark=True)
    page.value("window.dispatchEvent(new Event('beforeprint'))")
    assert page.value("[...document.querySelectorAll('details')].every(each => each.open)")
    assert page.pdf().startswith(b"%PDF")
    assert page.complaints == []


def test_this_browser_sees_what_is_wrong_with_a_page(browser, tmp_path):
    bad = tmp_path / "bad.html"
    body = '<img src="http://127.0.0.1:9/x.png"><script>console.error("broken"); undefined.x</script><p style="width:900px">wide</p>'
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'\">"
    page = browser.page()
    bad.write_text(f"<!DOCTYPE html><title>x</title>{body}", encoding="utf-8")
    page.show(bad, width=390)
    assert page.requests == [bad.as_uri(), "http://127.0.0.1:9/x.png"]
    assert any("broken" in each for each in page.complaints)
    assert any("Uncaught" in each for each in page.complaints)
    assert page.value("document.documentElement.scrollWidth") > 390
    assert page.value(TOO_WIDE) == ["P."]
    page.complaints.clear()
    bad.write_text(f"<!DOCTYPE html><title>x</title>{policy}{body}", encoding="utf-8")
    page.show(bad, width=390)
    assert any("Content Security Policy" in each for each in page.complaints)
