# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import HOST, NAME, UNDO, Lease, found, seconds_of, stamp_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Undo
from ansible_collections.pikube.stateful.tests.unit.failover_hands import UID, Api, World

RUN, OTHER, NOW = "20261130T210533Z-drain", "20261130T200000Z-crash", 1_800_000_000.0
ENTRY = Undo("uncordon-1", "uncordon", "pi02", {"run": OTHER})


def there(age, run=OTHER, entries=(), namespace="database"):
    notes = {UNDO: json.dumps([entry.row() for entry in entries]), HOST: "pi@desk:/reports"}
    spec = {"holderIdentity": run, "acquireTime": stamp_of(NOW - age - 5), "renewTime": stamp_of(NOW - age)}
    return {"kind": "Lease", "metadata": {"name": NAME, "namespace": namespace, "annotations": notes}, "spec": spec}


def lease(api, **more):
    more = {"wall": lambda: NOW, "sleep": lambda seconds: None, **more}
    return Lease(api, lambda: api, "database", RUN, UID, controller="pi@desk:/reports", **more)


def test_stamps_are_those_of_kubernetes():
    assert stamp_of(1_796_072_733.25) == "2026-11-30T21:05:33.250000Z"
    assert seconds_of("2026-11-30T21:05:33.250000Z") == 1_796_072_733.25
    assert seconds_of(None) == 0.0


def test_acquire_keep_release():
    api = Api()
    one = lease(api)
    one.acquire()
    one.keep([ENTRY])
    (held,) = found(api, lambda: NOW)
    assert (held.run, held.cluster_uid, held.open, held.looks_alive) == (RUN, UID, (ENTRY,), True)
    one.release()
    assert found(api) == []


@pytest.mark.parametrize(
    ("other", "text"),
    [
        pytest.param(there(5), f"run {OTHER} of pi@desk:/reports is verifying this cluster since", id="a live one"),
        pytest.param(there(5, namespace="elsewhere"), "Lease elsewhere/pikube-failover", id="a live one of another namespace"),
        pytest.param(there(-30), "is verifying", id="a live one whose clock is ahead"),
        pytest.param(there(5, entries=[ENTRY]), "is verifying", id="a live one in the midst of its fault"),
        pytest.param(there(900, entries=[ENTRY]), "left to undo: uncordon on pi02.*verify_restore=true", id="one that left something"),
        pytest.param(there(900, entries=[ENTRY], namespace="elsewhere"), "left to undo", id="one that left something elsewhere"),
    ],
)
def test_refused(other, text):
    api = Api(other)
    before = dict(api.objects)
    with pytest.raises(FailoverError, match=text):
        lease(api).acquire()
    assert api.objects == before


@pytest.mark.parametrize("age", [61, 900, -900], ids=lambda age: f"{age} s old")
def test_one_that_stands_still_and_left_nothing_is_taken(age):
    api = Api(there(age))
    lease(api).acquire()
    assert [held.run for held in found(api, lambda: NOW)] == [RUN]


def test_one_that_moves_is_alive_whatever_its_clock_says():
    api = Api(there(900))

    def sleep(seconds):
        api.patch("Lease", NAME, {"spec": {"renewTime": stamp_of(NOW - 890)}}, "database")

    with pytest.raises(FailoverError, match="is verifying"):
        lease(api, sleep=sleep).acquire()


def test_two_takers_one_wins():
    api = Api(there(900))

    def sleep(seconds):
        pass

    one = lease(api, sleep=sleep)
    real = api.patch

    def patch(kind, name, body, namespace=None, api_version="v1", content_type=None):
        api.patch = real
        real(kind, name, {"spec": {"holderIdentity": "20261130T210534Z-crash"}}, namespace)
        return real(kind, name, body, namespace)

    api.patch = patch
    with pytest.raises(FailoverError, match="was quicker"):
        one.acquire()


def test_an_answer_that_was_lost_is_no_refusal():
    api = Api()
    real = api.create

    def create(body, **more):
        real(body, **more)
        raise ClusterError("the connection broke", reason="Broken")

    api.create = create
    lease(api).acquire()
    assert [held.run for held in found(api, lambda: NOW)] == [RUN]


def test_two_namespaces_at_once_both_give_way():
    api = Api()
    real = api.create

    def create(body, **more):
        api.add(there(0, namespace="elsewhere"))
        return real(body, **more)

    api.create = create
    with pytest.raises(FailoverError, match="Lease elsewhere"):
        lease(api).acquire()
    assert [held.namespace for held in found(api)] == ["elsewhere"]


def test_another_cluster_is_refused():
    api = Api()
    api.objects["Namespace", None, "kube-system"]["metadata"]["uid"] = "another"
    with pytest.raises(FailoverError, match="leads to cluster another"):
        lease(api).acquire()


def test_entries_that_cannot_be_read_are_not_taken_for_none():
    api = Api(there(900))
    api.patch("Lease", NAME, {"metadata": {"annotations": {UNDO: "{"}}}, "database")
    with pytest.raises(FailoverError, match="Undo by hand"):
        lease(api).acquire()


def renewed(change=None, error=None):
    """A Lease whose thread renews every 10 ms, what it says when it is lost, and the cluster."""
    api, reasons, said = Api(), [], []
    one = lease(api, aborted=reasons.append, says=said.append, renews=0.01, wall=World().clock)
    one.acquire()
    if error:
        api.failing["patch", "Lease"] = [error]
    one.start()
    if change:
        change(api)
    one._thread.join(timeout=0.3 if not change else 5)
    return one, api, reasons, said


def test_deleting_it_aborts():
    one, api, reasons, _said = renewed(lambda api: api.objects.pop(("Lease", "database", NAME)))
    assert reasons == [one.lost] == ["the Lease database/pikube-failover was deleted: this run is aborted"]
    with pytest.raises(FailoverError, match="was deleted"):
        one.keep([ENTRY])
    one.release()
    assert api.closed == 1


def test_a_new_one_of_the_same_name_is_not_its_own():
    one, api, reasons, _said = renewed(lambda api: api.add(there(0)))
    assert len(reasons) == 1
    one.release()
    assert [held.run for held in found(api, lambda: NOW)] == [OTHER]


def test_being_taken_aborts():
    def take(api):
        api.patch("Lease", NAME, {"spec": {"holderIdentity": OTHER}}, "database")

    one, api, reasons, _said = renewed(take)
    assert reasons == [f"run {OTHER} has taken the Lease database/pikube-failover: this run is aborted"]
    one.release()
    assert found(api)


def test_an_api_that_does_not_answer_does_not_abort():
    one, api, reasons, said = renewed(error=ClusterError("nobody answers", passing=True, reason="NoAnswer"))
    one.release()
    assert not reasons
    assert said == ["the Lease could not be renewed: nobody answers"]
    assert not found(api)
