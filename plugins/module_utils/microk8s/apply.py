# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of services put in force on a node: write, restart, wait until all is well."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import certificates, paths, services, state
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import restart as restarts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.argument_files import Change, plan
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import KILL_AFTER
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.environment import without_password
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.outcomes import TIMED_OUT
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, NONE, Service

STEP_SECONDS = 1
# snapd stops a service within its own 30 s and kills it then; refresh-certs restarts services, too.
COMMAND_SECONDS = 180
HIDDEN = "(hidden)\n"


def _shown(change: Change, text: str | None) -> str:
    if text is None:
        return ""
    return HIDDEN if change.path.startswith(paths.REGISTRIES) else without_password(text)


def diff_of(change: Change) -> dict[str, str]:
    before, after = _shown(change, change.before), _shown(change, change.after)
    if before == after:
        before = "(another text, hidden)\n" if change.before is not None else ""
    return {"before_header": change.path, "after_header": change.path, "before": before, "after": after}


class Apply:
    """run: argv -> exit status, standard output, standard error. disk: find, write, remove and Found, as package files has."""

    def __init__(
        self,
        run: Callable[[Sequence[str]], tuple],
        disk: Any,
        check: bool,
        files: Files | None = None,
        notes: restarts.Notes | None = None,
        probe: Callable[[str], str] = restarts.probe,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run, self.disk, self.check = run, disk, check
        self.files, self.notes = files or Files(), notes or restarts.Notes()
        self.probe, self.sleep, self.clock = probe, sleep, clock

    def __call__(
        self,
        arguments: Mapping[str, Any],
        environment: Mapping[str, Any],
        files: Mapping[str, Any],
        registries: Mapping[str, Any],
        extra_sans: list[str] | None,
        restart: bool,
        timeout: int,
        see_well: bool = False,
    ) -> dict[str, Any]:
        """The result of module microk8s_args. Raises MicroK8sError and whatever disk raises."""
        role = state.role_of(self.files, self.files.exists(paths.ARGS))
        if role == NONE:
            raise MicroK8sError(f"{paths.ARGS} is not there: MicroK8s is not installed on this node. Install it first.")
        changes = [change for change in plan(self.files.text, arguments, environment, files, registries, extra_sans) if change.needed]
        owed = self._owed(changes, role)
        renew = extra_sans is not None and role == CONTROL_PLANE and self._names_missing(extra_sans)
        if not self.check:
            self._write(changes)
        result = {
            "changed": bool(changes or renew or (restart and owed)),
            "files": [change.path for change in changes],
            "restarted": owed if restart else [],
            "restart_required": [] if restart else owed,
            "certificate_renewed": renew,
            "waited_seconds": 0.0,
            "diff": [diff_of(change) for change in changes],
        }
        if not self.check and restart:
            result["waited_seconds"] = self._put_in_force(owed, renew, role, extra_sans or [], timeout, see_well)
        return result

    def _limited(self, *command: str) -> tuple:
        """Run a command that might wait for ever."""
        return self.run(["timeout", f"--kill-after={KILL_AFTER}", str(COMMAND_SECONDS), *command])

    def _running(self) -> dict[str, Service]:
        return services.parse(self.run(services.question())[1])

    def _owed(self, changes: Sequence[Change], role: str) -> list[str]:
        """Daemons to restart: for these changes, and for those of a run that was interrupted."""
        names = {name for change in changes for name in change.daemons}
        notes = self.notes.read()
        names.update(restarts.owed(notes, self._running()) if notes else ())
        return restarts.restartable(sorted(names), role, state.locked(self.files, paths.LOCK_STOPPED))

    def _names_missing(self, wanted: Sequence[str]) -> bool:
        found = certificates.parse(self.files.text(f"{paths.CERTS}/server.crt"))
        return found is not None and not {name.lower() for name in wanted} <= {name.lower() for name in found.names}

    def _write(self, changes: Sequence[Change]) -> None:
        # All notes first: killed between two files, the next run restarts for the first one too.
        for name in {name for change in changes for name in change.daemons}:
            self.notes.add(name)
        folder = self.disk.find(self.files.path(f"{paths.ARGS}/kubelet"))
        for change in changes:
            path = self.files.path(change.path)
            if change.after is None:
                self.disk.remove(path)
                continue
            # MicroK8s lets its group read and write these.
            like = self.disk.find(path) or folder
            mode, uid, gid = (like.mode, like.uid, like.gid) if like else (0o660, os.geteuid(), os.getegid())
            self.disk.write(Path(path), self.disk.Found(change.after, mode, uid, gid))

    def _put_in_force(self, owed: list[str], renew: bool, role: str, names: Sequence[str], timeout: int, see_well: bool) -> float:
        begin = self.clock()
        stopped = state.locked(self.files, paths.LOCK_STOPPED)
        if renew and not stopped:
            self._renew(names)
        if owed:
            # After five starts that failed in ten seconds systemd refuses another one, though what made them fail is mended by now.
            self.run(["systemctl", "reset-failed", *map(services.unit, owed)])
            status, out, err = self._limited("snap", "restart", *map(services.snap_name, owed))
            if status != 0:
                why = f"no end after {COMMAND_SECONDS} s (see snap changes)" if status in TIMED_OUT else (err or out).strip()
                raise MicroK8sError(
                    f"The files are written, and {', '.join(owed)} could not be restarted: {why}. Run again.",
                    restart_required=owed,
                )
        # A note of a daemon that was started since is one of a run that did not see it well.
        notes = list(self.notes.read())
        if owed or renew or notes or see_well:
            self._wait(role, stopped, begin + timeout, owed or notes or (["kubelite"] if renew else []))
        for name in self.notes.read():
            self.notes.clear(name)
        return round(self.clock() - begin, 1)

    def _renew(self, names: Sequence[str]) -> None:
        status, out, err = self._limited(paths.COMMAND, "refresh-certs", "-e", "server.crt")
        if self._names_missing(names):
            words = " ".join((err or out).split())[-300:]
            raise MicroK8sError(
                f"The API server's certificate is not made anew for {', '.join(names)} (microk8s refresh-certs: {status}, {words})."
                f" See whether {paths.SAN_TEMPLATE} has them, and run again."
            )

    def _wait(self, role: str, stopped: bool, deadline: float, names: Sequence[str]) -> None:
        port = restarts.api_port(state.arguments(self.files))
        while True:
            low_memory = state.locked(self.files, paths.LOCK_LOW_MEMORY)
            wanted = services.expected(role, stopped, low_memory)
            urls = {} if low_memory else restarts.probes(role, stopped, port)
            found = restarts.ailments(self._running(), wanted, urls, self.probe)
            if not found:
                return
            if self.clock() >= deadline:
                units = " ".join(f"-u {services.unit(name)}" for name in names or wanted)
                if not names:
                    raise MicroK8sError(
                        f"MicroK8s is not well on this node: {'; '.join(found)}. journalctl {units} says why.", ailments=found
                    )
                raise MicroK8sError(
                    f"The files are written and {', '.join(names)} was restarted, but {'; '.join(found)}."
                    f" journalctl {units} says why; a flag that this release does not know is the usual reason."
                    " A flag that is taken out of the inventory stays on the node: set it to null, and it is removed.",
                    ailments=found,
                    restarted=list(names),
                )
            self.sleep(STEP_SECONDS)
