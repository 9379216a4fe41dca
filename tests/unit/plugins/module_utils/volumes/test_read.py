# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real client libraries against an HTTP server on 127.0.0.1 that plays an API server."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import judge, read
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.snapshot import Answer
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.world import World
from ansible_collections.pikube.stateful.tests.unit.plugins.module_utils.test_cluster import kubeconfig
from ansible_collections.pikube.stateful.tests.unit.volumes_world import (
    JIVA_SERVICE,
    NOW,
    PV,
    claim,
    hostpath,
    jiva,
    mayastor,
    served,
)


@pytest.fixture
def connect(serve):
    clusters = []

    def to(bed, **options):
        server = serve(served(bed, **options))
        clusters.append(Cluster(kubeconfig(server.url), patience=0.0, timeout=2.0))
        return clusters[-1], server

    yield to
    for cluster in clusters:
        cluster.close()


def listed(server):
    return [path.partition("?")[0] for _verb, path, _body in server.seen if not path.startswith("/apis") or path.count("/") > 3]


def test_each_kind_is_read_once_and_none_that_nobody_needs(connect):
    cluster, server = connect(hostpath())
    found = read.snapshot(cluster, lambda: NOW)
    assert sorted(path.rpartition("/")[2] for path in listed(server)) == [
        "leases",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "storageclasses",
    ]
    assert "JivaVolume" not in found.objects
    world = World(found)
    (row,) = judge.rows(list(world.all("PersistentVolumeClaim")), world)
    assert (row["engine"], row["healthy"]) == ("hostpath", True)


def test_the_kinds_of_an_engine_are_read_when_a_volume_is_of_it(connect):
    cluster, server = connect(jiva())
    assert [item["metadata"]["name"] for item in read.snapshot(cluster, lambda: NOW).objects["JivaVolume"]] == [PV]
    assert len([path for path in listed(server) if path.endswith("/jivavolumes")]) == 1


def test_an_older_api_version_is_found(connect):
    cluster, _server = connect(mayastor())
    assert [item["metadata"]["name"] for item in read.snapshot(cluster, lambda: NOW).objects["DiskPool"]] == ["pool-1"]


def test_events_are_read_for_claims_without_a_volume_alone(connect):
    cluster, server = connect(hostpath().put(claim("new", of=None, phase="Pending")))
    read.snapshot(cluster, lambda: NOW)
    assert any("/events?fieldSelector=involvedObject.kind" in path for _verb, path, _body in server.seen)


def test_kinds_that_the_cluster_does_not_know(connect):
    cluster, _server = connect(jiva(), without=("JivaVolume",))
    found = read.snapshot(cluster, lambda: NOW)
    assert "JivaVolume" not in found.objects
    world = World(found)
    row = judge.rows([item for item in world.all("PersistentVolumeClaim") if item["metadata"]["name"] == "data"], world)[0]
    assert row["known"] is False
    assert f"there is no JivaVolume {PV}" in row["warnings"][0]


def test_a_refusal_ends_it_unless_the_kind_can_be_done_without(connect):
    bed = hostpath()
    cluster, server = connect(bed)
    no = [(403, {"kind": "Status", "reason": "Forbidden", "message": "no"})]
    server.answers["GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"] = no
    assert "Lease" not in read.snapshot(cluster, lambda: NOW).objects
    server.answers["GET /api/v1/pods"] = no
    with pytest.raises(ClusterError, match="listing Pod"):
        read.snapshot(cluster, lambda: NOW)


def test_engines_are_asked_for_the_claims_that_are_looked_at():
    world = jiva().world
    claims = list(world.all("PersistentVolumeClaim"))
    assert read.questions(claims, world) == [JIVA_SERVICE]
    assert read.questions([item for item in claims if item["metadata"]["namespace"] == "openebs"], world) == []
    assert read.questions([claim(of=None)], world) == []


def test_answers_through_the_api_server(connect):
    cluster, _server = connect(jiva().answer(JIVA_SERVICE, {"data": []}))
    assert read.answers([JIVA_SERVICE], cluster.raw) == {JIVA_SERVICE: Answer({"data": []})}


def test_an_engine_that_does_not_answer(connect):
    cluster, _server = connect(jiva().answer(JIVA_SERVICE, trouble="no endpoints available"))
    answer = read.answers([JIVA_SERVICE], cluster.raw)[JIVA_SERVICE]
    assert answer.content is None
    assert "no endpoints available" in answer.trouble
    assert read.answers(["/x"], lambda path: "<html>")["/x"].trouble == "its answer is not JSON"
