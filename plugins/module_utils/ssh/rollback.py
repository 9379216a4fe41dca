# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: the node itself takes new settings back unless somebody who got in confirms them.

A timer of systemd does it, so that it happens without a connection. Everything lives in /run: after a boot nothing is left, and a node that
was booted with the new settings is reached by them or is at hand.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.ssh.errors import SshError

Run = Callable[[Sequence[str]], "tuple[int, str, str]"]

UNIT = "pikube-ssh-rollback"
# Nothing but a reload keeps open sessions, and a server that its socket starts on demand needs none while it does not run.
RELOAD = ["systemctl", "try-reload-or-restart", "ssh.service"]


class Rollback:
    """A pending way back, kept in a folder that is there as long as it is pending."""

    def __init__(self, run: Run, folder: Path = Path("/run/pikube/ssh-rollback")) -> None:
        self._run = run
        self._folder = folder

    @property
    def armed(self) -> bool:
        return self._folder.is_dir()

    def arm(self, drop_in: Path, before: str | None, seconds: int) -> None:
        """From now on the drop-in gets the text `before` back (None: it goes) after that time.

        What a change that nobody confirmed would go back to stays what is gone back to: only the time begins anew.
        Raises SshError, with nothing changed, if no timer can be had or another file waits for its confirmation.
        """
        undo = self._folder / "undo"
        target = shlex.quote(str(drop_in))
        pending = undo.exists()
        if pending:
            if not undo.read_text(encoding="utf-8").partition("\n")[0].endswith(f" {target}"):
                raise SshError(
                    f"a change of another file than {drop_in} waits for its confirmation. Confirm it, or run again when the node has "
                    "taken it back. Nothing was changed"
                )
            self._stop_timer()
        else:
            self._prepare(undo, target, before)
        options = ["--quiet", "--collect", f"--unit={UNIT}", f"--on-active={seconds}s", "--timer-property=AccuracySec=1s"]
        code, out, err = self._run(["systemd-run", *options, "/bin/sh", str(undo)])
        if code != 0:
            if not pending:
                shutil.rmtree(self._folder)
            raise SshError(f"no timer for the way back can be started, so nothing was changed: {(err or out).strip()}")

    def confirm(self) -> None:
        """The settings stay. Does nothing if no way back is pending. Raises SshError, with the way back kept, if the reload fails."""
        if self.armed:
            # A run may have been killed between the file and its reload: what stays is what is in force.
            code, out, err = self._run(RELOAD)
            if code != 0:
                raise SshError(f"the ssh server does not reload its settings, so they were not confirmed: {(err or out).strip()}")
            self._stop_timer()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self, undo: Path, target: str, before: str | None) -> None:
        # A folder without undo is left of a run that was killed before it changed anything.
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700)
        saved, draft = self._folder / "before", self._folder / "undo.new"
        if before is not None:
            saved.write_text(before, encoding="utf-8")
        restore = f"rm -f {target}" if before is None else f"cp {shlex.quote(str(saved))} {target}"
        draft.write_text(f"{restore}\n{shlex.join(RELOAD)}\nrm -r {shlex.quote(str(self._folder))}\n", encoding="utf-8")
        draft.rename(undo)

    def _stop_timer(self) -> None:
        # A timer that is gone already is no error: its folder is then about to go, too.
        self._run(["systemctl", "stop", f"{UNIT}.timer"])
