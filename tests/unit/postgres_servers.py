# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of PostgreSQL in a dictionary, and the actions that back them up and restore into them."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from types import SimpleNamespace

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import backups

SYSTEM = "7714066149029660897"
NAME = r'"((?:[^"]|"")*)"'
# Of the commands of module backups: what tells one, and what it is.
KINDS = (
    ("pg_control_system", "look"),
    ("df -Pk", "df"),
    ("pg_dumpall", "globals"),
    ("pg_dump ", "dump"),
    ("pg_restore", "fill"),
    ("relpersistence", "figures"),
    ("CREATE DATABASE", "create"),
    ("DROP DATABASE", "drop"),
    ("RENAME TO", "rename"),
    ("ROLLBACK", "attempt"),
    ("COMMIT", "change"),
)


def pod(name, role="primary"):
    labels = {"cnpg.io/cluster": "main", "cnpg.io/instanceName": name, "cnpg.io/instanceRole": role}
    return {"metadata": {"name": name, "labels": labels}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}


class Servers:
    """databases: by name their rows. fails: kind of command -> error, for once. rows: what restored databases have, if it is not that."""

    def __init__(self, databases, roles=("postgres", "app"), fails=None, free=10**9, rows=None):
        self.databases = {name: dict(row) for name, row in databases.items()}
        self.roles, self.fails, self.free, self.rows = roles, dict(fails or {}), free, rows
        self.pods = [pod("main-1"), pod("main-2", "replica")]
        self.seen = []
        self.version = 17
        self.now = "20261124120000"
        self.before = {}  # kind of command -> called before it

    def list(self, _kind, _namespace=None):
        return self.pods

    def execute(self, where, _namespace, _container, command, *, source=None, target=None, silence=None, told=None):
        text = command[-1]
        kind = next(kind for mark, kind in KINDS if mark in text)
        self.seen.append((kind, where))
        self.silence = silence
        read = source.read() if source else b""
        self.before.pop(kind, lambda: None)()
        error = self.fails.pop(kind, None)
        if error and "cut off" not in str(error):
            raise error
        answer = getattr(self, kind)(text, read)
        if error:
            raise error
        if target:
            target.write(answer or b"")

    def look(self, _text, _read):
        rows = [
            {
                "name": name,
                "bytes": row.get("bytes", 8),
                "open": True,
                "roles": ["app"],
                "properties": {
                    "owner": row.get("owner", "app"),
                    "encoding": "UTF8",
                    "columns": {"datcollate": "C", "datctype": "C", "datconnlimit": -1},
                    "comment": "",
                    "privileges": None,
                    "settings": [],
                },
            }
            for name, row in self.databases.items()
        ]
        content = {"version": self.version, "system": SYSTEM, "folder": "/data", "now": self.now, "roles": self.roles, "databases": rows}
        return json.dumps(content).encode()

    def df(self, _text, _read):
        return f"Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 1 1 {self.free // 1024} 1% /data\n".encode()

    def globals(self, _text, _read):
        return b"CREATE ROLE app;\n"

    def dump(self, text, _read):
        return self.figures(text, b"") + backups.END_OF_FIGURES + b"PGDMP"

    def figures(self, text, _read):
        name = re.search(r"dbname='\"'\"'(.*?)'\"'\"'", text)[1]
        return json.dumps(["public", "t", self.databases[name].get("rows", 2), "17"]).encode() + b"\n"

    def create(self, text, _read):
        name, owner = re.search(rf"CREATE DATABASE {NAME} .*OWNER {NAME}", text).groups()
        assert name not in self.databases
        self.databases[name] = {"owner": owner, "rows": 0}

    def fill(self, text, read):
        assert read == b"PGDMP"
        name = re.search(r"dbname='\"'\"'(.*?)'\"'\"'", text)[1]
        self.databases[name]["rows"] = 2 if self.rows is None else self.rows

    def drop(self, text, _read):
        self.databases.pop(re.search(rf"IF EXISTS {NAME}", text)[1], None)

    def rename(self, text, _read):
        for old, new in re.findall(rf"ALTER DATABASE {NAME} RENAME TO {NAME}", text):
            if new in self.databases:
                raise refused(f'database "{new}" already exists')
            self.databases[new] = self.databases.pop(old)

    def change(self, _text, _read):
        pass

    attempt = change


def refused(said):
    return ClusterError(f"sh in database/main-1 ended with 3: ERROR:  {said}", reason="CommandFailed", code=3, said=said)


def lost():
    """An error after the command was carried out."""
    return ClusterError("sh in database/main-1 was cut off", reason="Interrupted")


def carried_out(module, servers, *, check=False, **options):
    """The result of an action. servers: in the place of the cluster."""
    action = module.ActionModule.__new__(module.ActionModule)
    action._task = SimpleNamespace(check_mode=check)
    action.says = lambda text: None

    @contextmanager
    def cluster(_wanted):
        yield servers

    action.cluster = cluster
    wanted = {key: option.get("default") for key, option in action.ARGUMENTS.items()}
    return action.outcome({**wanted, **options})
