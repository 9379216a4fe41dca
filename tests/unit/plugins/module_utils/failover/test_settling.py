# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock
from ansible_collections.pikube.stateful.plugins.module_utils.failover import settling as subject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER, SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.settling import Settling
from ansible_collections.pikube.stateful.tests.unit.failover_bed import Api, until
from ansible_collections.pikube.stateful.tests.unit.failover_situations import alone
from ansible_collections.pikube.stateful.tests.unit.volumes_world import PV, jiva

DATABASE = {
    "kind": "Database",
    "metadata": {"name": "main-app", "namespace": "database"},
    "spec": {"name": "app", "cluster": {"name": "main"}},
    "status": {"message": "no such owner"},
}


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def settles(monkeypatch, api):
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    running = []

    def start(streams=2, ask=None, cluster=lambda: api, topology=CLUSTER):
        running.append(Settling(cluster, lambda door: ask or api.asked, "database", "main", topology, streams))
        running[-1].start()
        return running[-1]

    yield start
    for one in running:
        one.stop()


def pod(api, name):
    return api.objects["Pod", "database", name]


def test_nothing_is_whole_before_a_first_look(api):
    assert not Settling(lambda: api, lambda door: api.asked, "database", "main", CLUSTER, 2).whole()


def test_a_whole_cluster(settles):
    before = clock.now()
    one = settles()
    until(one.whole)
    assert (one.says, one.primary) == ("", "main-1")
    assert before <= one.streaming_at <= clock.now()


@pytest.mark.parametrize(
    ("breaks", "text"),
    [
        pytest.param(
            lambda api: api.objects["Node", None, "pi02"]["status"]["conditions"][0].update(status="Unknown"),
            "node pi02 is not Ready",
            id="a node is away",
        ),
        pytest.param(
            lambda api: pod(api, "main-2")["status"]["conditions"][0].update(status="False"),
            "instance main-2 on pi02: is not Ready",
            id="a server is not Ready",
        ),
        pytest.param(lambda api: api.objects.pop(("Pod", "database", "main-3")), "2 of 3 instances are there", id="a server is gone"),
        pytest.param(lambda api: api.add(DATABASE), "database app: no such owner", id="a database is to be made"),
        pytest.param(
            lambda api: api.objects.pop(("Cluster", "database", "main")),
            "there is neither Cluster nor StatefulSet",
            id="the Cluster is gone",
        ),
    ],
)
def test_what_it_waits_for_and_its_end(settles, api, breaks, text):
    with api.lock:
        whole = copy.deepcopy(api.objects)
        breaks(api)
    one = settles()
    until(lambda: text in one.says)
    assert not one.whole()
    with api.lock:
        api.objects = whole
    until(one.whole)


def test_standbys_have_to_stream_as_many_as_before(settles, api):
    states = ["streaming", "catchup"]

    def ask(name, statement):
        return json.dumps({"standbys": [{"state": state} for state in states]})

    one = settles(ask=ask)
    until(lambda: one.says == "1 of 2 standbys stream")
    assert one.streaming_at is None
    states[:] = ["streaming", "streaming"]
    until(one.whole)
    first = one.streaming_at
    states[:] = ["catchup"]
    until(lambda: not one.whole())
    states[:] = ["streaming", "streaming"]
    until(one.whole)
    assert one.streaming_at == first  # when they did so for the first time


def test_standbys_that_did_not_stream_before_are_not_waited_for(settles):
    one = settles(streams=0, ask=lambda name, statement: pytest.fail("nobody is to be asked"))
    until(one.whole)
    assert one.streaming_at is None


def test_a_server_alone(settles, api):
    situation = alone()
    with api.lock:
        api.objects = {key: item for key, item in api.objects.items() if key[0] == "Node"}
        api.add(*situation.pods, *situation.claims, situation.server)
    one = settles(streams=0, topology=SINGLE)
    until(one.whole)
    assert one.primary == "main-0"


@pytest.mark.parametrize(
    "error",
    [ClusterError("nobody answers"), RuntimeError("unforeseen")],
    ids=lambda error: type(error).__name__,
)
def test_a_door_that_is_shut_is_tried_again(settles, api, error):
    opened = []

    def cluster():
        opened.append(1)
        if len(opened) < 3:
            raise error
        return api

    one = settles(cluster=cluster)
    until(one.whole)
    assert len(opened) == 3


@pytest.mark.parametrize(
    "answer",
    [ClusterError("it is silent"), "no JSON", '{"other": 1}', RuntimeError("unforeseen")],
    ids=["silent", "not JSON", "without standbys", "unforeseen"],
)
def test_an_answer_that_is_none_is_waited_for(settles, api, answer):
    answers = [answer] * 3

    def ask(name, statement):
        if answers:
            one = answers.pop()
            if isinstance(one, Exception):
                raise one
            return one
        return api.asked(name, statement)

    one = settles(ask=ask)
    until(one.whole)
    assert answers == []


class Volumes:
    """The bed of volumes_world, whose pod app-0 is a server alone, behind the door to the API."""

    def __init__(self, bed):
        self.bed = bed
        bed.one("Pod", "app-0")["metadata"]["labels"] = {"pikube.stateful/server": "main"}

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def list(self, kind, namespace=None, api_version="v1", **_more):
        items = self.bed.objects.get(kind, ())
        return [copy.deepcopy(item) for item in items if namespace in (None, item["metadata"].get("namespace"))]


def test_a_server_alone_is_whole_when_the_copies_of_its_volume_are_in_sync(monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    api = Volumes(jiva(("RW", "RW", "WO")))
    one = Settling(lambda: api, lambda door: None, "database", "main", SINGLE, 0, ["data"])
    one.start()
    until(lambda: one.says.startswith("volume of database/data: 2 of 3 copies in sync (n3: WO)"))
    api.bed.one("JivaVolume", PV)["status"]["replicaStatus"][2]["mode"] = "RW"
    until(one.whole)
    one.stop()


def test_copies_that_were_behind_before_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    api = Volumes(jiva(("RW", "RW", "WO")))
    one = Settling(lambda: api, lambda door: None, "database", "main", SINGLE, 0, [])
    one.start()
    until(one.whole)
    one.stop()
