# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import cluster_objects as made
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.sizing import settings
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes

GIB = 1024**3


def wishes(nodes=5, **given):
    return Wishes.parse(given, nodes)


def cluster(**given):
    return made.cluster(wishes(**given), settings(4 * GIB, "usb_ssd", 4))


@pytest.mark.parametrize(
    ("instances", "number", "quorum"),
    [
        pytest.param(1, None, None, id="one alone has nobody to wait for"),
        pytest.param(2, 1, False, id="two"),
        pytest.param(3, 1, True, id="three"),
        pytest.param(5, 1, True, id="five"),
    ],
)
def test_an_acknowledged_row_is_on_a_standby(instances, number, quorum):
    found = cluster(instances=instances)["spec"]["postgresql"].get("synchronous", {})
    assert (found.get("number"), found.get("failoverQuorum")) == (number, quorum)
    assert found.get("dataDurability", "required") == "required"


@pytest.mark.parametrize(
    ("version", "there"), [((0,), False), ((1, 28, 1), False), ((1, 29), False), ((1, 30, 0), True), ((1, 31), True), ((2,), True)]
)
def test_the_lease_is_shorter_where_the_operator_knows_it_and_longer_than_its_primary_tries(version, there):
    spec = made.cluster(wishes(), settings(4 * GIB, "usb_ssd", 4), version)["spec"]
    assert ("primaryLease" in spec) == there
    lease = made.LEASE
    assert lease["leaseDurationSeconds"] > lease["renewDeadlineSeconds"] > 1.2 * lease["retryPeriodSeconds"]


def test_instances_are_never_on_one_node_and_leave_a_dead_one_soon():
    found = cluster()["spec"]["affinity"]
    assert (found["podAntiAffinityType"], found["topologyKey"]) == ("required", "kubernetes.io/hostname")
    assert {row["key"] for row in found["tolerations"]} == {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}
    assert all(row["tolerationSeconds"] <= 30 for row in found["tolerations"])


def test_a_budget_never_keeps_a_single_instance_on_its_node():
    assert cluster(instances=1)["spec"]["enablePDB"] is False
    assert cluster(instances=3)["spec"]["enablePDB"] is True


def test_nobody_gets_in_without_tls():
    assert cluster()["spec"]["postgresql"]["pg_hba"][0] == "hostnossl all all all reject"


def test_memory_is_asked_for_and_limited_alike():
    found = cluster()["spec"]["resources"]
    assert found["requests"]["memory"] == found["limits"]["memory"] == "1348Mi"
    assert "cpu" not in found["limits"]


def test_databases_keep_their_rows_when_their_object_goes():
    found = made.databases(wishes(extensions=["pg_trgm"], owner="order"), {"sample": "inventory_mgmt"})
    assert [(item["metadata"]["name"], item["spec"]["name"]) for item in found] == [("main-own", "app"), ("main-sample", "inventory_mgmt")]
    assert found[0]["spec"]["extensions"] == [{"name": "pg_trgm", "ensure": "present"}]
    assert all((item["spec"]["owner"], item["spec"]["databaseReclaimPolicy"]) == ("order", "retain") for item in found)
    assert made.databases(wishes(), {}) == []


@pytest.mark.parametrize(("extensions", "objects"), [([], []), (["pg_trgm"], ["main-own"])])
def test_the_first_database_may_be_that_of_the_sample_data(extensions, objects):
    found = made.databases(wishes(database="inventory_mgmt", extensions=extensions), {"sample": "inventory_mgmt"})
    assert [item["metadata"]["name"] for item in found] == objects


def test_a_primary_that_is_cut_off_stops_before_another_one_takes_over_and_a_slow_answer_is_none():
    found = cluster()["spec"]["probes"]["liveness"]
    check = found["isolationCheck"]
    assert check["enabled"] is True
    assert 1000 < check["connectionTimeout"] <= check["requestTimeout"]
    # It asks the API for half a second, and then all standbys of three servers.
    assert 500 + 3 * check["requestTimeout"] <= found["timeoutSeconds"] * 1000 <= found["periodSeconds"] * 1000
    assert found["failureThreshold"] * found["periodSeconds"] < 40


def test_the_class_is_left_to_the_default_where_none_is_named():
    assert "storageClass" not in cluster()["spec"]["storage"]
    assert cluster(storage_class="openebs-hostpath-retain")["spec"]["storage"]["storageClass"] == "openebs-hostpath-retain"


@pytest.mark.parametrize("password", ["plain", "with 'quotes\", $HOME and\nnewline"])
def test_a_password_is_in_the_secret_and_nowhere_else(password):
    asked = wishes(owner="order", database="my db")
    found = made.secret(asked, password)
    assert {key: base64.b64decode(value).decode() for key, value in found["data"].items()} == {
        "username": "order",
        "password": password,
        "dbname": "my db",
    }
    assert found["metadata"]["labels"]["cnpg.io/reload"] == "true"
    others = json.dumps([made.cluster(asked, settings(None, None, None)), made.services(asked)])
    assert password not in others
    assert found["metadata"]["name"] in others


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        pytest.param({"service_type": "NodePort", "node_port": 30432}, [30432], id="a port of each node"),
        pytest.param({"service_type": "NodePort"}, [None], id="a port that Kubernetes chooses"),
        pytest.param({"service_type": "LoadBalancer"}, [None], id="an address of its own"),
        pytest.param({"service_type": "ClusterIP"}, [], id="inside only"),
    ],
)
def test_the_door_from_outside_leads_to_the_primary(given, ports):
    found = made.services(wishes(**given))
    assert [item["spec"]["ports"][0].get("nodePort") for item in found] == ports
    assert all(item["spec"]["selector"] == {"cnpg.io/cluster": "main", "cnpg.io/instanceRole": "primary"} for item in found)
    assert all(item["spec"]["type"] == given["service_type"] for item in found)


@pytest.mark.parametrize(("service", "names"), [("NodePort", []), ("LoadBalancer", []), ("ClusterIP", ["main-outside"])])
def test_a_door_that_is_not_wanted_any_more_goes(service, names):
    assert [item["metadata"]["name"] for item in made.absent(wishes(service_type=service))] == names


def test_prometheus_asks_the_instances():
    assert made.pod_monitor(wishes())["spec"]["selector"]["matchLabels"] == {"cnpg.io/cluster": "main"}
