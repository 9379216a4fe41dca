# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key figures of a page, and the outage beside what was to be expected."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words

Report = Mapping[str, Any]
BESIDE = {"within": "within what was predicted", "faster": "faster than predicted", "slower": "slower than predicted", "": ""}


def figures(report: Report, comparison: Mapping[str, Any] | None = None) -> str:
    data, outages = report["data"], report["outages"]
    changes = {each["id"]: each for each in (comparison or {}).get("figures", ())}
    lost, unknown = data["rpo_rows"], data["unknown_there"] + data["unknown_absent"]
    return "\n".join(
        (
            '<div class="figures">',
            _figure(
                "Without writes (RTO)",
                _took(report),
                "bad" if outages["rto_seconds"] is None else "warn" if words.beside_band(report) == "slower" else "",
                _beside(report),
                words.classes(report) or ("no outage" if data["entries"] else "nothing was measured"),
                _since(changes.get("rto_seconds")),
            ),
            _figure(
                "Lost (RPO)",
                words.rows(lost),
                "bad" if lost else "",
                f"<p>{escape(_lost(report))}</p>",
                _since(changes.get("rpo_rows")),
            ),
            _figure(
                "Acknowledged", words.count(data["acknowledged"]), "", "", f"rows; {words.count(data['failed'])} more failed for certain"
            ),
            _figure(
                "Unknown",
                words.count(unknown),
                "",
                "",
                f"{words.count(data['unknown_there'])} there, {words.count(data['unknown_absent'])} absent: neither is a loss"
                if unknown
                else "each client was told",
            ),
            _figure("Resolution", f"{outages['resolution_ms']:g} ms", "", "", "between two attempts in an outage"),
            "</div>",
        )
    )


def _took(report: Report) -> str:
    took = report["outages"]["rto_seconds"]
    if not report["data"]["entries"]:
        return "not known"
    return "not over" if took is None else words.seconds(took)


def _figure(name: str, value: str, tone: str, extra: str, *lines: str) -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return f'<section><h2>{escape(name)}</h2><p class="value {tone}">{escape(value)}</p>{extra}{paragraphs}</section>'


def _lost(report: Report) -> str:
    data = report["data"]
    wrong = [f"{words.count(data[key]['count'])} {text}" for key, text in words.WRONG.items() if key != "lost" and data[key]["count"]]
    time = f"{words.seconds(data['rpo_seconds'])} of writes" if data["rpo_rows"] else f"of {words.count(data['acknowledged'])} acknowledged"
    again = [f"read {data['reading']}"] if data["reading"] == "after the restore" else []
    return "; ".join((time, *wrong, *again))


def _since(change: Mapping[str, Any] | None) -> str:
    if not change or change["change"] == "unknown":
        return ""
    word = {"same": "as before", "worse": "worse than before", "better": "better than before"}[change["change"]]
    return f"{word}: {change['said']}"


def _beside(report: Report) -> str:
    """A scale from 0 on: the predicted band, the floor of the cluster's own settings, and what was measured."""
    outages = report["outages"]
    took, floor, predicted = outages["rto_seconds"], outages["floor_seconds"], outages["predicted"]
    if not predicted or predicted[1] == 0 or not report["data"]["entries"]:
        return ""
    low, high = predicted
    most = (
        max(value for value in (took, floor, low, high) if value is not None) * (1.12 if high is not None and took is not None else 1.5)
        or 1.0
    )

    def place(value: float) -> str:
        return f"{100 * value / most:.2f}%"

    end = most if high is None else high
    parts = ['<i class="track"></i>', f'<i class="band" style="left:{place(low)};width:{place(end - low)}"></i>']
    keys = [f'<span class="k-band">predicted {escape(words.band(report))}</span>']
    if floor is not None:
        parts.append(f'<i class="floor" style="left:{place(floor)}"></i>')
        keys.append(f'<span class="k-floor">floor {floor:g} s</span>')
    parts.append(f'<i class="run {"open" if took is None else ""}" style="width:{"100%" if took is None else place(took)}"></i>')
    if took is not None:
        parts.append(f'<i class="took" style="left:{place(took)}"></i>')
        keys.insert(0, f'<span class="k-took">{BESIDE[words.beside_band(report)]}</span>')
    return f'<div class="scale" aria-hidden="true">{"".join(parts)}</div><div class="keys">{"".join(keys)}</div>'
