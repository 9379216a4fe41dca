# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of a report does by itself: it tells the state at the moment that is pointed at, and opens what is printed.

Without it nothing is missing from the page but that.
"""

from __future__ import annotations

SCRIPT = """
"use strict";
(function () {
  var report = JSON.parse(document.getElementById("report").textContent);
  var read = document.getElementById("read");
  var charts = Array.prototype.slice.call(document.querySelectorAll("svg.chart"));
  function at(spans, t) {
    return spans.find(function (span) { return span.from <= t && (span.to === null || t < span.to); });
  }
  function last(rows, t, width) {
    var found = null;
    rows.forEach(function (row) { if (row[0] <= t && t - row[0] <= width) { found = row; } });
    return found;
  }
  function width(rows) {
    return rows.length < 2 ? 1 : (rows[rows.length - 1][0] - rows[0][0]) / (rows.length - 1) * 2;
  }
  function number(value) { return value >= 10 ? Math.round(value) : Math.round(value * 10) / 10; }
  function say(t) {
    var words = report.lanes.map(function (lane) {
      var span = at(lane.spans, t);
      var name = lane.group === "client" || lane.name.indexOf(" ") >= 0 ? lane.name : lane.group + " " + lane.name;
      return span ? name + " " + span.state + (span.label ? ", " + span.label : "") : "";
    });
    var rate = last(report.series.acknowledged, t, width(report.series.acknowledged));
    var slow = last(report.series.latency, t, width(report.series.latency));
    if (rate) { words.push(number(rate[1]) + " writes/s"); }
    if (slow) { words.push("median " + number(slow[1]) + " ms, slowest " + number(slow[2]) + " ms"); }
    read.textContent = "";
    var moment = document.createElement("b");
    moment.textContent = (t < 0 ? "\\u2212" : "+") + Math.abs(t).toFixed(1) + " s";
    read.append(moment, " \\u00b7 " + words.filter(Boolean).join(" \\u00b7 "));
  }
  charts.forEach(function (chart) {
    var from = +chart.dataset.from, to = +chart.dataset.to, left = +chart.dataset.left, right = +chart.dataset.right;
    var cursor = chart.querySelector(".cursor"), now = Math.max(from, 0);
    function show(t) {
      now = Math.min(Math.max(t, from), to);
      var x = left + (now - from) / (to - from) * (right - left);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.style.visibility = "visible";
      say(now);
    }
    function point(event) {
      var box = chart.getBoundingClientRect();
      show(from + ((event.clientX - box.left) / box.width * chart.viewBox.baseVal.width - left) / (right - left) * (to - from));
    }
    chart.addEventListener("pointermove", point);
    chart.addEventListener("pointerdown", point);
    chart.addEventListener("keydown", function (event) {
      var step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) {
        event.preventDefault();
        show(now + step * (to - from) / (event.shiftKey ? 20 : 200));
      }
    });
  });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (each) { each.open = true; });
  });
}());
"""
