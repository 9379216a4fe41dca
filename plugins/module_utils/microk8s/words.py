# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words as bash reads them in the files of arguments, which MicroK8s expands by `declare -a args="($(cat FILE))"`.

A value is the text between the quotes. `$NAME` in it is expanded by bash, `\\$` is a dollar sign; everything else stands for itself.
"""

from __future__ import annotations

import re

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

# Needs no quotes in a word, wherever it stands.
SAFE = re.compile(r"(?:[A-Za-z0-9_./:,=@%+-]|\$\{[A-Za-z_][A-Za-z0-9_]*\}|\$[A-Za-z_][A-Za-z0-9_]*)+")
WORD = re.compile(r"""(?:[^ \t\n'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+""", re.S)
LITERAL_DOLLAR = "\\$"


def quote(value: str) -> str:
    """The value as a word. Raises MicroK8sError for more than one line: programs of MicroK8s read these files line by line."""
    if re.search(r"[\n\r\0]", value):
        raise MicroK8sError(f"An argument of a service is one line, and this value has several: {value.splitlines()[0]} ...")
    if SAFE.fullmatch(value):
        return value
    found = re.sub(r'\\\$|["`\\]', lambda match: match.group(0) if match.group(0) == LITERAL_DOLLAR else f"\\{match.group(0)}", value)
    return f'"{found}"'


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: LITERAL_DOLLAR if match.group(1) == "$" else match.group(1), text, flags=re.S)


def _double_quoted(text: str) -> str:
    # Between double quotes a backslash stands for itself unless one of these follows.
    return re.sub(r'\\([$`"\\])', lambda match: LITERAL_DOLLAR if match.group(1) == "$" else match.group(1), text)


def unquote(word: str) -> str:
    """The value of a word."""
    found = []
    for part in re.findall(r"""'[^']*'|"(?:[^"\\]|\\.)*"|(?:[^'"\\]|\\.)+""", word, re.S):
        if part[0] == "'":
            found.append(part[1:-1].replace("$", LITERAL_DOLLAR))
        elif part[0] == '"':
            found.append(_double_quoted(part[1:-1]))
        else:
            found.append(_unquoted(part))
    return "".join(found)


def text_of(value: object) -> str:
    """What was written in YAML as the text that a service reads: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)
