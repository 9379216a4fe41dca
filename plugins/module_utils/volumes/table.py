# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows as text for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = ("CLAIM", "ENGINE", "SIZE", "ATTACHED TO", "IN SYNC", "COPIES ON", "SURVIVES THE LOSS OF")


def text(rows: Sequence[Mapping[str, Any]], unbound: Sequence[Mapping[str, Any]], warnings: Sequence[str]) -> str:
    """A table, then what is wrong, a line each. Claims that are copies of other volumes are told by those."""
    shown = [row for row in rows if not row["part_of"]]
    lines = aligned([COLUMNS, *(cells(row) for row in shown)]) if shown else ["no claim has a volume"]
    notes = [f"{row['namespace']}/{row['name']}: {warning}" for row in shown for warning in row["warnings"]]
    notes += [f"{row['namespace']}/{row['name']} is {row['phase']}: {row['because']}" for row in unbound]
    return "\n".join([*lines, *([""] if notes or warnings else []), *warnings, *notes])


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    places = [f"{copy['node'] or '?'}{'' if copy['in_sync'] else ' (' + mark(copy) + ')'}" for copy in row["copies"]]
    wanted = "?" if row["wanted_copies"] is None else row["wanted_copies"]
    return (
        f"{row['namespace']}/{row['name']}",
        row["engine"],
        row["capacity"] or "?",
        row["attached_to"] or "-",
        f"{'?' if row['in_sync'] is None else row['in_sync']} of {wanted}",
        ", ".join(places) or "?",
        survives(row),
    )


def mark(copy: Mapping[str, Any]) -> str:
    return "not known" if copy["in_sync"] is None else "not in sync"


def survives(row: Mapping[str, Any]) -> str:
    """Nodes whose loss it survives, in the shortest words."""
    if not row["known"]:
        return "not known"
    good = [name for name, answer in row["survives"].items() if answer["survives"]]
    bad = [name for name in row["survives"] if name not in good]
    if not good:
        return "no node"
    if not bad:
        return "any one node"
    return f"all but {', '.join(bad)}" if len(bad) < len(good) else ", ".join(good)


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[number]) for line in lines) for number in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
