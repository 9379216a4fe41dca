# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real client libraries against an HTTP server on 127.0.0.1 that plays an API server."""

from __future__ import annotations

import socket
import sys

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError


def kubeconfig(url):
    return {
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"client-key-data": "S0VZ"}}],
    }


@pytest.fixture
def connect():
    clusters, pauses = [], []

    def to(url, **options):
        clusters.append(Cluster(kubeconfig(url), sleep=pauses.append, **{"timeout": 1.0, "patience": 5.0, **options}))
        clusters[-1].pauses = pauses
        return clusters[-1]

    yield to
    for cluster in clusters:
        cluster.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def node(name, version=1):
    return {"kind": "Node", "metadata": {"name": name, "uid": name, "resourceVersion": str(version)}}


def nodes(*names, version=1):
    items = [{"metadata": node(name, version)["metadata"]} for name in names]
    return 200, {"kind": "NodeList", "metadata": {"resourceVersion": str(version)}, "items": items}


NODE = "GET /api/v1/nodes/pi01"
NODES = "GET /api/v1/nodes"


def test_get(serve, connect):
    cluster = connect(serve({NODE: [(200, node("pi01"))]}).url)
    assert cluster.get("Node", "pi01")["metadata"]["uid"] == "pi01"
    assert cluster.get("Node", "pi02") is None


def test_list_says_of_what_kind_each_is(serve, connect):
    cluster = connect(serve({NODES: [nodes("pi01", "pi02")]}).url)
    assert [(item["kind"], item["metadata"]["name"]) for item in cluster.list("Node")] == [("Node", "pi01"), ("Node", "pi02")]


def test_raw(serve, connect):
    assert connect(serve({"GET /readyz": [(200, "ok")]}).url).raw("/readyz") == "ok"


@pytest.mark.parametrize(
    "first",
    [
        pytest.param((503, "not ready"), id="not ready"),
        pytest.param((500, {"kind": "Status", "message": "etcdserver: leader changed"}), id="leader change"),
        pytest.param("break", id="broken connection"),
        pytest.param("hang", id="no answer"),
    ],
)
def test_a_read_is_repeated(serve, connect, first):
    server = serve({NODE: [first, (200, node("pi01"))]})
    cluster = connect(server.url)
    assert cluster.get("Node", "pi01")
    assert len(server.seen) == 2
    assert cluster.pauses == [0.5]


@pytest.mark.parametrize("first", ["break", "hang", (503, "not ready")])
def test_a_write_is_not(serve, connect, first):
    server = serve({"POST /api/v1/namespaces/x/configmaps": [first]})
    with pytest.raises(ClusterError, match="creating ConfigMap x/a failed at http"):
        connect(server.url).create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "x"}})
    assert len(server.seen) == 1


def test_a_write_that_was_never_sent_goes_to_another_server(serve, connect):
    server = serve({"POST /api/v1/namespaces/x/configmaps": [(201, {"kind": "ConfigMap", "metadata": {"name": "a"}})]})
    cluster = connect(free_port(), servers=[server.url])
    assert cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "x"}})
    assert cluster.server == server.url
    assert cluster.pauses == [0.0]


STRANGER = "http://no-such-host.invalid:1"  # fails for good, as a node that is still to join does: its API is of another authority


@pytest.mark.parametrize("first", ["server", "stranger"])
def test_a_stranger_among_the_servers_ends_nothing(serve, connect, first):
    server = serve({NODE: [(503, "not ready"), (503, "not ready"), (200, node("pi01"))]})
    one, other = (server.url, STRANGER) if first == "server" else (STRANGER, server.url)
    assert connect(one, servers=[other]).get("Node", "pi01")


def test_strangers_alone_are_final(connect):
    cluster = connect(STRANGER, servers=["http://nobody.invalid:1"])
    with pytest.raises(ClusterError, match="the name cannot be resolved"):
        cluster.get("Node", "pi01")
    assert cluster.pauses == [0.0]


def test_what_may_pass_is_told_rather_than_the_stranger(connect):
    with pytest.raises(ClusterError, match="connection refused") as problem:
        connect(free_port(), servers=[STRANGER], patience=0.1).get("Node", "pi01")
    assert problem.value.passing


def test_watch_goes_past_a_stranger(serve, connect):
    server = serve({NODES: [nodes("pi01", version=5)], f"{NODES} watch": ["break", [{"type": "ADDED", "object": node("pi02", 6)}], "hang"]})
    assert watched(connect(server.url, servers=[STRANGER])) == [("ADDED", "pi01"), ("ADDED", "pi02")]


def test_a_refusal_is_final(serve, connect):
    server = serve({NODE: [(403, {"kind": "Status", "reason": "Forbidden", "message": "no"})]})
    with pytest.raises(ClusterError) as problem:
        connect(server.url).get("Node", "pi01")
    assert problem.value.facts == {"server": server.url, "reason": "Forbidden", "status": 403}
    assert len(server.seen) == 1


def test_patience_ends(connect):
    now = [0.0]
    cluster = connect(free_port(), clock=lambda: now[0])
    cluster._sleep = lambda seconds: now.__setitem__(0, now[0] + seconds)
    with pytest.raises(ClusterError, match="connection refused") as problem:
        cluster.get("Node", "pi01")
    assert problem.value.reason == "Refused"
    assert 3.0 < now[0] < 5.0


def test_all_servers_are_named_when_none_answers(connect):
    first, second = free_port(), free_port()
    with pytest.raises(ClusterError) as problem:
        connect(first, servers=[second], patience=0.1).get("Node", "pi01")
    assert first in str(problem.value)
    assert second in str(problem.value)


def test_an_unknown_kind(serve, connect):
    with pytest.raises(ClusterError, match="does not know this kind") as problem:
        connect(serve().url).list("Backup", api_version="velero.io/v1")
    assert problem.value.reason == "NoSuchKind"


def test_delete(serve, connect):
    server = serve({"DELETE /api/v1/nodes/pi01": [(200, {"kind": "Status", "status": "Success"})]})
    cluster = connect(server.url)
    assert cluster.delete("Node", "pi01", uid="u1") is True
    assert cluster.delete("Node", "pi02") is False
    assert server.seen[0][2]["preconditions"] == {"uid": "u1"}
    assert "preconditions" not in server.seen[1][2]


def test_apply_is_server_side(serve, connect):
    server = serve({"PATCH /api/v1/namespaces/x/configmaps/a": [(200, {"metadata": {"name": "a"}})]})
    connect(server.url).apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "x"}}, dry_run=True)
    verb, path, body = server.seen[0]
    assert verb == "PATCH"
    assert {"fieldManager=pikube.stateful", "force=true", "dryRun=All"} <= set(path.partition("?")[2].split("&"))
    assert body["metadata"] == {"name": "a", "namespace": "x"}


def watched(cluster, seconds=1.5, **options):
    return [(event.type, event.name) for event in cluster.watch("Node", seconds, **options)]


def test_watch_goes_on_where_it_broke(serve, connect):
    server = serve(
        {
            NODES: [nodes("pi01", version=5)],
            f"{NODES} watch": [
                [{"type": "ADDED", "object": node("pi02", 6)}, {"type": "BOOKMARK", "object": node("", 9)}],
                "break",
                [{"type": "DELETED", "object": node("pi02", 10)}],
                "hang",
            ],
        }
    )
    assert watched(connect(server.url)) == [("ADDED", "pi01"), ("ADDED", "pi02"), ("DELETED", "pi02")]
    versions = [
        part for _verb, path, _body in server.seen for part in path.partition("?")[2].split("&") if part.startswith("resourceVersion")
    ]
    assert versions[:4] == ["resourceVersion=5", "resourceVersion=9", "resourceVersion=9", "resourceVersion=10"]


@pytest.mark.parametrize(
    "gone",
    [
        pytest.param((410, {"kind": "Status", "reason": "Expired", "code": 410, "message": "too old"}), id="as a status"),
        pytest.param([{"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}], id="as a line"),
    ],
)
def test_watch_lists_anew_when_its_version_is_gone(serve, connect, gone):
    server = serve({NODES: [nodes("pi01", "pi02"), nodes("pi02", "pi03", version=3)], f"{NODES} watch": [gone, "hang"]})
    assert watched(connect(server.url)) == [
        ("ADDED", "pi01"),
        ("ADDED", "pi02"),
        ("DELETED", "pi01"),
        ("MODIFIED", "pi02"),
        ("ADDED", "pi03"),
    ]


def test_watch_changes_the_server(serve, connect):
    other = serve({f"{NODES} watch": [[{"type": "ADDED", "object": node("pi02", 6)}], "hang"], NODES: [nodes("pi01", "pi02", version=6)]})
    server = serve({NODES: [nodes("pi01", version=5)], f"{NODES} watch": ["break"]})
    trouble = []
    cluster = connect(server.url, servers=[other.url])
    assert watched(cluster, trouble=trouble.append) == [("ADDED", "pi01"), ("ADDED", "pi02")]
    assert trouble
    assert trouble[0].startswith("watching Node failed at")


def test_one_server_of_several(serve, connect):
    first, second = serve({NODE: [(200, node("pi01"))]}), serve({NODE: [(200, node("pi01", 2))]})
    with connect(first.url, servers=[second.url]).only(second.url) as cluster:
        assert cluster.get("Node", "pi01")["metadata"]["resourceVersion"] == "2"
    assert first.seen == []


def test_which_servers_answer(serve, connect):
    here = serve({"/version": [(200, {"major": "1"})]})
    assert connect(here.url, servers=[free_port()]).answering() == [here.url]


def test_which_of_certain_servers_are_ready(serve, connect):
    ready, starting = serve({"GET /readyz": [(200, {})]}), serve({"GET /readyz": [(500, {"message": "etcd failed"})]})
    assert connect(starting.url).answering("/readyz", [ready.url, starting.url]) == [ready.url]


def test_a_missing_library(serve, monkeypatch):
    monkeypatch.setitem(sys.modules, "openshift.dynamic", None)
    with pytest.raises(ClusterError, match="pip install kubernetes openshift") as problem:
        Cluster(kubeconfig(serve().url)).get("Node", "pi01")
    assert problem.value.reason == "MissingLibrary"
