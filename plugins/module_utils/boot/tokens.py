# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One word of the kernel's command line: where it ends, what its key and value are, whether two mean the same.

Blanks and quotes are those of the kernel's next_arg(): double quotes join, there is no escape.
"""

from __future__ import annotations

import re

from ansible_collections.pikube.stateful.plugins.module_utils.boot.errors import BootError
from ansible_collections.pikube.stateful.plugins.module_utils.boot.keys import MULTI_VALUED, MULTI_VALUED_ENDINGS, SERIAL_PORT, SWITCHES

BLANKS = " \t\n\v\f\r"
# The kernel hands what follows this token to init and looks at none of it.
FOR_INIT = "--"


def split(text: str) -> tuple[str, ...]:
    """The tokens of a line. A quote that is never closed makes the rest of the line one token, as in the kernel."""
    tokens: list[str] = []
    current = ""
    quoted = False
    for character in text:
        if character in BLANKS and not quoted:
            if current:
                tokens.append(current)
            current = ""
            continue
        if character == '"':
            quoted = not quoted
        current += character
    if current:
        tokens.append(current)
    return tuple(tokens)


def key_of(token: str) -> str:
    """The key as the kernel compares it: without quotes, "-" and "_" the same."""
    return _bare(token).partition("=")[0].replace("-", "_")


def value_of(token: str) -> str | None:
    """The value without the quotes around it; None for a token without "="."""
    _key, equals, value = _bare(token).partition("=")
    return _bare(value) if equals else None


def meaning(token: str) -> tuple[str, str | None]:
    """Key and value of a token; equal for tokens that differ in their writing only."""
    return key_of(token), value_of(token)


def started_as(token: str) -> tuple[str, str | None]:
    """The meaning of a token in a running kernel's line, where the firmware has named the serial console by the board's own port."""
    key, value = meaning(token)
    if key == "console" and value is not None:
        port, comma, options = value.partition(",")
        if re.fullmatch(SERIAL_PORT, port):
            value = f"serial{comma}{options}"
    return key, value


def is_multi_valued(key: str) -> bool:
    """Whether each occurrence of the key counts, not only the last."""
    return key in MULTI_VALUED or key.endswith(MULTI_VALUED_ENDINGS)


def is_switch(token: str) -> bool:
    """Whether the token switches names on or off: cgroup_enable=NAME,NAME and its opposite."""
    return key_of(token) in SWITCHES and bool(value_of(token))


def names_of(token: str) -> tuple[str, ...]:
    """The names that a switch token lists."""
    return tuple(name for name in (value_of(token) or "").split(",") if name)


def checked(token: str) -> str:
    """The token itself. Raises BootError for text that is not exactly one token of a kernel's command line."""
    if token.count('"') % 2:
        raise BootError(f'the kernel parameter {token!r} has a quote that is never closed; write it as key="a value with blanks"')
    if "\0" in token or "\n" in token or "\r" in token:
        raise BootError(f"the kernel parameter {token!r} holds a line break or a NUL; cmdline.txt is one line of text")
    words = split(token)
    if len(words) > 1:
        raise BootError(f"the kernel parameter {token!r} is {len(words)} parameters; give each as an entry of the list of its own")
    if words != (token,) or token == FOR_INIT or not key_of(token):
        raise BootError(f"{token!r} is not a kernel parameter; write key or key=value, without blanks around it")
    return token


def printable(text: str) -> str:
    """Text with the bytes that are not UTF-8 replaced, for output only."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _bare(text: str) -> str:
    if not text.startswith('"'):
        return text
    return text[1:-1] if text.endswith('"') and len(text) > 1 else text[1:]
