# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A decision as lines of text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import BY_NAME
from ansible_collections.pikube.stateful.plugins.module_utils.engines.quantity import words

NAME_WIDTH = 10
COLUMNS = 138


def _block(name: str, sentences: Iterable[str]) -> list[str]:
    """Sentences beside a name, wrapped."""
    lines = []
    for sentence in sentences:
        lines.extend(textwrap.wrap(sentence, COLUMNS - NAME_WIDTH - 2, subsequent_indent="    ") or [""])
    return [f"{name if number == 0 else '':<{NAME_WIDTH}}  {line}" for number, line in enumerate(lines)]


def _chosen(decision: Mapping[str, Any]) -> list[str]:
    engine = BY_NAME[decision["engine"]]
    asked = ", asked for by name" if decision["forced"] else ""
    chart = decision["chart"]
    nodes = ", ".join(row["name"] + (f" {row['disk']}" if row.get("disk") else "") for row in decision["nodes"])
    return [
        *_block("engine", [f"{engine.label} ({engine.name}){asked}"]),
        *_block("because", [f"{reason['id']}: {reason['because']}" for reason in decision["reasons"]]),
        *_block("overridden", [f"{rule['id']}: {rule['because']}" for rule in decision["overridden"]]),
        *_block("copies", [str(decision["replicas"])]),
        *_block("nodes", [nodes]),
        *_block("room", [f"volumes of up to {words(decision['usable_bytes'])}"]),
        *_block("survives", [f"the loss of {decision['survives_node_losses']} nodes: {decision['data_survives']}"]),
        *_block("chart", [f"{chart['name']} {chart['version']} from {chart['repository']}" if chart else "none"]),
        *_block("class", [decision["storage_class"]["name"]]),
        *_block("to know", decision["warnings"]),
    ]


def table(decision: Mapping[str, Any]) -> list[str]:
    """The lines: what was chosen and why, or what to do; then each engine that was not taken, by rule with reason and cure."""
    if decision["engine"] is None:
        lines = [
            *_block("engine", ["none of them is right"]),
            *_block("to do", decision["to_do"]),
            *_block("to know", decision["warnings"]),
        ]
    else:
        lines = _chosen(decision)
    for name, rules in decision["refused"].items():
        lines += ["", *_block(name, [f"{rule['id']}: {rule['because']}. {rule['cure']}." for rule in rules])]
    return [line.rstrip() for line in lines]
