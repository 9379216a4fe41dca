# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says in words: the same sentences on a page, in a terminal and in JUnit's XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_states import HAPPENED, OTHER_TITLES, TITLES

Report = Mapping[str, Any]
ORDER = ("fail", "unknown", "pass", "not applicable")
WRONG = {
    "lost": "acknowledged and lost",
    "phantom": "there although refused",
    "duplicated": "there twice",
    "damaged": "changed",
    "disordered": "out of order",
}
LEAST, MINUTES = 0.0005, 120  # seconds: below the first nothing is left to say, from the second on minutes are said


def seconds(value: float | None) -> str:
    """As a person says it: three digits at the most, minutes from two on."""
    if value is None:
        return "never"
    size = abs(value)
    if size >= MINUTES:
        minutes, rest = divmod(round(size), 60)
        return f"{'-' if value < 0 else ''}{minutes} min {rest:02d} s"
    if size < LEAST:
        return "0 s"
    return f"{value:.0f} s" if size >= 99.5 else f"{value:.1f} s" if size >= 0.95 else f"{value * 1000:.0f} ms"


def moment(value: float | None) -> str:
    """Relative to the fault."""
    if value is None:
        return "not seen"
    text = seconds(value)
    return text if value < 0 or text == "0 s" else f"+{text}"


def tick(value: float) -> str:
    """Of the axis: seconds relative to the fault."""
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def milliseconds(value: float | None) -> str:
    if value is None:
        return "none"
    return seconds(value / 1000) if value >= 999.5 else f"{value:.0f} ms" if value >= 9.95 else f"{value:.1f} ms"


def wall(text: str) -> str:
    """RFC 3339 as a person reads it: to the minute."""
    return f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text


def count(number: int) -> str:
    return f"{number:,}"


def rows(number: int) -> str:
    return f"{count(number)} row{'' if number == 1 else 's'}"


def band(report: Report) -> str:
    """The predicted band, "" without one."""
    predicted = report["outages"]["predicted"]
    if not predicted:
        return ""
    low, high = predicted
    if high is None:
        return "until the undo"
    if low == high:
        return seconds(high)
    return f"{low:g} to {high:g} s" if low >= 1 and high < MINUTES else f"{seconds(low)} to {seconds(high)}"


def beside_band(report: Report) -> str:
    """within, faster, slower; "" if nothing was predicted."""
    outages = report["outages"]
    if not outages["predicted"]:
        return ""
    low, high = outages["predicted"]
    took = outages["rto_seconds"]
    if took is None:
        return "within" if high is None else "slower"
    return "faster" if took < low else "slower" if high is not None and took > high else "within"


def happened(report: Report) -> str:
    fault = report["fault"]
    kind, node, pod = fault["kind"], fault["victim_node"] or "a node", fault["victim_pod"]
    text = HAPPENED.get(kind, f"fault {kind} on {{node}}")
    about = node if not pod or "{pod}" in text else f"{node} (pod {pod})"
    text = text.format(node=about, pod=pod or "of the primary")
    return text[:1].upper() + text[1:] if text.startswith(("a ", "fault")) else text


def outage(report: Report) -> str:
    took = report["outages"]["rto_seconds"]
    if not report["data"]["entries"]:
        return "No write was measured"
    if took is None:
        return "Writes were not taken again while the run watched"
    if took == 0:
        return "No write was refused"
    return f"Writes were taken again after {seconds(took)}"


def data(report: Report) -> str:
    """Of acknowledged rows, and of all else that is wrong with the rows that are there."""
    found = report["data"]
    acknowledged, lost = found["acknowledged"], found["lost"]["count"]
    wrong = [f"{rows(found[key]['count'])} {words}" for key, words in WRONG.items() if key != "lost" and found[key]["count"]]
    if not acknowledged:
        text = "nothing was acknowledged, so nothing is proven"
    elif lost:
        text = f"{count(lost)} of {count(acknowledged)} acknowledged rows {'is' if lost == 1 else 'are'} lost"
    else:
        text = f"all {count(acknowledged)} acknowledged rows are there"
    return "; ".join((text, *wrong))


def headline(report: Report) -> str:
    """One sentence or two: what happened, how long it took, what became of the data."""
    return f"{happened(report)}. {outage(report)}; {data(report)}."


def title(report: Report) -> str:
    return OTHER_TITLES.get((report["fault"]["kind"], report["verdict"]), TITLES[report["verdict"]])


def undone(report: Report) -> str:
    size = len(report["undo"])
    if not size:
        return "There was nothing to undo"
    todo = sum(not each["done"] for each in report["undo"])
    if todo:
        return f"{todo} of {size} changes {'is' if todo == 1 else 'are'} not undone"
    return "The one change is undone and checked" if size == 1 else f"All {size} changes are undone and checked"


def checks(report: Report) -> list[Mapping[str, Any]]:
    """Those that need somebody first, otherwise as the run had them."""
    return sorted(report["checks"], key=lambda each: ORDER.index(each["verdict"]))


def tally(report: Report) -> str:
    counts = Counter(each["verdict"] for each in report["checks"])
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in ORDER if counts[verdict]) or "none"


def classes(report: Report) -> str:
    """How an outage looked to its clients: "refused 5.2 s, hung 0.9 s"."""
    return ", ".join(f"{name} {seconds(took)}" for name, took in report["outages"]["by_class"].items() if took)
