# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry a plan out: validate everything, then write, then put in force."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Callable

from ansible_collections.pikube.stateful.plugins.module_utils.files import disk
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.pending import Pending
from ansible_collections.pikube.stateful.plugins.module_utils.files.plan import Change

Run = Callable[[Sequence[str]], tuple[int, str, str]]


def validate(changes: Iterable[Change], run: Run) -> None:
    """Show each new text to its validate command, in a private file. Raises FilesError with what the command said."""
    for change in changes:
        if not change.needed or change.after is None or change.wanted.validate is None:
            continue
        with tempfile.TemporaryDirectory(prefix="pikube-") as folder:
            candidate = Path(folder, "candidate")
            disk.write(candidate, replace(change.after, mode=0o600, uid=os.geteuid(), gid=os.getegid()))
            command = change.wanted.validate.replace("%s", shlex.quote(str(candidate)))
            code, out, err = run(shlex.split(command))
        if code != 0:
            said = (err.strip() or out.strip()).replace(str(candidate), change.wanted.path)
            raise FilesError(
                f'{change.wanted.path}: refused by "{change.wanted.validate}": {said}. Nothing was changed', path=change.wanted.path
            )


def write(changes: Iterable[Change], pending: Pending) -> list[str]:
    """Write what differs, noting first that it has to be put in force. Returns the paths of the backups that were made."""
    backups = []
    for change in changes:
        if not change.needed:
            continue
        path = Path(change.wanted.path)
        if change.wanted.activation:
            pending.add(change.wanted.activation)
        if change.wanted.backup and change.before is not None:
            backup = path.with_name(f"{path.name}.before-pikube")
            if disk.find(backup) is None:
                disk.write(backup, change.before)
                backups.append(str(backup))
        if change.after is None:
            disk.remove(path)
        else:
            disk.write(path, change.after)
    return backups


def activate(names: Iterable[str], commands: Mapping[str, Sequence[str]], pending: Pending, run: Run) -> list[str]:
    """Run the commands of each name and take its note away. Returns one line for each that failed; its note stays."""
    failures = []
    for name in names:
        pending.add(name)
        for command in commands[name]:
            code, out, err = run(shlex.split(command))
            if code != 0:
                failures.append(f'{name}: "{command}" failed with status {code}: {err.strip() or out.strip()}')
                break
        else:
            pending.clear(name)
    return failures
