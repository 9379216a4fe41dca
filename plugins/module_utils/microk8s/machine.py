# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node as the commands that change its membership find it: files, the command, other processes, the clock."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, state, status
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.members import Member

STATUS_SECONDS = 110  # it asks a datastore that does not answer ten times, which takes up to 90 s
ANSWER_SECONDS = 2.0  # in which a member of the same network accepts a connection


def joining() -> bool:
    """Whether a `microk8s join` runs: of a run of Ansible that lost its connection, or of a person."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        programs = [word.rpartition("/")[2] for word in words[:3]]
        if "microk8s-join.wrapper" in programs or "join.py" in programs or ("microk8s" in programs and "join" in words[1:4]):
            return True
    return False


def answers(address: str) -> bool:
    """Whether something accepts connections at HOST:PORT."""
    host, _colon, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS):
            return True
    except (OSError, ValueError):
        return False


@dataclass
class Machine:
    """The collaborators, with those of tests in their place where there is no MicroK8s."""

    command: Command
    files: Files = field(default_factory=Files)
    joining: Callable[[], bool] = joining
    answers: Callable[[str], bool] = answers
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Any] = time.sleep

    def facts(self) -> dict[str, Any]:
        """As module microk8s_info has them, without what systemd and snapd tell."""
        return state.read(self.files, self.files.exists(paths.COMMAND), {}, with_arguments=False)

    def working(self, what: str) -> dict[str, Any]:
        """The facts of a node on which `what` can be done at all. Raises MicroK8sError otherwise."""
        facts = self.facts()
        node = facts["hostname"] or "this node"
        if not facts["installed"]:
            raise MicroK8sError(f"{node} {what}: MicroK8s is not installed there. Install it with microk8s_snap", outcome="not_installed")
        if facts["stopped"]:
            raise MicroK8sError(f"{node} {what}: MicroK8s is stopped there. Start it: microk8s start", outcome="stopped")
        return facts

    def control_plane(self, what: str) -> dict[str, Any]:
        facts = self.working(what)
        if facts["role"] != state.CONTROL_PLANE:
            raise MicroK8sError(f"{facts['hostname']} {what}: it is a worker. Do it on a control plane", outcome="worker")
        return facts

    def unlock(self, lock: str) -> bool:
        """Remove a lock file; False if there was none."""
        path = self.files.path(f"{paths.LOCKS}/{lock}")
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        return True

    def wait(self, until: Callable[[], bool], seconds: float, pause: float = 2.0) -> bool:
        end = self.clock() + seconds
        while not until():
            if self.clock() >= end:
                return False
            self.sleep(pause)
        return True

    def status(self) -> status.Status:
        return status.parse(self.command("status", "--format", "yaml", seconds=STATUS_SECONDS).out)

    def members(self, probe: bool = True) -> tuple[Member, ...]:
        """The members of the datastore, from it if it answers, else from the list that this node's member keeps."""
        rows: Any = self.status().members or self.facts()["datastore"]["members"] or ()
        own = self.facts()["datastore"]["address"]
        found = Member.all_of(rows)
        alive = {member.address: member.address == own or self.answers(member.address) for member in found} if probe else {}
        return Member.all_of(rows, alive)

    def node_object(self, name: str) -> dict[str, Any] | None:
        """The Node object of that name. Raises MicroK8sError if the API does not say."""
        ran = self.command("kubectl", "get", "node", name, "-o", "json", "--ignore-not-found", "--request-timeout=15s", seconds=30)
        if ran.rc != 0:
            raise MicroK8sError(f"the API did not tell about node {name}: {ran.text.splitlines()[-1:] or 'no answer'}", outcome="api")
        try:
            return json.loads(ran.out) if ran.out.strip() else None
        except ValueError as error:
            raise MicroK8sError(f"the API did not tell about node {name}: {ran.out.strip()[:200]}", outcome="api") from error
