# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML and TOML as text. Modules have the standard library only, which reads TOML and knows no YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# Files that begin so (cloud-init wants a line of its own above it) are replaced as a whole without regret.
MARK = "# Written by pikube.stateful; changes made here are lost.\n"

# What YAML 1.1, which cloud-init's reader speaks, takes for the text that it shows.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_NOT_PLAIN = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))


def yaml(value: Any) -> str:
    """A mapping of mappings, lists, texts, whole numbers, booleans and None, in block style; a list in a list has no further ones."""
    return "".join(f"{line}\n" for line in _block(value))


def toml(tables: Mapping[str, Any]) -> str:
    """A TOML document: plain values first, then each mapping as a table. None is left out."""
    lines = [f"{key} = {_toml_value(value)}" for key, value in tables.items() if value is not None and not isinstance(value, Mapping)]
    for name, table in tables.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{name}]", *(f"{key} = {_toml_value(value)}" for key, value in table.items() if value is not None)]
    return "".join(f"{line}\n" for line in lines)


def _block(value: Any) -> list[str]:
    lines = []
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, (Mapping, list, tuple)) and item:
                lines += [f"{_scalar(key)}:", *(f"  {line}" for line in _block(item))]
            else:
                lines.append(f"{_scalar(key)}: {_scalar(item)}")
        return lines
    for item in value:
        if isinstance(item, Mapping) and item:
            first, *rest = _block(item)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        elif isinstance(item, (list, tuple)):
            lines.append(f"- [{', '.join(map(_scalar, item))}]")
        else:
            lines.append(f"- {_scalar(item)}")
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN
        return value if plain else _quoted(value)
    # JSON is YAML.
    return json.dumps(value)


def _toml_value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml_value, value))}]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    """In double quotes, with escapes that YAML and TOML both have."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04X}" if ord(letter) <= 0xFFFF else f"\\U{ord(letter):08X}"
