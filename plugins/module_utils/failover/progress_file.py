# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says of itself while it goes on: one JSON object a line, and how a person reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

USUAL = {  # what comes after a phase
    "plan": "prepare",
    "prepare": "steady load",
    "steady": "the fault",
    "fault": "writes again",
    "outage": "writes again",
    "degraded": "undo",
    "undo": "the cluster whole again",
    "settle": "the cluster whole again",
    "judge": "the report",
}


def row(stream: IO[str], content: Mapping[str, Any]) -> None:
    stream.write(json.dumps(content, separators=(",", ":")) + "\n")
    stream.flush()


def rows(text: str) -> list[dict[str, Any]]:
    """Of whole lines; one that is being written is left out."""
    whole, _newline, _rest = text.rpartition("\n")
    return [json.loads(line) for line in whole.splitlines() if line]


def shown(content: Mapping[str, Any]) -> str:
    """One line for a person. content: phase, elapsed and since_fault (seconds, None before it); of the load, once it runs, rate, acked,
    failed and unknown; primary, node, next; said: what is done or waited for.
    """
    parts = [f"{content['phase']}, {content['elapsed']:.0f} s"]
    if content.get("since_fault") is not None:
        parts.append(f"{content['since_fault']:.1f} s after the fault")
    if content.get("acked") is not None:
        unknown = f", {content['unknown']} unknown" if content.get("unknown") else ""
        parts.append(f"{content['rate']} writes/s, {content['acked']:,} acknowledged, {content['failed']} failed{unknown}")
    if content.get("primary"):
        parts.append(f"primary {content['primary']} on {content.get('node') or 'no node'}")
    if content.get("said"):
        parts.append(content["said"])
    if content.get("next"):
        parts.append(f"next: {content['next']}")
    return "; ".join(parts)
