# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The little YAML that netplan files are made of: block mappings and lists of plain, quoted, empty or boolean values.

A node's Python need not have PyYAML, and netplan's own parser is C.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Line = tuple[int, str]

_BARE_KEY = re.compile(r"[a-z][a-z0-9-]*")
_KEY = re.compile(
    r"""(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:[^\s"'#&*!|>%@`{}\[\],?:-]|[?:-](?=[^\s:]))(?:[^:#]|:(?!\s|$)|(?<!\s)#)*?)"""
    r"""\s*:(?:\s+(?P<rest>.*))?""",
    re.ASCII,
)
_BLANKS = " \t\r"
_WORDS = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    **dict.fromkeys(("null", "~", ""), None),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
# YAML 1.1, section 5.7
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", " ": " ", '"': '"'}
_ESCAPES.update({"/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"})


def dump(tree: Mapping[str, Any], indent: int = 0) -> str:
    """Write a mapping of mappings, lists, texts, booleans and whole numbers. Texts are always quoted."""
    pad = " " * indent
    text = ""
    for name, value in tree.items():
        key = name if _BARE_KEY.fullmatch(name) and name not in _WORDS else quoted(name)
        if isinstance(value, Mapping) and value:
            text += f"{pad}{key}:\n{dump(value, indent + 2)}"
        elif isinstance(value, (list, tuple)) and value:
            text += f"{pad}{key}:\n{_dump_list(value, indent + 2)}"
        else:
            text += f"{pad}{key}: {_dump_scalar(value)}\n"
    return text


def _dump_list(items: Sequence[Any], indent: int) -> str:
    pad = " " * indent
    text = ""
    for item in items:
        if isinstance(item, Mapping) and item:
            # The first key takes the place of its own indentation behind the dash.
            text += f"{pad}- {dump(item, indent + 2)[indent + 2 :]}"
        else:
            text += f"{pad}- {_dump_scalar(item)}\n"
    return text


def _dump_scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def quoted(text: str) -> str:
    """Write a text as a double-quoted YAML scalar, with escapes for all that an editor would not show."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def load(text: str) -> dict[str, Any]:
    """Read what dump() and other programs' block style write.

    Raises ValueError for YAML beyond that (flow collections, anchors, tags, folded and block texts): the caller then does not
    know what the file says.
    """
    if re.search("[\x85\u2028\u2029\ufeff]", text):
        raise ValueError("not understood: YAML's rarer line ends")
    lines = [(len(line) - len(line.lstrip(" ")), line.strip(_BLANKS)) for line in text.split("\n") if _says_something(line)]
    if not lines:
        return {}
    tree, rest = _load_mapping(lines, lines[0][0])
    if rest:
        raise ValueError(f"not understood: a line indented by {rest[0][0]}")
    return tree


def _says_something(line: str) -> bool:
    stripped = line.strip(_BLANKS)
    return bool(stripped) and not stripped.startswith("#") and stripped not in ("---", "...")


def _load_mapping(lines: list[Line], indent: int) -> tuple[dict[str, Any], list[Line]]:
    tree: dict[str, Any] = {}
    while lines and lines[0][0] == indent and not _is_item(lines[0][1]):
        found = _KEY.fullmatch(lines[0][1])
        if not found:
            raise ValueError("not understood: a line without a key")
        key = _text(found["key"])
        if key in tree:
            raise ValueError("not understood: a key twice")
        rest = _without_comment(found["rest"] or "")
        lines = lines[1:]
        tree[key], lines = (_scalar(rest), lines) if rest else _load_block(lines, indent)
    return tree, lines


def _load_block(lines: list[Line], indent: int) -> tuple[Any, list[Line]]:
    """Read what belongs to a key with nothing behind it: a deeper mapping, a list (which may be as deep as its key), or nothing."""
    if lines and lines[0][0] >= indent and _is_item(lines[0][1]):
        return _load_list(lines, lines[0][0])
    if lines and lines[0][0] > indent:
        return _load_mapping(lines, lines[0][0])
    return None, lines


def _load_list(lines: list[Line], indent: int) -> tuple[list[Any], list[Line]]:
    items: list[Any] = []
    while lines and lines[0][0] == indent and _is_item(lines[0][1]):
        item = lines[0][1][1:]
        inner = _without_comment(item.strip(_BLANKS))
        if _KEY.fullmatch(inner):
            deeper = indent + 1 + len(item) - len(item.lstrip(" "))
            value, lines = _load_mapping([(deeper, item.strip(_BLANKS)), *lines[1:]], deeper)
        else:
            value, lines = _scalar(inner), lines[1:]
        items.append(value)
    return items, lines


def _is_item(line: str) -> bool:
    return line == "-" or line.startswith("- ")


def _without_comment(value: str) -> str:
    if value[:1] in ("'", '"'):
        # A comment can only begin after the closing quote.
        found = re.match(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(\s+#.*)?$""", value, re.ASCII)
        return found[1] if found else value
    return re.sub(r"(^|\s+)#.*", "", value, flags=re.ASCII)


def _scalar(value: str) -> Any:
    if value in ("{}", "[]"):
        return {} if value == "{}" else []
    if value[:1] in ("'", '"'):
        return _text(value)
    if value[:1] in tuple("&*!|>%@`{}[],") or value[:2] in ("?", "? "):
        raise ValueError("not understood: YAML beyond block mappings and lists")
    if value.lower() in _WORDS:
        return _WORDS[value.lower()]
    return int(value) if _INTEGER.fullmatch(value) else value


def _text(value: str) -> str:
    if value[:1] == "'":
        if not re.fullmatch(r"'(?:[^']|'')*'", value):
            raise ValueError("not understood: a quoted text without its end")
        return value[1:-1].replace("''", "'")
    if value[:1] == '"':
        if not re.fullmatch(r'"(?:[^"\\]|\\.)*"', value):
            raise ValueError("not understood: a quoted text without its end")
        return _ESCAPE.sub(_unescaped, value[1:-1])
    return value


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    if code not in _ESCAPES:
        raise ValueError("not understood: an escape that YAML does not know")
    return _ESCAPES[code]
