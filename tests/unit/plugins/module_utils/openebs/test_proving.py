# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof against a cluster as a dictionary, whose kubelet and provisioner are a few lines that act when somebody waits."""

from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.components import Component
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.names import PROVED
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.proving import Proving

STOPPED = Component(
    "Deployment", "openebs", "openebs-localpv-provisioner", 1, 0, cause="scaled", says="it is scaled to 0", cure="Scale it up", final=True
)
SLOW = Component("Deployment", "openebs", "openebs-localpv-provisioner", 1, 0, cause="image", pod="p", node="pi02", says="ImagePullBackOff")


class Cluster:
    """works: whether provisioner and kubelet do their part. reads: what a reader finds."""

    def __init__(self, works=True, reads="abc", retain=True):
        self.objects, self.works, self.reads, self.retain, self.now = {}, works, reads, retain, 0.0
        self.put("StorageClass", "c", annotations={})

    def put(self, kind, name, namespace=None, **metadata):
        self.objects[kind, name] = {"kind": kind, "metadata": {"name": name, "namespace": namespace, **metadata}, "spec": {}, "status": {}}

    def get(self, kind, name, namespace=None, api_version="v1"):
        return self.objects.get((kind, name))

    def list(self, kind, namespace=None, api_version="v1", labels=None):
        return [item for (one, _name), item in self.objects.items() if one == kind]

    def create(self, body):
        assert (body["kind"], body["metadata"]["name"]) not in self.objects
        self.objects[body["kind"], body["metadata"]["name"]] = {**body, "status": {}}

    def patch(self, kind, name, body, api_version="v1"):
        item = self.objects[kind, name]
        item["spec"].update(body.get("spec", {})) if "spec" in body else None
        item["metadata"].setdefault("annotations", {}).update(body.get("metadata", {}).get("annotations", {}))

    def delete(self, kind, name, namespace=None, api_version="v1", uid=None):
        return self.objects.pop((kind, name), None) is not None

    def sleep(self, seconds):
        self.now += seconds
        if not self.works:
            return
        claim, volume = self.get("PersistentVolumeClaim", "pikube-proof"), self.get("PersistentVolume", "pv")
        for name in ("pikube-proof-writer", "pikube-proof-reader"):
            pod = self.get("Pod", name)
            if pod and not pod["status"]:
                if not volume:
                    self.put("PersistentVolume", "pv")
                    self.objects["PersistentVolume", "pv"]["spec"] = {
                        "claimRef": {"namespace": "openebs", "name": "pikube-proof"},
                        "persistentVolumeReclaimPolicy": "Retain" if self.retain else "Delete",
                    }
                claim["status"] = {"phase": "Bound"}
                text = "abc" if name.endswith("writer") else self.reads
                avoided = "affinity" in pod["spec"]
                pod["spec"]["nodeName"] = "pi03" if avoided else "pi02"
                pod["status"] = {"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": {"message": text + "\n"}}}]}
        if not claim and volume and volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete":
            self.delete("PersistentVolume", "pv")


def proving(cluster, **options):
    return Proving(cluster, "c", "openebs", "busybox", seconds=20, clock=lambda: cluster.now, sleep=cluster.sleep, **options)


@pytest.mark.parametrize("retain", [True, False])
def test_a_class_that_works_is_proved_and_nothing_stays(retain):
    cluster = Cluster(retain=retain)
    found = proving(cluster).run("openebs-4.6.1/1", "2026-11-23T12:00:00Z")
    assert (found["written_on"], found["read_on"], found["sha256"]) == ("pi02", "pi02", "abc")
    assert list(cluster.objects) == [("StorageClass", "c")]
    noted = json.loads(cluster.get("StorageClass", "c")["metadata"]["annotations"][PROVED])
    assert noted == {"at": "2026-11-23T12:00:00Z", "made_with": "openebs-4.6.1/1", "written_on": "pi02", "read_on": "pi02"}


def test_a_replicated_one_is_read_on_another_node():
    assert proving(Cluster(), elsewhere=True).run("", "")["read_on"] == "pi03"


def test_other_data_than_was_written_is_said_in_strong_words():
    cluster = Cluster(reads="xyz")
    with pytest.raises(OpenebsError, match="not to be trusted"):
        proving(cluster).run("", "")
    assert PROVED not in cluster.get("StorageClass", "c")["metadata"]["annotations"]


@pytest.mark.parametrize(
    ("component", "says", "at_most"),
    [
        pytest.param(
            STOPPED, "openebs-localpv-provisioner: 0 of 1 pods work .it is scaled to 0.*Scale it up", 1, id="stopped, without waiting"
        ),
        pytest.param(SLOW, "in 20 s.*p on pi02: ImagePullBackOff", 22, id="without an image"),
    ],
)
def test_the_error_names_the_component_and_nothing_stays(component, says, at_most):
    cluster = Cluster(works=False)
    with pytest.raises(OpenebsError, match=says) as caught:
        proving(cluster, look=lambda: [component]).run("", "")
    assert cluster.now <= at_most
    assert caught.value.facts["bound"] is False
    assert list(cluster.objects) == [("StorageClass", "c")]


def test_a_proof_that_was_killed_is_cleaned_up_by_the_next_one():
    cluster = Cluster()
    killed = proving(cluster)
    killed.cluster.create({"kind": "PersistentVolumeClaim", "metadata": {"name": "pikube-proof"}, "spec": {}})
    killed.cluster.create({"kind": "Pod", "metadata": {"name": "pikube-proof-writer"}, "spec": {}})
    cluster.sleep(1)
    assert cluster.get("PersistentVolume", "pv")
    proving(cluster).run("", "")
    assert list(cluster.objects) == [("StorageClass", "c")]


def test_nothing_to_clean_up_is_no_change():
    assert proving(Cluster()).clean() is False


def test_a_class_that_is_not_there_cannot_be_proved():
    cluster = Cluster()
    cluster.objects.clear()
    with pytest.raises(OpenebsError, match="it is not there"):
        proving(cluster).run("", "")
