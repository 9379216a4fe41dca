# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of a change that may cut the connection: the node takes it back by itself unless it is confirmed in time.

What is on the disk, below one folder for root alone:

    pending/        a change that is not confirmed: files/ (copies of the files of before), kept.json (which copy is of which
                    path), the scripts rollback and activate, and, once the change is in force, activated
    rolling-back/   the same folder while the rollback works; it is renamed first, so that rollback and confirmation exclude each other
    rolled-back/    outcome: when, why and with which problems the last change was taken back
    confirmed/      on its way out

Timers of systemd-run start the scripts. They do not survive a reboot; a unit that is enabled only while something is pending takes
the change back then. Interrupted anywhere, the next run continues with the same copies of before.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.pikube.stateful.plugins.module_utils.network.backends import Backend
from ansible_collections.pikube.stateful.plugins.module_utils.network.errors import NetworkError
from ansible_collections.pikube.stateful.plugins.module_utils.network.host import TEMPORARY, Host, sync_folder
from ansible_collections.pikube.stateful.plugins.module_utils.network.plan import File
from ansible_collections.pikube.stateful.plugins.module_utils.network.scripts import (
    ACTIVATE_UNIT,
    BOOT_LINK,
    BOOT_UNIT,
    FOLDER,
    ROLLBACK_UNIT,
    UNITS_FOLDER,
    activate_script,
    boot_unit,
    rollback_script,
)

UNITS = (f"{ROLLBACK_UNIT}.timer", f"{ROLLBACK_UNIT}.service", BOOT_UNIT)
# Long enough for a module to answer on a slow node before its connection goes.
ACTIVATION_DELAY = 2
SECONDS = (30, 3600)


def check_seconds(seconds: int) -> None:
    """Raise NetworkError for a time in which nobody can confirm, or after which nobody waits any more."""
    if not SECONDS[0] <= seconds <= SECONDS[1]:
        raise NetworkError(
            f"rollback_seconds {seconds} is not in the range from {SECONDS[0]} to {SECONDS[1]}; 180 is enough for most access points."
        )


@dataclass(frozen=True)
class Status:
    """Where a guarded change is. rolled_back: when, reason and problems of the last change that was taken back, or None."""

    pending: bool
    activated: bool
    timer: bool
    rolled_back: dict[str, str] | None


class Guard:
    """The guard of one node."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._folder = host.path(FOLDER)
        self._pending = self._folder / "pending"
        self._rolling_back = self._folder / "rolling-back"
        self._rolled_back = self._folder / "rolled-back"
        self._confirmed = self._folder / "confirmed"

    def status(self, states: dict[str, str]) -> Status:
        """Look where a change is. states: of UNITS. Raises NetworkError while a rollback is at work."""
        if self._rolling_back.exists() and any(states.get(unit) in ("active", "activating") for unit in UNITS[1:]):
            raise NetworkError("The last change of the network is being taken back right now. Run again in a minute.")
        return Status(
            # A rollback that was interrupted leaves its copies under the other name.
            pending=self._pending.exists() or self._rolling_back.exists(),
            activated=(self._pending / "activated").exists(),
            timer=states.get(UNITS[0]) == "active",
            rolled_back=self._outcome(),
        )

    def arm(self, backend: Backend, interface: str, paths: Iterable[str], seconds: int) -> None:
        """Get ready to change paths: keep copies, have the way back ready on the disk, start the timer.

        What an unconfirmed change kept before stays what is gone back to. Raises NetworkError, with nothing changed, when the timer
        cannot be started.
        """
        self._stop_timers()
        if self._rolling_back.exists():
            self._rolling_back.rename(self._pending)
        fresh = not self._pending.exists()
        building = self._folder / "pending.new" if fresh else self._pending
        self._prepare(building)
        kept = self._keep(building, paths)
        self._script(building, "activate", activate_script(backend.activation, interface, folder=str(self._folder)))
        self._script(building, "rollback", self._rollback(backend, interface, kept))
        (building / "activated").unlink(missing_ok=True)
        if fresh:
            building.rename(self._pending)
            sync_folder(self._folder)
        self._enable_at_boot()
        try:
            self._start_rollback_timer(seconds)
        except NetworkError:
            if fresh:
                self.forget()
            raise

    def activate(self) -> None:
        """Have the files activated in a moment, apart from this connection."""
        self._timer(ACTIVATE_UNIT, ACTIVATION_DELAY, [str(self._pending / "activate")], "Starting the activation")

    def confirm(self, *, check_mode: bool = False) -> tuple[bool, str]:
        """Keep the change: stop the timer, drop the copies. In check mode only say whether that could be done now.

        It does not wait for the activation: a connection that was there before proves nothing about the one after it.
        Returns whether there was something to confirm, and what failed while the change was activated ("" if nothing did).
        Raises NetworkError if the change was taken back or is not in force yet.
        """
        if not self._pending.exists():
            if self._rolling_back.exists():
                raise NetworkError("The change of the network is being taken back right now. Run again in a minute.")
            self._refuse_if_rolled_back()
            return False, ""
        failed = self._failed_while_activated()
        if check_mode:
            return True, failed
        try:
            self._pending.rename(self._confirmed)
        except FileNotFoundError:
            self._refuse_if_rolled_back()
            raise NetworkError("The change of the network is being taken back right now. Run again in a minute.") from None
        self._stop_timers()
        self.forget()
        return True, failed

    def forget(self) -> None:
        """Drop everything that was kept, also the memory of a rollback."""
        self._host.remove(f"{UNITS_FOLDER}/{BOOT_UNIT}")
        self._host.remove(BOOT_LINK)
        for folder in (self._pending, self._rolling_back, self._rolled_back, self._confirmed, self._folder / "pending.new"):
            shutil.rmtree(folder, ignore_errors=True)

    def _prepare(self, folder: Path) -> None:
        for stale in (self._folder / "pending.new", self._confirmed, self._rolled_back):
            shutil.rmtree(stale, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        for private in (folder, folder / "files"):
            private.mkdir(mode=0o700, exist_ok=True)

    def _keep(self, folder: Path, paths: Iterable[str]) -> dict[str, str | None]:
        listing = folder / "kept.json"
        kept: dict[str, str | None] = json.loads(listing.read_text(encoding="utf-8")) if listing.exists() else {}
        for path in paths:
            if path in kept:
                continue
            kept[path] = None
            if self._host.exists(path):
                kept[path] = hashlib.sha256(path.encode()).hexdigest()[:16]
                # Mode and owner too: the copy goes back as it is.
                shutil.copy2(self._host.path(path), folder / "files" / kept[path])
        self._write(listing, json.dumps(kept), 0o600)
        return kept

    def _rollback(self, backend: Backend, interface: str, kept: dict[str, str | None]) -> str:
        return rollback_script(
            {str(self._host.path(path)): copy for path, copy in kept.items()},
            backend.activation,
            interface,
            folder=str(self._folder),
            temporary=TEMPORARY,
            unit=str(self._host.path(f"{UNITS_FOLDER}/{BOOT_UNIT}")),
            link=str(self._host.path(BOOT_LINK)),
        )

    def _script(self, folder: Path, name: str, text: str) -> None:
        self._write(folder / name, text, 0o700)

    def _write(self, path: Path, text: str, mode: int) -> None:
        self._host.write(File("/" + str(path.relative_to(self._host.path("/"))), text, mode))

    def _enable_at_boot(self) -> None:
        self._host.write(File(f"{UNITS_FOLDER}/{BOOT_UNIT}", boot_unit(str(self._folder)), 0o644))
        self._host.link(BOOT_LINK, f"../{BOOT_UNIT}")

    def _start_rollback_timer(self, seconds: int) -> None:
        self._timer(
            ROLLBACK_UNIT, seconds, [str(self._pending / "rollback"), "timer"], "No file was changed: starting the timer of the rollback"
        )

    def _timer(self, unit: str, seconds: int, script: list[str], why: str) -> None:
        # Without AccuracySec systemd may be late by a minute; --collect: a failed unit does not keep its name.
        timing = [f"--on-active={seconds}", "--timer-property=AccuracySec=100ms", "--collect", f"--unit={unit}"]
        self._host.command(["systemd-run", *timing, "/bin/sh", *script], why)

    def _stop_timers(self) -> None:
        self._host.attempt(["systemctl", "stop", f"{ROLLBACK_UNIT}.timer", f"{ACTIVATE_UNIT}.timer"])

    def _failed_while_activated(self) -> str:
        try:
            return (self._pending / "activated").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            if not self._pending.exists():
                return ""
        raise NetworkError(
            "The change of the network is not in force yet, so it was not confirmed. Close the connection and confirm over a new one. "
            f'If it does not come into force, the node takes it back; "journalctl -u {ACTIVATE_UNIT}" on the node says why.'
        )

    def _outcome(self) -> dict[str, str] | None:
        try:
            lines = (self._rolled_back / "outcome").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        found = dict(line.partition("=")[::2] for line in lines)
        return {name: found.get(name, "").strip() for name in ("when", "reason", "problems")}

    def _refuse_if_rolled_back(self) -> None:
        outcome = self._outcome()
        if outcome is None:
            return
        why = {"timer": "it was not confirmed in time", "boot": "the node was restarted before it was confirmed"}.get(
            outcome["reason"], outcome["reason"]
        )
        problems = f" Problems on the way: {outcome['problems']}." if outcome["problems"] else ""
        raise NetworkError(
            f"The change of the network was taken back at {outcome['when']}, because {why}; the files of before are in force.{problems} "
            "Check ssid, passphrase, address and range of the access point, then run with state present again.",
            rolled_back=outcome,
        )
