# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys by which an ssh server proves that it is itself, made anew without a moment in which there are none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError

Run = Callable[[Sequence[str]], "tuple[int, str, str]"]


def public_keys(folder: Path) -> list[str]:
    """The public keys in the server's folder, one line each, by file name."""
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in sorted(folder.glob("ssh_host_*_key.pub"))]


def renew(folder: Path, run: Run) -> None:
    """Make new keys of all kinds that ssh-keygen makes by default, and remove keys of other kinds.

    They are complete in a folder of their own before the first of the old ones goes. The public halves come last: it is them that tell
    whether keys are new, so that a run that is killed in between is repeated. Raises SshError if no keys can be made.
    """
    staged = folder / ".pikube-new"
    shutil.rmtree(staged, ignore_errors=True)
    # "ssh-keygen -A" wants the server's usual folder below the one it is given.
    made = staged / "etc" / "ssh"
    made.mkdir(parents=True, mode=0o700)
    code, out, err = run(["ssh-keygen", "-A", "-f", str(staged)])
    names = sorted(path.name for path in made.iterdir())
    if code != 0 or not names:
        shutil.rmtree(staged)
        raise SshError(f"ssh-keygen made no host keys, the old ones are still there: {(err or out).strip()}", folder=str(folder))
    for name in sorted(names, key=lambda name: name.endswith(".pub")):
        (made / name).replace(folder / name)
    for path in folder.glob("ssh_host_*_key*"):
        if path.name not in names:
            path.unlink()
    shutil.rmtree(staged)
