# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemons have to be restarted for files that were changed, and whether a node is well after it.

A daemon is owed a restart from before its file is written until it was started after that. The note of it is a file in a folder that the
next boot empties: its time says since when. The times of the files of arguments themselves tell nothing, since kubelite rewrites them in
each of its starts (canonical/microk8s, run-kubelite-with-args).
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, services
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.services import CONTROL_PLANE, NONE, Service

NOTES = "/run/pikube/microk8s-restart"
# systemd tells whole seconds.
RESOLUTION_SECONDS = 1


class Notes:
    """The daemons that are owed a restart, each with the time since when."""

    def __init__(self, folder: str = NOTES) -> None:
        self._folder = Path(folder)

    def add(self, name: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).touch()

    def clear(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def read(self) -> dict[str, datetime]:
        notes = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        return {note.name: datetime.fromtimestamp(note.stat().st_mtime, timezone.utc) for note in notes if note.name in services.NAMES}


def owed(notes: Mapping[str, datetime], running: Mapping[str, Service]) -> list[str]:
    """Daemons with a note that have not been started since; in the order of the table."""
    found = []
    for name in services.NAMES:
        if name not in notes:
            continue
        since = running[name].since if name in running else None
        # In the second of the start itself the note may be older or younger: restart once too often.
        if since is None or (since - notes[name]).total_seconds() < RESOLUTION_SECONDS:
            found.append(name)
    return found


def restartable(names: Sequence[str], role: str, stopped: bool) -> list[str]:
    """Those that run in this role. The others read their files when they are started one day."""
    wanted = services.expected(role, stopped)
    return [name for name in services.NAMES if name in names and name in wanted]


def api_port(given: Mapping[str, Mapping[str, str]]) -> int:
    text = (given.get("kube-apiserver") or {}).get("--secure-port", "")
    return int(text) if text.isdigit() else paths.API_PORT


def probes(role: str, stopped: bool, port: int = paths.API_PORT) -> dict[str, str]:
    """What has to answer "ok" on the node: name -> URL."""
    if stopped or role == NONE:
        return {}
    found = {"kubelet": paths.KUBELET_HEALTH}
    if role == CONTROL_PLANE:
        found["API server"] = f"https://127.0.0.1:{port}/readyz"
    return found


def probe(url: str, ca: str = f"{paths.CERTS}/ca.crt", timeout: float = 5) -> str:
    """ "ok", or what is wrong with the answer."""
    context = None
    try:
        if url.startswith("https:"):
            context = ssl.create_default_context(cafile=ca)
        # Without the proxies of the environment: this is the node itself.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if context:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        with urllib.request.build_opener(*handlers).open(url, timeout=timeout) as answer:
            text = answer.read(200).decode("utf-8", "replace").strip()
            return "ok" if text == "ok" else text
    except urllib.error.HTTPError as error:
        # RBAC without anonymous access: it answers, and says that it knows who may ask.
        return "ok" if error.code in (401, 403) else f"answers {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", None) or error)


def ailments(running: Mapping[str, Service], wanted: Sequence[str], urls: Mapping[str, str], ask: Callable[[str], str]) -> list[str]:
    """What is not well yet, as parts of a sentence; empty if all is."""
    found = [f"{name} does not run" for name in services.failed(running, wanted)]
    if found:
        return found
    answers = {name: ask(url) for name, url in urls.items()}
    return [f"the {name} does not answer ok ({answer})" for name, answer in answers.items() if answer != "ok"]
