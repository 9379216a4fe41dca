# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster as a dictionary, and nodes as files with a command that plays a script."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.command import Command
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.files import Files
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.machine import Machine


class Clock:
    """Time passes by sleeping alone. then: what happens at which second."""

    def __init__(self):
        self.now = 0.0
        self.then = {}

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        for moment in sorted(self.then):
            if moment <= self.now:
                self.then.pop(moment)()


class Look:
    """Holds objects by (kind, namespace, name), and answers like class Cluster."""

    def __init__(self, *objects, servers=("https://a", "https://b")):
        self.objects = {}
        self.servers = servers
        self.server = servers[0]
        self.open, self.dead = set(), set()
        self.fails = []
        self.done = []
        for item in objects:
            self.put(item)

    def put(self, item):
        self.objects[item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]] = item

    def drop(self, kind, name, namespace=None):
        self.objects.pop((kind, namespace, name), None)

    def _trouble(self):
        if self.fails:
            raise self.fails.pop(0)

    def get(self, kind, name, namespace=None, api_version="v1"):
        self._trouble()
        return self.objects.get((kind, namespace, name))

    def list(self, kind, namespace=None, api_version="v1", labels=None, fields=None):
        self._trouble()
        return [
            item
            for (one, where, _name), item in self.objects.items()
            if one == kind
            and namespace in (None, where)
            and (not fields or item["spec"].get("nodeName") == fields.partition("=")[2])
            and all(
                item["metadata"].get("labels", {}).get(p.partition("=")[0]) == p.partition("=")[2] for p in (labels or "").split(",") if p
            )
        ]

    def patch(self, kind, name, body, namespace=None, api_version="v1"):
        self.done.append(("patch", name, body))
        item = self.objects[kind, namespace, name]
        item.setdefault("spec", {}).update(body["spec"])
        item["metadata"].setdefault("annotations", {}).update(body.get("metadata", {}).get("annotations", {}))

    def answering(self):
        return [server for server in self.servers if server not in self.dead]

    @contextmanager
    def only(self, server):
        outer = self

        class One:
            def create(self, body, *, again):
                assert again
                return {"status": {"allowed": server in outer.open}}

        yield One()


def away(status=None):
    return ClusterError("reading failed at https://a: connection refused.", passing=True, reason="Refused", status=status)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def look():
    return Look()


@pytest.fixture
def passing_error():
    return away


@pytest.fixture
def make_look():
    return Look


class Node:
    """A tree of files, and what the command `microk8s` answers: a list of (words it starts with, rc, text, what it does)."""

    def __init__(self, root, clock):
        self.root, self.clock, self.script, self.ran, self.running, self.up = root, clock, [], [], [], set()
        self.write("/proc/sys/kernel/hostname", "pi03\n")
        self.machine = Machine(
            Command(self.run),
            Files(str(root)),
            lambda: bool(self.running and self.running.pop(0)),
            lambda address: address in self.up,
            clock,
            clock.sleep,
        )

    def write(self, path, text=""):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def remove(self, path):
        (self.root / path.lstrip("/")).unlink()

    def installed(self, worker=False, clustered=False):
        self.write(paths.COMMAND)
        (self.root / paths.LOCKS.lstrip("/")).mkdir(parents=True, exist_ok=True)
        if worker:
            self.write(f"{paths.LOCKS}/{paths.LOCK_WORKER}")
        if clustered:
            self.write(f"{paths.LOCKS}/{paths.LOCK_CLUSTERED}")
        return self

    def datastore(self, own, *rows):
        numbers = {"voter": 0, "standby": 1, "spare": 2}
        self.write(f"{paths.BACKEND}/info.yaml", f"Address: {own}\nID: 1\nRole: 0\n")
        self.write(
            f"{paths.BACKEND}/cluster.yaml",
            "".join(f"- Address: {address}\n  ID: {number}\n  Role: {numbers[role]}\n" for number, (address, role) in enumerate(rows, 1)),
        )
        return self

    def says(self, words, rc=0, out="", err="", does=lambda: None):
        self.script.append((words, rc, out, err, does))
        return self

    def run(self, command, **_):
        assert command[0] == "timeout"
        words = " ".join(command[4:])
        self.ran.append(words)
        for number, (start, rc, out, err, does) in enumerate(self.script):
            if words.startswith(start):
                # The last answer for the same words stays.
                if sum(row[0] == start for row in self.script) > 1:
                    self.script.pop(number)
                does()
                return rc, out, err
        return 1, "", f"nothing is scripted for: {words}"


@pytest.fixture
def node(tmp_path, clock):
    return Node(tmp_path, clock)
