# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened, over time, as one picture of vectors: phases, milestones, lanes, acknowledged writes and latency above the same axis.

It is drawn twice, for a wide and for a narrow screen, since letters that shrink with a picture cannot be read on a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import report_words as words
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_curves import latency, rates
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_scale import Scale, fits, ticks
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report_states import HATCHED, NONE, PHASES, SAID, STATES

BAR, FLAG = 20, 9  # pixels: height of a bar, radius of a milestone's number
WIDE, NARROW = 976, 332  # pixels: what a card has inside on a desk, and on a phone of 390
LETTERS = 20  # of a lane's name beside it
GUTTER = 132  # pixels for the names of lanes, beside them on a wide screen, above them on a narrow one


@dataclass
class Picture:
    """Lines of SVG, and how far down they reach. name: of this picture, before each id in it."""

    name: str
    scale: Scale
    narrow: bool
    lines: list[str] = field(default_factory=list)
    y: float = 0.0

    def add(self, *lines: str) -> None:
        self.lines += lines

    def text(self, x: float, y: float, text: str, kind: str = "q", **attributes: str) -> None:
        more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{more}>{escape(text)}</text>')


def chart(report: Mapping[str, Any], name: str, domain: tuple[float, float], narrow: bool) -> str:
    """name: unique on the page. domain: seconds relative to the fault."""
    width = NARROW if narrow else WIDE
    scale = Scale(domain, 0.0 if narrow else float(GUTTER), float(width))
    picture = Picture(name, scale, narrow)
    _phases(picture, report["phases"])
    flags = _flags(picture, numbered(report))
    top = picture.y
    _lanes(picture, report["lanes"])
    bottom_of_lanes = picture.y
    rates(picture, report["series"]["acknowledged"], report["outages"]["list"])
    latency(picture, report["series"]["latency"])
    behind = [*_outages(picture, report, top), *flags(bottom_of_lanes), *_axis(picture, top, bool(report["fault"]["at"]))]
    kind = "narrow" if narrow else "wide"
    return "\n".join(
        (
            f'<svg class="chart {kind}" viewBox="0 0 {width} {picture.y:.0f}" role="img" tabindex="0" aria-labelledby="{name}-t {name}-d"'
            f' data-from="{domain[0]:.3f}" data-to="{domain[1]:.3f}" data-left="{scale.left:.0f}" data-right="{scale.right:.0f}">',
            f'<title id="{name}-t">What happened, from {words.moment(domain[0])} to {words.moment(domain[1])}</title>',
            f'<desc id="{name}-d">{escape(words.headline(report))} The tables below say the same.</desc>',
            "<defs>"
            f'<pattern id="{name}-hung" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<path d="M0 0V7" class="hatch"/></pattern>'
            f'<pattern id="{name}-dots" width="6" height="6" patternUnits="userSpaceOnUse">'
            '<circle cx="2" cy="2" r="1" class="dots"/></pattern>'
            "</defs>",
            *behind,
            *picture.lines,
            f'<line class="cursor" x1="0" x2="0" y1="{top:.0f}" y2="{picture.y - 18:.0f}"/>',
            "</svg>",
        )
    )


def numbered(report: Mapping[str, Any]) -> list[tuple[int | None, Mapping[str, Any]]]:
    """Milestones in the order of their time, each with its number; those that were not seen come last, without one."""
    seen = sorted((each for each in report["milestones"] if each["at"] is not None), key=lambda each: each["at"])
    return [*enumerate(seen, 1), *((None, each) for each in report["milestones"] if each["at"] is None)]


def whole(report: Mapping[str, Any]) -> tuple[float, float]:
    """From the steady load to the end of the restore: a judge that counts rows is no part of the story."""
    known = [each for each in report["phases"] if each["id"] not in ("plan", "prepare", "judge", "report")]
    times = [time for each in known for time in (each["from"], each["to"]) if time is not None]
    rows = [row[0] for row in report["series"]["acknowledged"]]
    found = times or rows or [-1.0, 1.0]
    if any(each["to"] is None for each in known) and rows:
        found.append(rows[-1])
    return (min(found), max(*found, min(found) + 1.0))


def close(report: Mapping[str, Any]) -> tuple[float, float] | None:
    """Around the outages that the fault brought; None where the whole run shows them as well."""
    begin, end = whole(report)
    found = [each for each in report["outages"]["list"] if each["to"] is None or each["to"] > 0]
    if not found or any(each["to"] is None for each in found):
        return None
    first, last = min(0.0, *(each["from"] for each in found)), max(each["to"] for each in found)
    room = max(last - first, 2.0)
    near = (max(begin, first - 0.2 * room), min(end, last + 0.3 * room))
    return near if near[1] - near[0] < 0.6 * (end - begin) else None


def _phases(picture: Picture, phases: Sequence[Mapping[str, Any]]) -> None:
    for each in phases:
        part = picture.scale.part(each["from"], each["to"])
        if not part:
            continue
        x, width = part
        name = PHASES.get(each["id"], each["id"])
        picture.add(f'<rect class="phase" x="{x:.1f}" y="0" width="{width:.1f}" height="{BAR}" rx="3"><title>{escape(name)}</title></rect>')
        if fits(name, width):
            picture.text(x + width / 2, 14, name, text_anchor="middle")
    if not picture.narrow:
        picture.text(0, 14, "phase")
    picture.y = BAR + 4


def _flags(picture: Picture, steps: Sequence[tuple[int | None, Mapping[str, Any]]]) -> Any:
    """Numbers of milestones, below each other where they would overlap. Returns what draws their lines down to a height."""
    ends: list[float] = []  # of each row, where its last number ends
    placed = []
    for number, step in steps:
        if number is None or not picture.scale.has(step["at"]):
            continue
        at = picture.scale.x(step["at"])
        x = min(max(at, picture.scale.left + FLAG), picture.scale.right - FLAG)
        row = next((turn for turn, end in enumerate(ends) if end + 2 <= x - FLAG), len(ends))
        ends[row:] = [x + FLAG, *ends[row + 1 :]]
        y = picture.y + FLAG + 1 + row * (2 * FLAG + 3)
        placed.append((at, y))
        picture.add(f"<g><title>{escape(step['what'])}, {words.moment(step['at'])}</title>")
        picture.add(f'<circle class="flag" cx="{x:.1f}" cy="{y:.1f}" r="{FLAG}"/>')
        picture.text(x, y + 4, str(number), "n")
        picture.add("</g>")
    if placed and not picture.narrow:
        picture.text(0, picture.y + FLAG + 5, "milestone")
    picture.y += len(ends) * (2 * FLAG + 3) + 4

    def down(to: float) -> list[str]:
        return [f'<path class="tick" d="M{x:.1f} {y + FLAG:.1f}V{to:.1f}"/>' for x, y in placed]

    return down


def _lanes(picture: Picture, lanes: Sequence[Mapping[str, Any]]) -> None:
    group = None
    for lane in lanes:
        if group is not None and lane["group"] != group:
            picture.y += 7
        group = lane["group"]
        # A name of an object has no blank; one that has says itself what it is of.
        name = lane["name"] if group == "client" or " " in lane["name"] else f"{group} {lane['name']}"
        if picture.narrow:
            picture.y += 14
            picture.text(0, picture.y - 2, name, "q halo")
        else:
            picture.text(0, picture.y + 15, name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}")
        for span in lane["spans"]:
            _span(picture, span)
        picture.y += BAR + 4


def _span(picture: Picture, span: Mapping[str, Any]) -> None:
    part = picture.scale.part(span["from"], span["to"])
    if not part:
        return
    (x, width), y = part, picture.y
    state = span["state"].lower()
    tone, label = STATES.get(state, NONE), said(span)
    shape = f'x="{x + 0.5:.1f}" y="{y:.1f}" width="{max(width - 1, 1.5):.1f}" height="{BAR}" rx="3"'
    about = f"{label}, {words.moment(span['from'])} to {words.moment(span['to']) if span['to'] is not None else 'the end'}"
    picture.add(f'<g class="{tone}"><title>{escape(about)}</title><rect class="{tone} s" {shape}/>')
    pattern = HATCHED.get(state)
    if pattern:
        picture.add(f'<rect fill="url(#{picture.name}-{pattern})" {shape}/>')
    for text in (label, SAID.get(state, span["state"])):
        if fits(text, width):
            picture.text(x + 6, y + 14, text, "on")
            break
    picture.add("</g>")


def said(span: Mapping[str, Any]) -> str:
    state = SAID.get(span["state"].lower(), span["state"])
    return f"{state}, {span['label']}" if span["label"] else state


def _outages(picture: Picture, report: Mapping[str, Any], top: float) -> list[str]:
    found = []
    for each in report["outages"]["list"]:
        part = picture.scale.part(each["from"], each["to"])
        if part:
            found.append(f'<rect class="out" x="{part[0]:.1f}" y="{top:.1f}" width="{part[1]:.1f}" height="{picture.y - top:.1f}"/>')
    return found


def _axis(picture: Picture, top: float, fault: bool) -> list[str]:
    """fault: whether there was one at 0. Returns what lies behind all else."""
    bottom, scale, lines = picture.y, picture.scale, []
    for tick in ticks(scale.domain, 5 if picture.narrow else 10):
        x = scale.x(tick)
        here = fault and tick == 0
        if not here:
            lines.append(f'<path class="grid" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>')
        anchor = "start" if x < scale.left + 14 else "end" if x > scale.right - 14 else "middle"
        picture.text(x, bottom + 15, "fault" if here else words.tick(tick), "b" if here else "q", text_anchor=anchor)
    if fault and scale.has(0.0):
        lines.append(f'<path class="fault" d="M{scale.x(0.0):.1f} {top:.1f}V{bottom + 3:.1f}"/>')
    if not picture.narrow:
        picture.text(0, bottom + 15, "seconds")
    picture.y = bottom + 20
    return lines
