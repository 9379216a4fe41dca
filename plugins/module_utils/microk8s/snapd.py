# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What snapd says of itself and of the snap, asked over its socket: its REST API gives values where its command prints tables.

Source: snapcraft.io/docs/snapd-rest-api; tried with snapd 2.57.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Callable
from urllib.parse import urlencode

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError

Ask = Callable[[str], Any]  # path -> the result; raises SnapdError

FOREVER = "forever"
# snapd writes "forever" as some hundreds of years (snapcore/snapd, overlord/snapstate)
NEARLY_FOREVER = timedelta(days=100 * 365)
HOLD_SINCE = (2, 58)  # snap refresh --hold
LEAST = (2, 52)  # the snap's own "assumes"


class SnapdError(Exception):
    """snapd answered with an error. kind: its word for it, such as snap-not-found; empty if it did not answer at all."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Socket:
    """Ask over the socket."""

    def __init__(self, path: str = paths.SNAPD_SOCKET, timeout: float = 60) -> None:
        self._path = path
        self._timeout = timeout

    def __call__(self, path: str) -> Any:
        connection = _Connection(self._path, self._timeout)
        try:
            connection.request("GET", path, headers={"X-Allow-Interaction": "false"})
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SnapdError(f"snapd does not answer at {self._path}: {error}") from error
        finally:
            connection.close()
        result = answer.get("result")
        if answer.get("type") == "error":
            result = result if isinstance(result, Mapping) else {}
            raise SnapdError(str(result.get("message")), str(result.get("kind") or "error"))
        return result


def version_numbers(text: str | None) -> tuple[int, ...]:
    """(2, 57, 6) of "2.57.6-1+deb12u1"."""
    found = re.match(r"\d+(\.\d+)*", text or "")
    return tuple(int(part) for part in found.group(0).split(".")) if found else ()


def moment(text: str | None) -> datetime | None:
    """A time of RFC 3339 with up to nanoseconds, as snapd writes it; None for none, year one and anything else."""
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$", text or "")
    if not found or found.group(1).startswith("0001"):
        return None
    return datetime.fromisoformat(found.group(1) + found.group(2).replace("Z", "+00:00")).astimezone(timezone.utc)


def hold_words(text: str | None, now: datetime) -> str | None:
    """ "forever", a time, or None if it is over or there is none."""
    if text == FOREVER:
        return FOREVER
    until = moment(text)
    if until is None or until <= now:
        return None
    return FOREVER if until - now > NEARLY_FOREVER else until.isoformat()


def longer(*holds: str | None) -> str | None:
    """Of several holds the one that lasts; automatic refreshes obey all of them."""
    given = [hold for hold in holds if hold]
    return FOREVER if FOREVER in given else max(given, default=None)


def _revisions(rows: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows or () if isinstance(row, Mapping) and row.get("name") == paths.SNAP_NAME]


def snap_facts(rows: Any) -> dict[str, Any] | None:
    """The revision in force, from what /v2/snaps?select=all lists; None if the snap is not installed."""
    revisions = _revisions(rows)
    current = next((row for row in revisions if row.get("status") == "active"), None) or next(iter(revisions), None)
    if current is None:
        return None
    version = str(current.get("version") or "")
    minor = re.match(r"v?(\d+\.\d+)", version)
    return {
        "version": version,
        "minor": minor.group(1) if minor else None,
        "revision": str(current.get("revision")),
        # A snap from a file without assertions has no channel. A store revision has one, also if it came from a file.
        "channel": (current.get("tracking-channel") or None) if not str(current.get("revision")).startswith("x") else None,
        "base": current.get("base"),
        "active": current.get("status") == "active",
        "install_date": found.isoformat() if (found := moment(current.get("install-date"))) else None,
        "previous_revisions": [str(row.get("revision")) for row in revisions if row is not current],
    }


def read(ask: Ask, now: datetime) -> dict[str, Any]:
    """snapd {installed, version, hold} and snap (see snap_facts). A host without snapd has neither."""
    try:
        system = ask("/v2/system-info")
    except SnapdError as error:
        if error.kind:
            raise MicroK8sError(f"snapd cannot be asked: {error}. See journalctl -u snapd.") from error
        return {"snapd": {"installed": False, "version": None, "architecture": None, "hold": None}, "snap": None}
    try:
        rows = ask(f"/v2/snaps?{urlencode({'select': 'all', 'snaps': paths.SNAP_NAME})}")
    except SnapdError as error:
        raise MicroK8sError(f"snapd cannot be asked about {paths.SNAP_NAME}: {error}. See journalctl -u snapd.") from error
    own = next((row.get("hold") for row in _revisions(rows) if row.get("hold")), None)
    system_wide = (system.get("refresh") or {}).get("hold")
    return {
        "snapd": {
            "installed": True,
            "version": system.get("version"),
            "architecture": system.get("architecture"),
            "hold": longer(hold_words(own, now), hold_words(system_wide, now)),
        },
        "snap": snap_facts(rows),
    }


def setting(ask: Ask, name: str) -> Any:
    """A setting of the system (`snap get system NAME`); None where it is not set."""
    try:
        return ask(f"/v2/snaps/system/conf?{urlencode({'keys': name})}").get(name)
    except SnapdError as error:
        if error.kind == "option-not-found":
            return None
        raise MicroK8sError(f"snapd does not give its setting {name}: {error}.") from error


def installed_names(ask: Ask) -> set[str]:
    """All snaps that are installed."""
    try:
        return {str(row.get("name")) for row in ask("/v2/snaps") or ()}
    except SnapdError as error:
        raise MicroK8sError(f"snapd does not list its snaps: {error}.") from error


def changes(ask: Ask) -> list[dict[str, Any]]:
    """What snapd is doing to the snap at this moment: id, kind, summary and the step it is at."""
    try:
        rows = ask(f"/v2/changes?{urlencode({'select': 'in-progress', 'for': paths.SNAP_NAME})}") or ()
    except SnapdError as error:
        raise MicroK8sError(f"snapd does not list its changes: {error}.") from error
    return [
        {"id": row.get("id"), "kind": row.get("kind"), "summary": row.get("summary"), "step": _step(row.get("tasks") or ())} for row in rows
    ]


def _step(tasks: Any) -> str | None:
    return next((task.get("summary") for task in tasks if task.get("status") == "Doing"), None)


def store_channels(ask: Ask) -> list[str]:
    """The channels that the store has for this architecture; none if it cannot be reached."""
    try:
        rows = ask(f"/v2/find?{urlencode({'name': paths.SNAP_NAME})}") or ()
    except SnapdError:
        return []
    return sorted({name for row in rows for name in (row.get("channels") or {})})
