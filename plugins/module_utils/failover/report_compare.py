# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report beside an earlier one, and several together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words

Report = Mapping[str, Any]
WORSE, BETTER, SAME, NOT_KNOWN = "worse", "better", "same", "unknown"
RANKS = {"pass": 0, "unknown": 1, "fail": 2}


class Figure(NamedTuple):
    """For all of them less is better. read: None for one that there is not. never: what None means if it is the worst of all.

    part: of the earlier figure, least: in its unit, below which a difference is no change; the larger of both counts.
    """

    id: str
    what: str
    read: Callable[[Report], float | None]
    said: Callable[[float | None], str]
    part: float
    least: float
    never: bool = False


def _latency(part: str, key: str) -> Callable[[Report], float | None]:
    return lambda report: report["latency"][part][key]


def _rows(value: float | None) -> str:
    return words.rows(int(value or 0))


# A single run scatters: outages by the phase of timers that a fault falls into, latency by what else a board does.
FIGURES = (
    Figure("rto_seconds", "without writes", lambda report: report["outages"]["rto_seconds"], words.seconds, 0.15, 1.0, never=True),
    Figure("rpo_rows", "rows lost", lambda report: report["data"]["rpo_rows"], _rows, 0.0, 0.0),
    Figure("rpo_seconds", "seconds of writes lost", lambda report: report["data"]["rpo_seconds"], words.seconds, 0.0, 0.0),
    Figure("p50_before_ms", "median latency before", _latency("before", "p50_ms"), words.milliseconds, 0.25, 1.0),
    Figure("p99_before_ms", "p99 latency before", _latency("before", "p99_ms"), words.milliseconds, 0.5, 5.0),
    Figure("p50_after_ms", "median latency after", _latency("after", "p50_ms"), words.milliseconds, 0.25, 1.0),
    Figure("p99_after_ms", "p99 latency after", _latency("after", "p99_ms"), words.milliseconds, 0.5, 5.0),
)


def compare(report: Report, earlier: Report) -> dict[str, Any]:
    """{"earlier": id, "comparable", "why_not": [str], "verdict": change, "worse": [id], "better": [id], "figures": [{"id", "what", "now",
    "earlier", "tolerance", "change", "said"}]}. change: worse, better, same, unknown. tolerance: in the figure's unit, as used.

    Runs that are not comparable are compared all the same: why_not says what speaks against it.
    """
    figures = [_compared(figure, report, earlier) for figure in FIGURES]
    why_not = [
        f"{name} was {_of(earlier, *path)}, now it is {_of(report, *path)}"
        for name, path in (("the fault", ("fault", "kind")), ("the topology", ("run", "topology")), ("the cluster", ("run", "cluster_uid")))
        if _of(report, *path) != _of(earlier, *path)
    ]
    return {
        "earlier": earlier["run"]["id"],
        "comparable": not why_not,
        "why_not": why_not,
        "verdict": _change(RANKS[report["verdict"]], RANKS[earlier["verdict"]], 0),
        "worse": [each["id"] for each in figures if each["change"] == WORSE],
        "better": [each["id"] for each in figures if each["change"] == BETTER],
        "figures": figures,
    }


def campaign(reports: Iterable[Report]) -> dict[str, Any]:
    """{"runs", "verdict", "faults": {kind: {"runs", "pass", "fail", "unknown", "figures": {id: {"n", "min", "median", "max"}}, "never"}}}.

    verdict: the worst of all, unknown without a run. Figures that there are not are left out of n; never: outages that did not end.
    """
    by_kind: dict[str, list[Report]] = {}
    for report in reports:
        by_kind.setdefault(report["fault"]["kind"], []).append(report)
    everything = [report for found in by_kind.values() for report in found]
    return {
        "runs": len(everything),
        "verdict": max((report["verdict"] for report in everything), key=RANKS.__getitem__, default="unknown"),
        "faults": {kind: _together(found) for kind, found in by_kind.items()},
    }


def _together(reports: Sequence[Report]) -> dict[str, Any]:
    figures = {}
    for figure in FIGURES:
        values = [value for value in (figure.read(report) for report in reports) if value is not None]
        if values:
            figures[figure.id] = {"n": len(values), "min": min(values), "median": median(values), "max": max(values)}
    return {
        "runs": len(reports),
        **{verdict: sum(report["verdict"] == verdict for report in reports) for verdict in ("pass", "fail", "unknown")},
        "figures": figures,
        "never": sum(report["outages"]["rto_seconds"] is None for report in reports),
    }


def _compared(figure: Figure, report: Report, earlier: Report) -> dict[str, Any]:
    now, before = figure.read(report), figure.read(earlier)
    # What was measured in steps is not known to less than two of them.
    step = 2 * max(each["outages"]["resolution_ms"] for each in (report, earlier)) / 1000 if figure.never else 0.0
    tolerance = max(figure.least, figure.part * (before or 0.0), step)
    if figure.never and None in (now, before):
        change = SAME if now == before else WORSE if now is None else BETTER
    else:
        change = NOT_KNOWN if now is None or before is None else _change(now, before, tolerance)
    said = f"{figure.said(now)}, it was {figure.said(before)}"
    return {
        "id": figure.id,
        "what": figure.what,
        "now": now,
        "earlier": before,
        "tolerance": round(tolerance, 3),
        "change": change,
        "said": said,
    }


def _change(now: float, before: float, tolerance: float) -> str:
    if abs(now - before) <= tolerance:
        return SAME
    return WORSE if now > before else BETTER


def _of(report: Report, group: str, key: str) -> str:
    return str(report[group][key])
