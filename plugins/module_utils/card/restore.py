# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command line that an interruption or a bad card has damaged, restored from the backup beside it.

Without a usable command line a Pi does not boot, so this comes before everything else.
"""

from __future__ import annotations

from typing import Any

COMMAND_LINE = "cmdline.txt"
BACKUP = ".bak"
# Under which the stores write before they rename, in capitals or not.
TEMPORARY = "pikube.tmp"


def restore(store: Any) -> list[str]:
    """Put the backup in the place of each damaged command line, and clear away what was being written. Returns what was restored."""
    names = store.listing()
    lines = [name for name in names if _base(name) == COMMAND_LINE]
    restored = []
    for name in names:
        if _base(name) == TEMPORARY:
            store.remove(name)
        elif _base(name) == COMMAND_LINE + BACKUP:
            whole = name[: -len(BACKUP)]
            backup = store.read(name)
            # Without any command line the one with a backup is the one that was lost; beside another it may have been moved away.
            lost = not lines and not store.exists(whole)
            if is_usable(backup) and (lost or (store.exists(whole) and is_damaged(store.read(whole), backup))):
                store.write(whole, backup)
                restored.append(whole)
    return restored


def is_usable(data: bytes | None) -> bool:
    """Whether this is one line that names a root file system."""
    lines = [line.split() for line in (data or b"").splitlines() if line.strip()]
    return len(lines) == 1 and b"\0" not in (data or b"") and any(token.startswith(b"root=") for token in lines[0])


def is_damaged(data: bytes | None, backup: bytes | None) -> bool:
    """Whether a command line is blank, holds NUL bytes, or is the beginning of its backup: cut in the middle of a word, or before root=.

    Cut elsewhere it may be what a first boot makes of it, which takes the last word away. All else is somebody's doing.
    """
    text, whole = (data or b"").rstrip(), (backup or b"").rstrip()
    if not text or b"\0" in text:
        return True
    if len(text) >= len(whole) or not whole.startswith(text):
        return False
    return not whole[len(text) : len(text) + 1].isspace() or not is_usable(text)


def _base(name: str) -> str:
    return name.rpartition("/")[2].lower()
