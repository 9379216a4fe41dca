# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a configuration file that is only partly ours: managed blocks and unwanted lines, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError


def with_block(text: str, marker: str, content: str) -> str:
    """Put `content` between the marker's BEGIN and END lines: in place where the block stands, at the end otherwise.

    Raises FilesError for a BEGIN without END, and the other way round: what belongs to the block is then a guess.
    """
    before, after = _around_block(text, marker)
    block = [f"{line}\n" for line in (_begin(marker), *content.splitlines(), _end(marker))]
    if before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    return "".join(before + block + after)


def without_block(text: str, marker: str) -> str:
    """Take the marker's block out, its lines and the markers. Raises FilesError as `with_block` does."""
    before, after = _around_block(text, marker)
    return "".join(before + after)


def without_lines(text: str, patterns: Iterable[str], marker: str | None = None) -> str:
    """Take out the lines in which one of the regular expressions is found; lines inside the marker's block stay."""
    unwanted = [re.compile(pattern) for pattern in patterns]
    kept = []
    inside = False
    for line in _lines(text):
        bare = _bare(line)
        if marker is not None and bare in (_begin(marker), _end(marker)):
            inside = bare == _begin(marker)
        if inside or not any(pattern.search(bare) for pattern in unwanted):
            kept.append(line)
    return "".join(kept)


def _around_block(text: str, marker: str) -> tuple[list[str], list[str]]:
    """The lines before and after the block. More than one block, left by a hand that copied it, becomes one."""
    before: list[str] = []
    after: list[str] = []
    outside = before
    begun = 0
    for number, line in enumerate(_lines(text), start=1):
        if _bare(line) == _begin(marker):
            if begun:
                raise _unpaired(marker, _begin(marker), begun)
            begun = number
        elif _bare(line) == _end(marker):
            if not begun:
                raise _unpaired(marker, _end(marker), number)
            begun, outside = 0, after
        elif not begun:
            outside.append(line)
    if begun:
        raise _unpaired(marker, _begin(marker), begun)
    return before, after


def _unpaired(marker: str, line: str, number: int) -> FilesError:
    return FilesError(
        f'line {number}, "{line}", has no counterpart, so it cannot be told which lines belong to the block. '
        f'Restore the line that is missing ("{_begin(marker)}" or "{_end(marker)}") or remove the whole block',
        line=number,
    )


def _begin(marker: str) -> str:
    return f"# BEGIN {marker}"


def _end(marker: str) -> str:
    return f"# END {marker}"


def _lines(text: str) -> list[str]:
    """Lines with their ends. Only a line feed ends one: str.splitlines would split at form feeds too."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _bare(line: str) -> str:
    return line.rstrip("\r\n")
