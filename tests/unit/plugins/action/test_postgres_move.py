# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume, its copies and the nodes are those of volumes_world; the pod is moved by a dictionary in the place of Kubernetes."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.action import postgres_move
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import taints
from ansible_collections.pikube.stateful.tests.unit.volumes_world import jiva, thing

OFF, ON, SILENT = (f"/bin/sh -c 'exit {code}'" for code in (0, 1, 2))


class Api:
    """bed: of volumes_world, with the server on n1. A taint on its node has the pod made anew on n3."""

    def __init__(self, bed, guard=""):
        self.bed, self.guard, self.deleted, self.applied = bed, guard, [], []
        server = bed.one("Pod", "app-0")
        server["metadata"].update(uid="u1", labels={"pikube.stateful/server": "main"})
        for item in bed.objects["Node"]:
            item["metadata"]["resourceVersion"] = "1"
        bed.put(thing("StatefulSet", "main", "database", spec={}))

    def get(self, kind, name, namespace=None, api_version="v1"):
        return next((copy.deepcopy(item) for item in self.bed.objects.get(kind, ()) if item["metadata"]["name"] == name), None)

    def list(self, kind, namespace=None, api_version="v1", **_more):
        items = self.bed.objects.get(kind, ())
        return [copy.deepcopy(item) for item in items if namespace in (None, item["metadata"].get("namespace"))]

    def apply(self, body, dry_run=False):
        self.applied.append(body)
        return body

    def patch(self, kind, name, body, *_more, **_named):
        item = self.bed.one(kind, name)
        item.setdefault("spec", {})["taints"] = body["spec"]["taints"] or []
        notes = item["metadata"].setdefault("annotations", {})
        notes.update(body["metadata"]["annotations"])
        if body["spec"]["taints"]:
            self.anew("n3")

    def delete(self, kind, name, namespace=None, uid=None, grace_seconds=None, **_more):
        self.deleted.append((kind, name, uid))
        self.guard = ""
        self.anew("n2")
        return True

    def anew(self, node):
        server = self.bed.one("Pod", "app-0")
        server["metadata"]["uid"] = "u2"
        server["spec"]["nodeName"] = node

    def execute(self, *_place, target=None, **_more):
        if self.guard:
            target.write(self.guard.encode())
            raise ClusterError("ended with 1", reason="CommandFailed", code=1)


def act(api, *, check=False, **options):
    action = postgres_move.ActionModule.__new__(postgres_move.ActionModule)
    action._task = SimpleNamespace(check_mode=check)
    action.says = lambda text: None

    @contextmanager
    def cluster(_wanted):
        yield api

    action.cluster = cluster
    defaults = {key: spec.get("default") for key, spec in action.ARGUMENTS.items()}
    return action.outcome({**defaults, "kubeconfig": {}, "notice_seconds": 0, "timeout": 0, **options})


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(postgres_move, "PAUSE", 0)


def tainted(api, node="n1"):
    return [row["key"] for row in (api.get("Node", node).get("spec") or {}).get("taints") or []]


def test_a_server_that_works_stays():
    found = act(Api(jiva()))
    assert (found["changed"], found["outcome"], found["node"]) == (False, "stays", "n1")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({}, "move_seen_off: n1", id="no proof at all"),
        pytest.param({"power_is_off": ON}, "says that it has power", id="it has power"),
        pytest.param({"power_is_off": SILENT}, "says nothing", id="a command that does not know"),
        pytest.param({"power_is_off": SILENT, "seen_off": "n1"}, "says nothing", id="a command outweighs somebody's word"),
        pytest.param({"seen_off": "n2"}, "move_seen_off: n1", id="somebody saw another node off"),
    ],
)
def test_without_a_proof_nothing_is_done(options, says):
    api = Api(jiva().silent("n1"))
    found = act(api, **options)
    assert (found.get("failed"), says in found["msg"]) == (True, True), found
    assert (tainted(api), api.applied, api.deleted) == ([], [], [])


@pytest.mark.parametrize("options", [{"power_is_off": OFF}, {"seen_off": "n1"}])
def test_a_node_that_is_proven_off_loses_its_server(options):
    api = Api(jiva().silent("n1"))
    found = act(api, **options)
    assert (found.get("msg"), found["changed"], found["outcome"], found["node"]) == (None, True, "moved", "n3")
    assert tainted(api) == [taints.KEY]
    # What the new pod looks for, so that it need not watch.
    assert api.applied[0]["metadata"]["name"] == "main-gone"
    assert api.applied[0]["data"] == {"uids": "u1\n"}


def test_check_mode_says_it_and_does_nothing():
    api = Api(jiva().silent("n1"))
    found = act(api, check=True, seen_off="n1")
    assert (found["changed"], found["outcome"]) == (True, "moved")
    assert (tainted(api), api.applied) == ([], [])


def test_a_volume_that_cannot_be_used_elsewhere_is_said_first():
    api = Api(jiva(("RW", "WO", "WO"), operator="n2").silent("n1"))
    assert "cannot be used without n1" in act(api, seen_off="n1")["msg"]
    assert (tainted(api), api.applied) == ([], [])


def test_a_loss_that_the_cluster_does_not_notice_is_told():
    api = Api(jiva())
    found = act(api, seen_off="n1")
    assert "5386" in found["msg"]
    assert (tainted(api), api.applied) == ([], [])


def test_a_node_that_is_back_is_given_back_by_the_next_run():
    bed = jiva().silent("n1")
    api = Api(bed)
    act(api, seen_off="n1")
    again = act(api)
    assert (again["changed"], again["outcome"], again["given_back"]) == (False, "stays", [])
    bed.one("Node", "n1")["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    back = act(api)
    assert (back["changed"], back["given_back"], tainted(api)) == (True, ["n1"], [])
    assert act(api)["changed"] is False


def test_a_taint_of_somebody_else_stays():
    api = Api(jiva())
    api.bed.one("Node", "n2")["spec"] = {"taints": [dict(taints.TAINT)]}
    assert act(api)["changed"] is False
    assert tainted(api, "n2") == [taints.KEY]


def test_a_server_on_a_read_only_volume_is_made_anew():
    api = Api(jiva(), guard="the volume takes no writes: dd: Read-only file system")
    found = act(api)
    assert (found.get("msg"), found["outcome"], found["node"]) == (None, "mended", "n2")
    assert api.deleted == [("Pod", "app-0", "u1")]
    assert tainted(api) == []


def test_servers_with_standbys_are_left_to_their_operator():
    api = Api(jiva())
    api.bed.put(thing("Cluster", "main", "database", spec={}))
    assert "topology single" in act(api)["msg"]
