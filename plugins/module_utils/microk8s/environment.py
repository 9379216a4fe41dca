# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell files beside the files of arguments: NAME=value lines are values, everything else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.words import WORD, quote, text_of, unquote

# ha-conf has failure-domain=1
NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
LINE = re.compile(rf"(?P<before>\s*(?:export\s+)?)(?P<name>{NAME})=(?P<value>[^\n]*)\n?")


def without_password(text: str) -> str:
    """The same with user and password of each URL hidden, as proxies have them."""
    return re.sub(r"(://)[^/@\s]+@", r"\1***@", text)


def secrets(files: Mapping[str, Any]) -> list[str]:
    """Values with user and password in a URL. files: variables by file, as module microk8s_args takes them."""
    values = [str(value) for variables in files.values() if isinstance(variables, Mapping) for value in variables.values()]
    return [value for value in values if without_password(value) != value]


@dataclass(frozen=True)
class Environment:
    """One file, line by line, each with its newline but perhaps the last."""

    lines: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Environment:
        return cls(tuple(re.findall(r"[^\n]*\n|[^\n]+", text)))

    def __str__(self) -> str:
        return "".join(self.lines)

    def values(self) -> dict[str, str]:
        """name -> value; the last one counts."""
        return {name: value for name, value in map(_assignment, self.lines) if name is not None}

    def with_values(self, wanted: Mapping[str, Any]) -> Environment:
        """Names set to a value, or taken out with None. A name that was set several times is there once afterwards."""
        result = self
        for name, value in wanted.items():
            if not re.fullmatch(NAME, name):
                raise MicroK8sError(f'"{name}" is not the name of an environment variable. Letters, digits and underscores make one.')
            result = result._with(name, None if value is None else text_of(value))
        return result

    def _with(self, name: str, value: str | None) -> Environment:
        places = [number for number, line in enumerate(self.lines) if _assignment(line)[0] == name]
        if (value is None and not places) or (len(places) == 1 and _assignment(self.lines[places[0]])[1] == value):
            return self
        kept = [line for number, line in enumerate(self.lines) if number not in places[1:]]
        if value is None:
            return Environment(tuple(line for number, line in enumerate(kept) if number not in places[:1]))
        if places:
            before = LINE.fullmatch(kept[places[0]])
            kept[places[0]] = f"{before['before'] if before else ''}{name}={quote(value) if value else ''}\n"
            return Environment(tuple(kept))
        if kept and not kept[-1].endswith("\n"):
            kept[-1] += "\n"
        return Environment((*kept, f"{name}={quote(value) if value else ''}\n"))


def _assignment(line: str) -> tuple[str | None, str]:
    found = LINE.fullmatch(line)
    if found is None:
        return None, ""
    word = WORD.match(found["value"])
    return found["name"], unquote(word.group(0)) if word else ""
