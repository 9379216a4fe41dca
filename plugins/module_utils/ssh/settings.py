# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of an ssh server as values: the text of a drop-in, and what `sshd -T` says is in force (sshd_config(5))."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError

# Keyword in lower case to all its values, as the server has them.
Effective = Mapping[str, "tuple[str, ...]"]

# Old names that "sshd -T" answers under the new one.
RENAMED = {"challengeresponseauthentication": "kbdinteractiveauthentication", "dsaauthentication": "pubkeyauthentication"}


def as_options(settings: Mapping[str, Any]) -> dict[str, str]:
    """Keyword to value as sshd reads it: yes and no for booleans, blanks between the items of a list.

    Raises SshError for a keyword or value that could not stand on one line, and for Include and Match, which open a context of their own.
    """
    options = {}
    for keyword, value in settings.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", keyword) or keyword.lower() in ("include", "match"):
            raise SshError(f'"{keyword}" cannot be set here: give keywords of sshd_config(5) other than Include and Match', keyword=keyword)
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, (list, tuple)):
            text = " ".join(str(item) for item in value)
        else:
            text = str(value)
        if not text.strip() or not text.isprintable():
            raise SshError(
                f"{keyword} has {value!r} for a value: give one line of text, a number, a boolean or a list of words", keyword=keyword
            )
        options[keyword] = text.strip()
    return options


def render(options: Mapping[str, str], comment: str) -> str:
    """The text of a drop-in, in the order of the options."""
    return "".join([f"# {comment}\n", *(f"{keyword} {value}\n" for keyword, value in options.items())])


def parse_effective(text: str) -> dict[str, tuple[str, ...]]:
    """Read what `sshd -T` prints: a keyword and a value a line, a keyword again for each further value."""
    effective: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        keyword, _blank, value = line.strip().partition(" ")
        if keyword:
            effective[keyword] = (*effective.get(keyword, ()), value)
    return effective


def overruled(keywords: Iterable[str], forced: Effective, merged: Effective) -> list[str]:
    """What another file overrules, a line each.

    `forced` has the settings from sshd's command line, where nothing overrules them; `merged` has them from the drop-in.
    Both come from sshd, so that "1m" and "60" are one value.
    """
    lines = []
    for keyword in keywords:
        key = RENAMED.get(keyword.lower(), keyword.lower())
        if set(forced.get(key, ())) != set(merged.get(key, ())):
            lines.append(f'{keyword} would be "{" ".join(merged.get(key, ()))}" instead of "{" ".join(forced.get(key, ()))}"')
    return lines
