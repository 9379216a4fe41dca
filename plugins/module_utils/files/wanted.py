# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file shall look like, as a value, and the text that follows from what it holds now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.text import with_block, without_block, without_lines


@dataclass(frozen=True)
class WantedFile:
    """One file of a node: all of it, or a block in it, or only some lines gone.

    `mode` is a number of permission bits; `mode`, `owner` and `group` are None where they stay as they are.
    """

    path: str
    content: str | None = None
    state: str = "present"
    mode: int | None = None
    owner: str | None = None
    group: str | None = None
    block: str | None = None
    absent_lines: tuple[str, ...] = ()
    create: bool = True
    validate: str | None = None
    backup: bool = False
    sensitive: bool = False
    activation: str | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> WantedFile:
        """Read the options of one file. Raises FilesError for what contradicts itself."""
        path, content, state = options["path"], options["content"], options["state"]
        patterns, validate = options["absent_lines"] or [], options["validate"]
        contradiction = None
        if not path.startswith("/") or ".." in PurePosixPath(path).parts:
            contradiction = "the path must be absolute, without .."
        elif state == "present" and content is None and not patterns:
            contradiction = "it has neither content nor absent_lines"
        elif patterns and content is not None and not options["block"]:
            contradiction = "absent_lines go with a block or alone, not with the content of the whole file"
        elif validate is not None and "%s" not in validate:
            contradiction = 'the validate command has no "%s" where the file goes'
        if contradiction:
            raise FilesError(f"{path}: {contradiction}", path=path)
        own = {name: options[name] for name in ("owner", "group", "block", "create", "backup", "sensitive", "activation")}
        mode = _permissions(path, options["mode"])
        return cls(path, content, state, mode, absent_lines=_patterns(path, patterns), validate=validate, **own)

    def after(self, before: str | None) -> str | None:
        """The text this file shall hold where it holds `before`; None stands for no file."""
        if before is None and (not self.create or self.state == "absent" or self.content is None):
            return None
        if self.state == "absent" and self.block is None:
            return None
        try:
            text = without_lines(before or "", self.absent_lines, self.block)
            if self.block is None:
                return text if self.content is None else self.content
            return without_block(text, self.block) if self.state == "absent" else with_block(text, self.block, self.content or "")
        except FilesError as error:
            raise FilesError(f"{self.path}: {error}", path=self.path, **error.facts) from error


def _permissions(path: str, mode: str | None) -> int | None:
    if mode is None:
        return None
    if not re.fullmatch(r"0?[0-7]{3,4}", mode):
        raise FilesError(f'{path}: mode "{mode}" is not an octal number in quotes such as "0644"', path=path)
    return int(mode, 8)


def _patterns(path: str, patterns: list[str]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise FilesError(f'{path}: absent_lines "{pattern}" is not a regular expression: {error}', path=path) from error
    return tuple(patterns)
