# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import queue
import threading
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError, Event
from ansible_collections.pikube.stateful.plugins.module_utils.failover import essences
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import read
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observing import Observer, into
from ansible_collections.pikube.stateful.plugins.module_utils.failover.watches import MANY, SINGLE, WATCHED, Watched

NODES = Watched("Node", "Node", "v1", None, essences.node)
VOLUMES = Watched("Target", "JivaVolume", "openebs.io/v1", "openebs", essences.target, optional=True)
FAR = 10.0  # seconds after which a test gives up


def node(name, version, ready="True", uid=None):
    return {
        "metadata": {"name": name, "uid": uid or name, "resourceVersion": str(version)},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


class Api:
    """A cluster: lists are answered in turn, the last one for ever; what is put into `news` comes out of the watches."""

    def __init__(self, *lists):
        self.lists, self.news, self.opened, self.closed, self.asked = list(lists), queue.Queue(), 0, 0, []

    def __call__(self):
        self.opened += 1
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_problem):
        self.close()

    def close(self):
        self.closed += 1

    def list(self, kind, namespace, api_version):
        self.asked.append((kind, namespace, api_version))
        answer = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def watch(self, _kind, _seconds, _namespace, _api_version, trouble):
        while True:
            told = self.news.get()
            if told is None:
                return
            if isinstance(told, Exception):
                raise told
            if isinstance(told, str):
                trouble(told)
            else:
                yield Event(*told)


@pytest.fixture
def observe(monkeypatch):
    monkeypatch.setattr("ansible_collections.pikube.stateful.plugins.module_utils.failover.observing.PAUSE_SECONDS", 0.01)
    running = []

    def start(api, *watched, seconds=FAR, write=lambda observation: None, **options):
        observer = Observer(api, "database", "main", SINGLE, write, watched=watched, **options)
        running.append((observer, api))
        observer.start(seconds)
        return observer

    yield start
    for observer, api in running:
        observer.stop(0)
        if isinstance(api, Api):
            api.news.put(None)


def noted(observer, count):
    """[(name, change, what there is to say)] as soon as there are so many."""
    end = time.monotonic() + FAR
    while len(observer.seen()) < count and time.monotonic() < end:
        time.sleep(0.005)
    return [(one.name, one.change, one.state.get("ready") or one.state.get("text")) for one in observer.seen()]


def refused(reason="Refused", passing=True):
    return ClusterError("nobody answers", passing=passing, reason=reason)


def test_what_is_there_and_what_changes(observe):
    api = Api([node("pi01", 5)])
    observer = observe(api, NODES)
    assert noted(observer, 1) == [("pi01", "ADDED", "True")]  # at once: start() waits for the list
    for event in (("ADDED", node("pi01", 5)), ("MODIFIED", node("pi01", 6, "Unknown")), ("DELETED", node("pi01", 7, "Unknown"))):
        api.news.put(event)
    assert noted(observer, 3) == [("pi01", "ADDED", "True"), ("pi01", "MODIFIED", "Unknown"), ("pi01", "DELETED", "Unknown")]


def test_trouble_is_told_once_and_its_end(observe):
    api = Api([node("pi01", 5)])
    observer = observe(api, NODES)
    for told in ("no answer", "no answer at all", ("MODIFIED", node("pi01", 6, "Unknown"))):
        api.news.put(told)
    assert noted(observer, 4)[1:] == [("Node", "TROUBLE", "no answer"), ("Node", "BACK", None), ("pi01", "MODIFIED", "Unknown")]


@pytest.mark.parametrize(
    "error", [refused(), refused("Forbidden", False), ValueError("what is this")], ids=["passing", "final", "unforeseen"]
)
def test_a_watch_that_ends_for_an_error_begins_anew_and_misses_nothing(observe, error):
    api = Api([node("pi01", 5), node("pi02", 5)], [node("pi01", 9, "Unknown")])
    observer = observe(api, NODES)
    api.news.put(error)
    found = noted(observer, 6)
    assert [row[:2] for row in found] == [
        ("pi01", "ADDED"),
        ("pi02", "ADDED"),
        ("Node", "TROUBLE"),
        ("pi02", "DELETED"),
        ("pi01", "MODIFIED"),
        ("Node", "BACK"),
    ]
    assert str(error) in found[2][2]


def test_a_round_that_is_over_tells_nothing(observe):
    api = Api([node("pi01", 5)])
    observer = observe(api, NODES)
    api.news.put(None)
    api.news.put(("MODIFIED", node("pi01", 6, "Unknown")))
    assert [row[:2] for row in noted(observer, 2)] == [("pi01", "ADDED"), ("pi01", "MODIFIED")]
    assert api.opened == 1


def test_times_never_stand_still(observe):
    observer = observe(Api([node(f"pi0{number}", 5) for number in range(5)]), NODES, now=lambda: 7)
    noted(observer, 5)
    assert [one.at for one in observer.seen()] == [7, 8, 9, 10, 11]


def test_kinds_that_a_cluster_need_not_have_are_let_go(observe):
    api = Api(refused("NoSuchKind", False))
    observer = observe(api, VOLUMES)
    assert observer.seen() == []
    assert len(api.asked) == 1


def test_what_is_optional_is_not_waited_for_in_vain(observe):
    api = Api(refused(), [{"metadata": {"name": "pvc-1", "uid": "t", "resourceVersion": "5"}}])
    api.lists[:1] = [refused()] * 20
    observer = observe(api, VOLUMES, seconds=0.05)
    assert [row[:2] for row in noted(observer, 3)] == [("Target", "TROUBLE"), ("pvc-1", "ADDED"), ("Target", "BACK")]


def test_a_door_that_cannot_be_closed_now_ends_nothing(observe, monkeypatch):
    def busy():
        raise RuntimeError("dictionary changed size during iteration")

    api = Api([node("pi01", 5)])
    observer = observe(api, NODES)
    with monkeypatch.context() as patch:
        patch.setattr(api, "close", busy)
        observer.stop(0)


def test_others_have_to_be_there(observe):
    with pytest.raises(FailoverError, match=r"Node: could not be listed within 0.2 s.*nobody answers") as problem:
        observe(Api(refused("Forbidden", False)), NODES, seconds=0.2)
    assert problem.value.facts == {"kind": "Node"}


def test_nothing_is_written_after_the_end(observe):
    api, written = Api([node("pi01", 5)]), []
    observer = observe(api, NODES, write=written.append)
    observer.stop(0)
    api.news.put("no answer")
    api.news.put(("MODIFIED", node("pi01", 6, "Unknown")))
    api.news.put(None)
    observer._threads[0].join(FAR)
    assert not observer._threads[0].is_alive()
    assert [one.change for one in written] == ["ADDED"]
    assert api.closed


def test_a_full_disk_ends_no_watch(observe):
    def full(_observation):
        raise OSError(28, "No space left on device")

    api = Api([node("pi01", 5)])
    observer = observe(api, NODES, write=full)
    api.news.put(("MODIFIED", node("pi01", 6, "Unknown")))
    assert len(noted(observer, 2)) == 2
    assert "No space left" in observer.problem


def test_each_line_is_in_the_file(observe):
    stream = io.StringIO()
    observer = observe(Api([node("pi01", 5), node("pi02", 5)]), NODES, write=into(stream))
    assert read(io.StringIO(stream.getvalue())) == observer.seen()


@pytest.mark.parametrize(("topology", "kinds"), [(SINGLE, {"StatefulSet", "VolumeAttachment"}), (MANY, {"Cluster"})])
def test_what_is_watched_where(topology, kinds):
    api = Api([])
    observer = Observer(api, "database", "main", topology, lambda _observation: None)
    observer.start(FAR)
    observer.stop(0)
    for _row in WATCHED:
        api.news.put(None)
    asked = {kind for kind, _namespace, _version in api.asked}
    assert {"Node", "Lease", "Pod", "EndpointSlice", "PersistentVolumeClaim"} | kinds <= asked
    assert ("Pod", "database", "v1") in api.asked
    assert ("Lease", "kube-node-lease", "coordination.k8s.io/v1") in api.asked
    assert (topology == MANY) == (("Pod", "cnpg-system", "v1") in api.asked)


def test_with_the_real_client_past_a_server_that_is_gone(serve, observe):
    listing = {"kind": "NodeList", "metadata": {"resourceVersion": "5"}, "items": [node("pi01", 5)]}
    server = serve(
        {
            "GET /api/v1/nodes": [(200, listing)],
            "GET /api/v1/nodes watch": [[{"type": "MODIFIED", "object": node("pi01", 6, "Unknown")}], "hang"],
        }
    )
    kubeconfig = {
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {}}],
    }
    observer = observe(lambda: Cluster(kubeconfig, servers=[server.url], timeout=1.0), NODES)
    assert noted(observer, 2) == [("pi01", "ADDED", "True"), ("pi01", "MODIFIED", "Unknown")]
    assert any(thread.name == "watch Node" for thread in threading.enumerate())
