# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of three servers in memory, with all the doors that a run goes through, in which a run takes a second."""

from __future__ import annotations

import json
import threading
import time
from types import SimpleNamespace

from ansible_collections.pikube.stateful.plugins.module_utils.failover import conductor, load, rounds, settling
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Doors
from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import entry
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Known
from ansible_collections.pikube.stateful.plugins.module_utils.failover.integrity_questions import INSTANCE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import NAME, stamp_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LoadPlan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands
from ansible_collections.pikube.stateful.tests.unit import failover_hands
from ansible_collections.pikube.stateful.tests.unit.failover_runs import instance
from ansible_collections.pikube.stateful.tests.unit.failover_server import Server
from ansible_collections.pikube.stateful.tests.unit.failover_situations import NODES, replicated

RUN = "run"
UID = failover_hands.UID
PHASES = ("plan", "prepare", "steady", "fault", "outage", "degraded", "undo", "settle", "judge")
PODS = ("main-1", "main-2", "main-3")
KNOWN = Known(voters=NODES, reached=NODES, backup_hours=1.0, power_proven=True)
LOAD = LoadPlan(writers=2, rate=100, short_per_second=0, readers=0)


class Api(failover_hands.Api):
    """meets: what is called before each call of the main thread, with its words."""

    servers = ("https://10.0.0.11:16443", "https://10.0.0.12:16443")

    def __init__(self):
        self.lock, self.meets, self.main = threading.RLock(), [], threading.get_ident()
        self.evicted = {}
        situation = replicated()
        super().__init__(
            {"kind": "StorageClass", "metadata": {"name": "fast"}, "provisioner": "openebs.io/local"},
            situation.server,
            *situation.nodes,
            *situation.leases,
            *situation.pods,
            *situation.claims,
            *situation.volumes,
            *situation.budgets,
        )
        for key in [key for key in self.objects if key[1] == "kube-node-lease"]:
            self.objects[key]["spec"]["renewTime"] = stamp_of(time.time())

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def answering(self):
        return list(self.servers)

    def _called(self, *words):
        if threading.get_ident() == self.main:
            for meets in self.meets:
                meets(*words)
        super()._called(*words)

    def get(self, *given, **more):
        with self.lock:
            return super().get(*given, **more)

    def list(self, *given, **more):
        with self.lock:
            return super().list(*given, **more)

    def create(self, *given, **more):
        with self.lock:
            return super().create(*given, **more)

    def delete(self, *given, **more):
        with self.lock:
            return super().delete(*given, **more)

    def patch(self, kind, name, body, *given, **more):
        with self.lock:
            found = super().patch(kind, name, body, *given, **more)
            if kind == "Node" and body.get("spec", {}).get("unschedulable", name) is None:
                # What was evicted comes back to a node that takes pods again; a server as a standby.
                for pod in self.evicted.pop(name, ()):
                    pod["metadata"].pop("uid")
                    self.add(pod)
                    if "cnpg.io/instanceRole" in pod["metadata"]["labels"]:
                        self.role(pod["metadata"]["name"], "replica")
            return found

    def evict(self, name, namespace, grace_seconds=None):
        with self.lock:
            self._called("evict", namespace, name)
            pod = self.objects.pop(("Pod", namespace, name))
            self.evicted.setdefault(pod["spec"]["nodeName"], []).append(pod)
            if name == self.primary:
                self.promote(next(one for one in PODS if ("Pod", namespace, one) in self.objects))
            return True

    def watch(self, kind, seconds, namespace=None, api_version="v1", trouble=None):
        time.sleep(0.1)
        return ()

    def raw(self, path):
        return ""

    # The database

    @property
    def server(self):
        return self.objects["Cluster", "database", "main"]

    @property
    def primary(self):
        return self.server["status"]["currentPrimary"]

    def promote(self, name):
        self.server["status"].update(currentPrimary=name, targetPrimary=name)
        self.role(name, "primary")

    def role(self, name, role):
        self.objects["Pod", "database", name]["metadata"]["labels"]["cnpg.io/instanceRole"] = role

    def asked(self, pod, statement):
        with self.lock:
            leads = pod == self.primary
            if statement != INSTANCE:
                return "t" if leads else "f"
            others = [name for name in PODS if name != pod and ("Pod", "database", name) in self.objects]
            rows = [{"name": name, "state": "streaming", "sync": "quorum", "behind": 0} for name in others]
            timeline = 1 if self.primary == "main-1" else 2
            said = instance(not leads, timeline, f"0/{timeline}000000", standbys=rows if leads else [])
            said["settings"].update(full_page_writes="on", data_checksums="on")
            return json.dumps(said)


class Bed:
    """server: of the load, in memory. ran: statements of the owner. scripts: that the node was to run. Sleeping takes no time."""

    def __init__(self):
        self.api, self.server, self.ran, self.late = Api(), Server(), [], 0
        self.scripts = []
        self.doors = Doors(
            cluster=lambda: self.api,
            away=lambda node: self.api,
            hands=lambda api: Hands(api, self.node, None, None, self.clock, self.sleep),
            database=lambda api: self,
            ask=lambda api: self.api.asked,
        )
        self.way = SimpleNamespace(hosts=("127.0.0.1",), port=1, database="app")
        self.where = "database app at 127.0.0.1 port 1"

    # Of the hands

    def clock(self):
        return time.monotonic_ns() // 1000 + self.late

    def sleep(self, seconds):
        self.late += int(seconds * 1e6)

    def node(self, script, seconds):
        self.scripts.append(script)
        return "looked\n" if script.endswith("pikube_look\n") else "armed\nstopped\nclean\n"

    # Of the database

    def run(self, statements):
        self.ran += statements

    def stream(self, text, values, before=()):
        with self.server.lock:
            rows = list(self.server.rows.values())
        for writer, number, kept in rows:
            yield writer, number, entry(values[0], writer, number, LOAD.payload_bytes).payload, kept

    # What is looked at

    @property
    def lease(self):
        return self.api.objects.get(("Lease", "database", NAME))

    @property
    def cordoned(self):
        return [name for (kind, _place, name), item in self.api.objects.items() if kind == "Node" and item["spec"].get("unschedulable")]

    def harmed(self):
        """What was done to the cluster, by words of its API."""
        verbs = [words[:3] for words in self.api.calls if words[0] in ("evict", "delete", "execute")]
        return [words for words in verbs if words[1] != "Lease"] + [
            words[:3] for words in self.api.calls if words[0] == "patch" and words[1] != "Lease"
        ]


def quick(monkeypatch, server):
    """Nobody waits for anything in a cluster in memory."""
    monkeypatch.setattr(load, "Sessions", lambda door: server)
    monkeypatch.setattr(load, "NAP", 0.01)
    for module, values in (
        (conductor, {"LOOK": 0.01, "FLOWS_SECONDS": 0.05, "SOON_SECONDS": 0.05, "BEYOND_GRACE": -49.9}),
        (rounds, {"PAUSE": 0.02}),
        (settling, {"PAUSE": 0.02}),
    ):
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)


def until(true, seconds=10.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.005)
