# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys by which an ssh server proves that it is itself, made anew without a moment in which there are none.

It takes two steps, so that those who connect can learn the new keys before the server shows them. Killed anywhere, both can be repeated.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError
from ansible_collections.pikube.stateful.plugins.module_utils.ssh.rollback import RELOAD

Run = Callable[[Sequence[str]], "tuple[int, str, str]"]

STAGED = ".pikube-new"
MADE = Path("etc") / "ssh"


def public_keys(folder: Path) -> list[str]:
    """The public keys in the server's folder, one line each, by file name."""
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in sorted(folder.glob("ssh_host_*_key.pub"))]


def stage(folder: Path, run: Run, usable: Callable[[list[str]], bool]) -> list[str]:
    """Have new keys of all kinds that ssh-keygen makes by default beside the old ones, and return their public halves.

    Keys that an earlier run staged are taken over if their public halves are `usable`: somebody may know them already.
    Raises SshError if no keys can be made.
    """
    staged, draft = folder / STAGED, folder / f"{STAGED}.part"
    if staged.is_dir() and usable(public_keys(staged / MADE)):
        return public_keys(staged / MADE)
    for stale in (staged, draft):
        shutil.rmtree(stale, ignore_errors=True)
    # "ssh-keygen -A" wants the server's usual folder below the one it is given.
    (draft / MADE).mkdir(parents=True)
    draft.chmod(0o700)
    code, out, err = run(["ssh-keygen", "-A", "-f", str(draft)])
    if code != 0 or not public_keys(draft / MADE):
        shutil.rmtree(draft)
        raise SshError(f"ssh-keygen made no host keys, the old ones are still there: {(err or out).strip()}", folder=str(folder))
    draft.rename(staged)
    return public_keys(staged / MADE)


def swap(folder: Path, run: Run) -> None:
    """Put the staged keys in the place of the old ones, reload the server, and remove keys of other kinds.

    The public halves come last, after the reload: it is them that tell whether keys are new, so that a run that is killed in between is
    repeated, with the same keys. Raises SshError if the server cannot be reloaded.
    """
    made = folder / STAGED / MADE
    names = sorted(path.name for path in made.iterdir() if path.suffix != ".copy")
    for name in names:
        if not name.endswith(".pub"):
            _place(made / name, folder / name)
    for path in folder.glob("ssh_host_*_key"):
        if path.name not in names:
            path.unlink()
    code, out, err = run(RELOAD)
    if code != 0:
        raise SshError(f"the ssh server does not load its new host keys: {(err or out).strip()}", folder=str(folder))
    for name in names:
        if name.endswith(".pub"):
            _place(made / name, folder / name)
    for path in folder.glob("ssh_host_*_key.pub"):
        if path.name not in names:
            path.unlink()
    shutil.rmtree(folder / STAGED)


def _place(source: Path, target: Path) -> None:
    copy = source.with_name(f"{source.name}.copy")
    shutil.copy2(source, copy)
    copy.replace(target)
