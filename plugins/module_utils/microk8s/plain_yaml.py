# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Just enough YAML to read what MicroK8s writes: nodes need no PyYAML.

Block mappings and lists, plain and quoted scalars, block texts. No anchors, tags or flow collections but the empty ones. A value may hold
": ", which MicroK8s prints and YAML forbids.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s#'"\[{&*!|>%@`].*?)\s*:(?:\s+(?P<value>.*))?$""")
EMPTY = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "{}": {}, "[]": []}
WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Line(NamedTuple):
    indent: int
    text: str


def scalar(text: str, numbers: bool = True) -> Any:
    """One value as YAML 1.1 takes it; with numbers=False digits stay text, as versions and tokens have to."""
    text = text.strip()
    if text[:1] == '"':
        return _double_quoted(text)
    if text[:1] == "'":
        return text[1 : text.rfind("'")].replace("''", "'") if text.rfind("'") > 0 else text
    text = re.split(r"(?:^|\s+)#", text, maxsplit=1)[0].strip()
    if text in EMPTY:
        found = EMPTY[text]
        return found.copy() if isinstance(found, (dict, list)) else found
    if text in WORDS:
        return WORDS[text]
    if numbers and re.fullmatch(r"[-+]?(0|[1-9]\d*)", text):
        return int(text)
    if numbers and re.fullmatch(r"[-+]?\d+\.\d*", text):
        return float(text)
    return text


def _double_quoted(text: str) -> Any:
    found = re.match(r'"(?:[^"\\]|\\.)*"', text)
    if found is None:
        return text
    try:
        return json.loads(found.group(0))
    except ValueError:
        return found.group(0)[1:-1]


def _lines(text: str) -> list[Line]:
    lines = []
    for raw in text.splitlines():
        if raw.strip() in ("---", "..."):
            continue
        stripped = raw.lstrip(" ")
        lines.append(Line(len(raw) - len(stripped), stripped.rstrip()))
    return lines


class _Reader:
    def __init__(self, text: str, numbers: bool) -> None:
        self.lines = _lines(text)
        self.place = 0
        self.numbers = numbers

    def peek(self) -> Line | None:
        while self.place < len(self.lines) and (not self.lines[self.place].text or self.lines[self.place].text.startswith("#")):
            self.place += 1
        return self.lines[self.place] if self.place < len(self.lines) else None

    def node(self, indent: int) -> Any:
        line = self.peek()
        if line is None or line.indent < indent:
            return None
        if line.text == "-" or line.text.startswith("- "):
            return self.sequence(line.indent)
        if KEY.match(line.text):
            return self.mapping(line.indent)
        self.place += 1
        return scalar(line.text, self.numbers)

    def sequence(self, indent: int) -> list[Any]:
        found: list[Any] = []
        while True:
            line = self.peek()
            if line is None or line.indent != indent or not (line.text == "-" or line.text.startswith("- ")):
                return found
            rest = line.text[1:]
            inner = rest.lstrip(" ")
            if not inner:
                self.place += 1
                found.append(self.node(indent + 1))
                continue
            # What follows the dash begins a line of its own, deeper by the dash and its blanks.
            self.lines[self.place] = Line(indent + 1 + len(rest) - len(inner), inner)
            found.append(self.node(indent + 1))

    def mapping(self, indent: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            line = self.peek()
            match = KEY.match(line.text) if line is not None and line.indent == indent else None
            if line is None or match is None:
                return found
            self.place += 1
            key = str(scalar(match["key"], numbers=False))
            found[key] = self.value(match["value"] or "", indent)

    def value(self, text: str, indent: int) -> Any:
        if re.fullmatch(r"[|>][+-]?\d*", text):
            return self.block(text, indent)
        if text and not text.startswith("#"):
            return scalar(text, self.numbers)
        line = self.peek()
        if line is not None and line.indent == indent and (line.text == "-" or line.text.startswith("- ")):
            return self.sequence(indent)
        return self.node(indent + 1)

    def block(self, mark: str, indent: int) -> str:
        taken: list[Line] = []
        while self.place < len(self.lines) and (not self.lines[self.place].text or self.lines[self.place].indent > indent):
            taken.append(self.lines[self.place])
            self.place += 1
        margin = min((line.indent for line in taken if line.text), default=0)
        rows = [" " * (line.indent - margin) + line.text if line.text else "" for line in taken]
        text = ("\n" if mark[0] == "|" else " ").join(rows).rstrip()
        return text if "-" in mark or not text else f"{text}\n"


def parse(text: str, numbers: bool = True) -> Any:
    """The first document of a text; None for an empty one. What cannot be understood ends the part it stands in."""
    return _Reader(text, numbers).node(0)
