# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to change so that the files are as wanted, computed before the first of them is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Callable

from ansible_collections.pikube.stateful.plugins.module_utils.files.disk import Found
from ansible_collections.pikube.stateful.plugins.module_utils.files.wanted import WantedFile


@dataclass(frozen=True)
class Change:
    """One file before and after; None stands for no file."""

    wanted: WantedFile
    before: Found | None
    after: Found | None

    @property
    def needed(self) -> bool:
        return self.before != self.after

    def diff(self) -> dict[str, str]:
        """The change in the form of Ansible's diff mode; the text of a sensitive file is hidden."""
        return {
            "before_header": self._header(self.before),
            "after_header": self._header(self.after),
            "before": self._shown(self.before, ""),
            "after": self._shown(self.after, ", changed" if self.before and self.after and self.before.text != self.after.text else ""),
        }

    def _header(self, found: Found | None) -> str:
        if found is None:
            return f"{self.wanted.path} (absent)"
        attributes = (found.mode, found.uid, found.gid)
        if all(each is None or (each.mode, each.uid, each.gid) == attributes for each in (self.before, self.after)):
            return self.wanted.path
        return f"{self.wanted.path} (mode {found.mode:04o}, owner {found.uid}:{found.gid})"

    def _shown(self, found: Found | None, remark: str) -> str:
        if found is None:
            return ""
        return f"(hidden{remark})\n" if self.wanted.sensitive else found.text.encode("utf-8", "replace").decode("utf-8")


def plan(
    files: Iterable[WantedFile],
    find: Callable[[str], Found | None],
    uid_of: Callable[[str], int],
    gid_of: Callable[[str], int],
    new: Found,
) -> list[Change]:
    """The change for each file in its order, needed or not. Two entries of one path build on each other.

    `find` reads a file, `uid_of` and `gid_of` know accounts, `new` has the attributes of a file that is made.
    """
    changes = []
    planned: dict[str, Found | None] = {}
    for file in files:
        before = planned[file.path] if file.path in planned else find(file.path)
        text = file.after(before.text if before else None)
        after = None
        if text is not None:
            after = replace(
                before or new,
                text=text,
                **({} if file.mode is None else {"mode": file.mode}),
                **({} if file.owner is None else {"uid": uid_of(file.owner)}),
                **({} if file.group is None else {"gid": gid_of(file.group)}),
            )
        planned[file.path] = after
        changes.append(Change(file, before, after))
    return changes
