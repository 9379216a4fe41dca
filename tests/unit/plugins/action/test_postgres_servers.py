# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and operator as the controller sees them, with a dictionary in the place of the cluster."""

from __future__ import annotations

import base64
import copy
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.action import postgres_operator, postgres_servers
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import operator
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.plugin_utils import postgres as shared

GIB = 1024**3
FACTS = {"kernel": {}, "memory": {"total_bytes": 1}, "board": {"memory_bytes": 4 * GIB}, "processor": {"cores": 4}}
SMALL = {**FACTS, "board": {"memory_bytes": 2 * GIB}}
NODES = {"pi01": FACTS, "pi02": FACTS, "pi03": FACTS}


class World:
    """What the API would give. closed: kinds that it does not know."""

    def __init__(self):
        self.items, self.changes, self.closed = {}, [], {"PodMonitor"}

    def put(self, kind, name, namespace=None, **parts):
        metadata = {"name": name, "namespace": namespace, **parts.pop("metadata", {})}
        self.items[kind, namespace, name] = {"kind": kind, "metadata": metadata, **parts}

    def known(self, kind):
        if kind in self.closed:
            raise ClusterError("no such kind", reason="NoSuchKind")

    def get(self, kind, name, namespace=None, api_version="v1"):
        self.known(kind)
        return copy.deepcopy(self.items.get((kind, namespace, name)))

    def list(self, kind, namespace=None, api_version="v1", labels=None):
        self.known(kind)
        return [copy.deepcopy(item) for (one, where, _name), item in self.items.items() if one == kind and namespace in (None, where)]

    def apply(self, body, dry_run=False):
        key = body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"]
        status = {"applied": True, "observedGeneration": None} if body["kind"] == "Database" else {}
        found = {**body, "status": self.items.get(key, {}).get("status") or status}
        if not dry_run:
            if self.items.get(key) != found:
                self.changes.append(body["kind"])
            self.items[key] = found
        return copy.deepcopy(found)

    def delete(self, kind, name, namespace=None, api_version="v1", uid=None):
        self.changes.append(f"-{kind}")
        return self.items.pop((kind, namespace, name), None) is not None

    def node(self, name, ready="True", **spec):
        rows = {"addresses": [{"type": "InternalIP", "address": f"10.0.0.{name[-1]}"}], "conditions": [{"type": "Ready", "status": ready}]}
        self.put("Node", name, spec=spec, status=rows)

    def works(self):
        """Servers of database/main, as the operator would have made them."""
        for number in (1, 2, 3):
            labels = {"cnpg.io/cluster": "main", "cnpg.io/instanceName": f"main-{number}"}
            labels["cnpg.io/instanceRole"] = "primary" if number == 1 else "replica"
            status = {"conditions": [{"type": "Ready", "status": "True"}]}
            self.put("Pod", f"main-{number}", "database", metadata={"labels": labels}, spec={"nodeName": f"pi0{number}"}, status=status)
            self.put("PersistentVolumeClaim", f"main-{number}", "database", status={"phase": "Bound"})
        self.items["Cluster", "database", "main"]["status"] = {"phase": "Cluster in healthy state"}
        self.put("Secret", "main-ca", "database", data={"ca.crt": base64.b64encode(b"PEM").decode()})


class Door:
    """A database that has all rows."""

    rows, asked = 14, []

    def __init__(self, way, password, authority, name=""):
        self.way, self.password, self.authority, self.name = way, password, authority, name

    def of(self, name):
        return Door(self.way, self.password, self.authority, name)

    def through(self, host):
        return self

    def query(self, text):
        Door.asked.append(text)
        return [(14 - Door.rows,)] if text.startswith("SELECT 14") else [(Door.rows,)]


@pytest.fixture
def world(monkeypatch):
    found = World()
    for name in NODES:
        found.node(name)
    found.put("StorageClass", "hostpath", provisioner="openebs.io/local", metadata={"annotations": {}}, allowVolumeExpansion=False)
    monkeypatch.setattr(shared, "PAUSE", 0)
    monkeypatch.setattr(postgres_servers, "SEEN_SECONDS", 0)
    monkeypatch.setattr(postgres_servers, "Database", Door)
    monkeypatch.setattr(Door, "rows", 14)
    return found


@pytest.fixture
def act(world):
    def run(plugin=postgres_servers, check=False, wishes=None, **options):
        action = plugin.ActionModule.__new__(plugin.ActionModule)
        defaults = {key: spec.get("default") for key, spec in plugin.ActionModule.ARGUMENTS.items()}
        action._task = SimpleNamespace(args=options, check_mode=check, delegate_to=None)
        action.host = "localhost"
        action.progress = SimpleNamespace(waits=lambda *_words, **_named: None)

        @contextmanager
        def cluster(_wanted):
            yield world

        action.cluster = cluster
        asked = {"storage_class": "hostpath", **(wishes or {})}
        given = {**({"wishes": asked, "nodes": NODES} if plugin is postgres_servers else {}), **options}
        return action.outcome({**defaults, "kubeconfig": {}, "wait_seconds": 0, **given})

    return run


@pytest.fixture
def made(act, world):
    """Servers that are there."""
    act(wishes={})
    world.works()
    world.items["Service", "database", "main-outside"]["spec"]["ports"][0]["nodePort"] = 30432
    assert act(wishes={"node_port": 30432}).get("failed") is None
    world.changes.clear()
    return act


@pytest.mark.parametrize(
    ("wishes", "options", "says"),
    [
        pytest.param({"size": "5 GB"}, {}, "postgres_size", id="a size"),
        pytest.param({}, {"password": "a\n"}, "line break", id="a password"),
        pytest.param({"storage_class": "fast"}, {}, 'no class "fast"', id="a class"),
        pytest.param({}, {"quota": {"storage": "4Gi"}}, "quota pikube-postgres of namespace database", id="the quota that is to be"),
        pytest.param({}, {"quota": {"max": "1Gi"}}, "LimitRange pikube-postgres", id="the range that is to be"),
        pytest.param({}, {"quota": {"storage": "1 GB"}}, "postgres_quota, database, storage", id="a quota that is none"),
        pytest.param({"instances": 4}, {}, "4 servers are asked for", id="more than nodes"),
        pytest.param({"topology": "single"}, {}, "postgres_accept_volume_loss", id="rows that go with their node"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_was_touched(act, world, wishes, options, says):
    found = act(wishes=wishes, check_only=True, **options)
    assert (found.get("failed"), says in found.get("msg", "")) == (True, True), found
    assert world.changes == []


def test_a_node_that_takes_no_server_is_not_counted(act, world):
    world.node("pi02", unschedulable=True)
    assert "pi02 is cordoned" in act(check_only=True)["msg"]
    assert world.changes == []


def test_a_library_that_is_missing_is_said_first(act, world, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'psycopg" in act(wishes={})["msg"]
    assert world.changes == []


def test_a_check_changes_nothing_and_needs_no_operator(act, world):
    world.closed.add("Cluster")
    assert act(check_only=True) == {"changed": False, "topology": "cluster"}
    assert world.changes == []


def test_the_second_run_changes_nothing(made, world):
    found = made(wishes={"node_port": 30432}, sample_data=True)
    found = made(wishes={"node_port": 30432}, sample_data=True)
    assert (found["changed"], found["objects"], found["warnings"]) == (False, [], [])
    assert found["sample_rows"] == {"10.0.0.1": 14, "10.0.0.2": 14, "10.0.0.3": 14}


def test_rows_are_not_read_through_a_node_that_is_not_ready(made, world):
    world.node("pi03", ready="Unknown")
    made(wishes={"node_port": 30432}, sample_data=True)
    found = made(wishes={"node_port": 30432}, sample_data=True)
    assert list(found["sample_rows"]) == ["10.0.0.1", "10.0.0.2"]
    assert "10.0.0.3: the node is not Ready" in found["warnings"][0]
    assert found["connection"]["hosts"][-1] == "10.0.0.3"


def test_a_smaller_node_is_told_and_restarts_nobody(made, world):
    found = made(wishes={"node_port": 30432}, nodes={**NODES, "pi04": SMALL})
    assert (found["changed"], world.changes) == (False, [])
    assert "max_connections 60 -> 30" in found["warnings"][0]
    assert "postgres_apply_settings" in found["warnings"][0]
    asked = made(wishes={"node_port": 30432, "apply_settings": "yes"}, nodes={**NODES, "pi04": SMALL})
    assert (asked["objects"], asked["warnings"]) == (["Cluster database/main"], [])


@pytest.mark.parametrize("check", [True, False])
def test_a_door_that_is_not_wanted_any_more_is_closed(made, world, check):
    found = made(check=check, wishes={"service_type": "ClusterIP"})
    assert "Service database/main-outside" in found["objects"]
    assert any(row["before_header"] == "Service database/main-outside" and not row["after"] for row in found["diff"])
    assert (("Service", "database", "main-outside") in world.items) is check


def test_a_service_of_somebody_else_is_left_alone(made, world):
    world.items["Service", "database", "main-outside"]["metadata"]["labels"] = {}
    assert made(wishes={"service_type": "ClusterIP"})["objects"] == []


def test_a_check_says_which_rows_are_missing(made, world, monkeypatch):
    assert made(check=True, wishes={"node_port": 30432}, sample_data=True)["objects"] == ["Database database/main-sample"]
    monkeypatch.setattr(Door, "rows", 3)
    found = made(check=True, wishes={"node_port": 30432}, sample_data=True)
    assert found["objects"] == ["Database database/main-sample", "rows of inventory_mgmt.products_master"]
    assert found["connection"]["hosts"] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert world.changes == []


def test_addresses_of_ones_own(made):
    found = made(wishes={"node_port": 30432, "addresses": "db.example.org"})
    assert found["connection"]["hosts"] == ["db.example.org"]


def test_a_wrong_password_is_not_waited_out(made, monkeypatch):
    def query(self, text):
        raise PostgresError("no", sqlstate="28P01")

    monkeypatch.setattr(Door, "query", query)
    monkeypatch.setattr(postgres_servers, "PASSWORD_SECONDS", -1)
    assert made(wishes={"node_port": 30432})["msg"] == "no"


def deployment(version, **metadata):
    containers = [{"name": "manager", "image": f"ghcr.io/cloudnative-pg/cloudnative-pg:{version}"}]
    return {
        "metadata": metadata,
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": containers}}},
        "status": {"availableReplicas": 1},
    }


@pytest.fixture
def manifest(monkeypatch):
    name, namespace = operator.DEPLOYMENT, operator.NAMESPACE
    documents = [
        {
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "clusters"},
            "spec": {"names": {"kind": "Cluster"}},
            "apiVersion": "x/v1",
        },
        {"kind": "Deployment", "apiVersion": "apps/v1", **deployment("1.30.0", name=name, namespace=namespace)},
    ]
    monkeypatch.setattr(postgres_operator, "documents", lambda place: copy.deepcopy(documents))


def test_an_operator_of_another_version_is_left_as_it_is_unless_asked(act, world, manifest):
    world.put("Deployment", operator.DEPLOYMENT, operator.NAMESPACE, **deployment("1.29.1"))
    found = act(postgres_operator)
    assert "postgres_operator_upgrade: true" in found["msg"]
    assert world.changes == []
    assert act(postgres_operator, upgrade=True)["version"] == "1.30.0"
    world.put("Deployment", operator.DEPLOYMENT, operator.NAMESPACE, **deployment("1.31.0"))
    assert "1.31.0, and the manifest is of 1.30.0" in act(postgres_operator, upgrade=True)["msg"]


def test_an_operator_of_helm_is_left_alone(act, world, manifest):
    helm = {"labels": {"app.kubernetes.io/managed-by": "Helm"}}
    world.put("Deployment", "cnpg-cloudnative-pg", "operators", **deployment("1.29.1", **helm))
    found = act(postgres_operator)
    assert (found["changed"], found["version"]) == (False, "1.29.1")
    assert "belongs to Helm" in found["warnings"][0]
    assert not [key for key in world.items if key[0] == "CustomResourceDefinition"]


def test_a_manifest_out_of_reach_is_none_of_the_running_operators_business(act, world, monkeypatch):
    def unreachable(place):
        raise postgres_operator.UnreachableError(f"{place} cannot be read")

    monkeypatch.setattr(postgres_operator, "documents", unreachable)
    assert act(postgres_operator)["failed"] is True
    world.put("Deployment", operator.DEPLOYMENT, operator.NAMESPACE, **deployment(operator.VERSION))
    found = act(postgres_operator)
    assert (found["changed"], found["version"]) == (False, operator.VERSION)
    assert "was not compared with its manifest" in found["warnings"][0]


def on_jiva(world, copies=3, labels=None):
    parameters = {"cas-type": "jiva", "policy": "three"}
    world.put("StorageClass", "jiva", provisioner="jiva.csi.openebs.io", parameters=parameters, metadata={"annotations": {}})
    replica = {"nodeSelector": labels} if labels else {}
    world.put("JivaVolumePolicy", "three", "openebs", spec={"target": {"replicationFactor": copies}, "replica": replica})


def with_room(*gib):
    path = "/var/snap"
    return {
        f"pi0{number}": {**FACTS, "hostname": f"pi0{number}", "file_systems": [{"path": path, "available_bytes": (room + 1) * GIB}]}
        for number, room in enumerate(gib, 1)
    }


SINGLE_ON_JIVA = {"topology": "single", "storage_class": "jiva"}


def test_a_server_alone_is_taken_on_three_copies_and_guarded(act, world):
    on_jiva(world)
    assert act(wishes=SINGLE_ON_JIVA, check_only=True, nodes=with_room(6, 6, 6)) == {"changed": False, "topology": "single"}
    act(wishes=SINGLE_ON_JIVA, nodes=with_room(6, 6, 6))
    spec = world.items["StatefulSet", "database", "main"]["spec"]["template"]["spec"]
    assert [row["name"] for row in spec["containers"]] == ["postgres", "guard"]


@pytest.mark.parametrize(
    ("copies", "labels", "rooms", "says"),
    [
        pytest.param(2, None, (6, 6, 6), "needs each of them for a write", id="two copies"),
        pytest.param(3, None, (6, 3, 6), "pi02 has 3 GiB left", id="a node that is too full"),
        pytest.param(3, {"disk": "ssd"}, (6, 6, 6), "none may have one", id="no node with the label"),
    ],
)
def test_a_server_alone_is_refused_where_a_copy_would_be_missing(act, world, copies, labels, rooms, says):
    on_jiva(world, copies, labels)
    found = act(wishes=SINGLE_ON_JIVA, nodes=with_room(*rooms))
    assert (found.get("failed"), says in found.get("msg", "")) == (True, True), found
    assert world.changes == []


def test_a_volume_that_is_there_needs_no_more_room(act, world):
    on_jiva(world)
    world.put("PersistentVolumeClaim", "data-main-0", "database", status={"phase": "Bound"})
    assert "failed" not in act(wishes=SINGLE_ON_JIVA, check_only=True, nodes=with_room(6, 0, 6))


def test_a_policy_that_is_not_there_is_named(act, world):
    on_jiva(world)
    world.closed.add("JivaVolumePolicy")
    assert "JivaVolumePolicy three, which is not there" in act(wishes=SINGLE_ON_JIVA)["msg"]
