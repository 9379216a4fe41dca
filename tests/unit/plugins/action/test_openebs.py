# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules about OpenEBS do on the controller, with a dictionary in the place of the cluster."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.action import (
    openebs_class,
    openebs_info,
    openebs_proof,
    openebs_quota,
    openebs_release,
)
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.openebs.errors import OpenebsError
from ansible_collections.pikube.stateful.plugins.plugin_utils.openebs import chart_of

PROVISIONER = {"kind": "Deployment", "name": "openebs-localpv-provisioner"}
CLASS = {
    "name": "openebs-hostpath-retain",
    "provisioner": "openebs.io/local",
    "parameters": {},
    "annotations": {},
    "reclaim_policy": "Retain",
    "volume_binding_mode": "WaitForFirstConsumer",
    "allow_volume_expansion": False,
    "mount_options": [],
}
RELEASE = {"name": "openebs", "chart": "openebs", "version": "4.6.1", "values": {}, "addon": False, "file": None}


class Look:
    def __init__(self):
        self.items, self.applied, self.deleted = {}, [], []

    def put(self, kind, name, namespace=None, **parts):
        self.items[kind, namespace, name] = {
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace, **parts.pop("metadata", {})},
            **parts,
        }

    def get(self, kind, name, namespace=None, api_version="v1"):
        if kind == "JivaVolumePolicy":
            raise ClusterError("no such kind", reason="NoSuchKind")
        return self.items.get((kind, namespace, name))

    def list(self, kind, namespace=None, api_version="v1", labels=None):
        return [item for (one, where, _name), item in self.items.items() if one == kind and namespace in (None, where)]

    def raw(self, path):
        return json.dumps({"gitVersion": "v1.34.4+lab"})

    def apply(self, body):
        self.applied.append((body["kind"], body["metadata"]["name"]))
        self.items[body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"]] = body

    def patch(self, kind, name, body, api_version="v1"):
        item = self.items[kind, None, name]
        for part, values in body["metadata"].items():
            item["metadata"].setdefault(part, {}).update(values)

    def delete(self, kind, name, namespace=None, api_version="v1", uid=None):
        self.deleted.append((kind, name))
        return self.items.pop((kind, namespace, name), None) is not None

    def release(self, status="deployed", revision=1, version="4.6.1"):
        content = {"name": "openebs", "namespace": "openebs", "version": revision, "info": {"status": status}}
        content["chart"] = {"metadata": {"name": "openebs", "version": version}}
        text = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(content).encode()))).decode()
        name = f"sh.helm.release.v1.openebs.v{revision}"
        self.put("Secret", name, "openebs", metadata={"uid": name}, type="helm.sh/release.v1", data={"release": text})

    def provisioner(self, works=1):
        status = {"availableReplicas": works, "updatedReplicas": works}
        self.put(*PROVISIONER.values(), "openebs", spec={"replicas": 1}, status=status)


@pytest.fixture
def act(monkeypatch):
    for plugin in (openebs_info, openebs_release):
        monkeypatch.setattr(plugin, "PAUSE", 0)
    look, said = Look(), []

    def run(plugin, check=False, **options):
        action = plugin.ActionModule.__new__(plugin.ActionModule)
        defaults = {key: spec.get("default") for key, spec in plugin.ActionModule.ARGUMENTS.items()}
        action._task = SimpleNamespace(args=options, check_mode=check, delegate_to=None)
        action.host = "localhost"
        action.progress = SimpleNamespace(
            waits=lambda subject, name, what, usual=None, goes_on=False: said.append(f"{subject}: {name} {what}")
        )

        @contextmanager
        def cluster(_wanted):
            yield look

        action.cluster = cluster
        action.remote = lambda module, **given: run.helm(module, given)
        return action.outcome({**defaults, "kubeconfig": {}, **options})

    run.look, run.said = look, said
    run.helm = None  # what Helm's module does
    return run


def test_info_of_a_cluster_with_all_of_it(act):
    act.look.release()
    act.look.provisioner()
    act.look.put("StorageClass", "c", provisioner="openebs.io/local")
    found = act(openebs_info, components=[PROVISIONER], release=RELEASE)
    assert (found["kubernetes"], found["works"], found["release"]["outcome"]) == ("1.34", True, "there")
    assert found["classes"][0]["openebs"] is True


def test_info_waits_and_then_names_the_component(act):
    act.look.provisioner(works=0)
    found = act(openebs_info, components=[PROVISIONER], wait_seconds=0.05)
    assert found["failed"] is True
    assert found["msg"].startswith(
        "openebs: 0 of 1 components work after 0 s; Deployment openebs/openebs-localpv-provisioner: 0 of 1 pods work"
    )
    assert act.said[0].startswith("openebs: cluster 0 of 1 components work, waiting for Deployment openebs/openebs-localpv-provisioner")


def test_info_does_not_wait_for_what_nobody_will_bring(act):
    found = act(openebs_info, components=[PROVISIONER], wait_seconds=300)
    assert "it is not there" in found["msg"]


def test_a_release_that_is_refused_is_a_failed_task(act):
    act.look.release(version="4.7.0")
    found = act(openebs_info, release=RELEASE)
    assert (found["failed"], found["release"]) == (True, "openebs")
    assert "openebs_chart_version to 4.7.0" in found["msg"]


@pytest.mark.parametrize(
    ("status", "check", "addon", "deleted"),
    [
        pytest.param("pending-upgrade", False, False, True, id="killed: the record goes"),
        pytest.param("failed", False, False, True, id="failed: the record goes"),
        pytest.param("pending-upgrade", True, False, False, id="check mode touches nothing"),
        pytest.param("pending-install", False, True, False, id="the add-on's release goes as a whole, later"),
    ],
)
def test_an_unfinished_change(act, status, check, addon, deleted):
    act.look.release(version="4.6.1" if not addon else "3.3.1")
    act.look.release(status, revision=2, version="4.6.1" if not addon else "3.3.1")
    wanted = {**RELEASE, "addon": addon, "version": "3.3.0" if addon else "4.6.1"}
    found = act(openebs_release, check=check, release=wanted, settle_seconds=0.02)
    assert found["outcome"] == "finish"
    assert found["changed"] == (deleted or check)
    assert (("Secret", "sh.helm.release.v1.openebs.v2") in act.look.deleted) == deleted


def test_a_helm_that_still_works_is_left_to_its_end(act, monkeypatch):
    act.look.release("pending-install")
    monkeypatch.setattr(openebs_release.time, "sleep", lambda _seconds: act.look.release("deployed"))
    act(openebs_release, release=RELEASE, settle_seconds=5)
    assert act.look.deleted == []


def test_the_diff_of_a_release(act):
    found = act(openebs_release, check=True, release={**RELEASE, "values": {"loki": {"enabled": False}}})
    assert (found["changed"], found["diff"]["before"]) == (True, "")
    assert "chart: openebs-4.6.1" in found["diff"]["after"]


HOOK = {
    "spec": {"nodeName": "pi02"},
    "status": {
        "phase": "Pending",
        "containerStatuses": [
            {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image nowhere.invalid/kubectl"}}}
        ],
    },
}


@pytest.mark.parametrize(
    ("there", "check", "calls"),
    [
        pytest.param(None, False, 1, id="install"),
        pytest.param("4.5.0", False, 1, id="upgrade"),
        pytest.param("4.6.1", False, 0, id="there"),
        pytest.param(None, True, 0, id="check mode"),
    ],
)
def test_helm_changes_what_is_due(act, there, check, calls):
    called = []
    act.helm = lambda module, options: called.append((module, options)) or {"changed": True}
    if there:
        act.look.release(version=there)
    found = act(openebs_release, check=check, release=RELEASE, helm={"name": "openebs"})
    assert called == [("kubernetes.core.helm", {"name": "openebs"})] * calls
    assert found["changed"] == (there != "4.6.1")


def test_what_a_hook_waits_for_is_said_and_named_when_helm_gives_up(act, monkeypatch):
    monkeypatch.setattr(openebs_release, "PAUSE", 0.01)
    act.look.put("Pod", "openebs-pre-upgrade-hook-1", "openebs", **HOOK)

    def helm(module, options):
        end = time.monotonic() + 5
        while not any("ImagePullBackOff" in text for text in act.said) and time.monotonic() < end:
            time.sleep(0.01)
        return {"failed": True, "stderr": "Error: UPGRADE FAILED: pre-upgrade hooks failed: timed out"}

    act.helm = helm
    found = act(openebs_release, release=RELEASE, helm={"name": "openebs"})
    assert "cluster Helm works on release openebs, waiting for pod openebs-pre-upgrade-hook-1 on pi02" in act.said[-1]
    for part in ("4.6.1: Error: UPGRADE FAILED", "on pi02: ImagePullBackOff", "openebs_image_mirror"):
        assert part in found["msg"]


def test_a_helm_that_fails_without_a_word_of_pods(act):
    act.helm = lambda module, options: {"failed": True, "msg": "no route to the repository"}
    found = act(openebs_release, release=RELEASE, helm={"name": "openebs"})
    assert (found["failed"], "no route to the repository" in found["msg"], "Run again" in found["msg"]) == (True, True, True)


def test_definitions_without_objects_go(act):
    for kind in ("JivaVolume", "BlockDevice"):
        spec = {"group": "openebs.io", "names": {"kind": kind}, "versions": [{"name": "v1", "storage": True}]}
        act.look.put("CustomResourceDefinition", f"{kind.lower()}s.openebs.io", spec=spec)
    act.look.put("BlockDevice", "bd-1", "openebs")
    found = act(openebs_release, state="absent")
    assert (found["removed"], found["kept"][0]["objects"]) == (["jivavolumes.openebs.io"], ["openebs/bd-1"])


def test_classes_are_made_once(act):
    act.look.put("StorageClass", "microk8s-hostpath", provisioner="microk8s.io/hostpath", metadata={
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}})  # fmt: skip
    options = {"classes": [CLASS], "default_class": CLASS["name"]}
    assert act(openebs_class, check=True, **options)["changed"] is True
    assert act.look.applied == []
    found = act(openebs_class, **options)
    assert (found["classes"][0]["outcome"], found["default_taken_from"]) == ("create", ["microk8s-hostpath"])
    assert len(found["diff"]) == 3
    assert act(openebs_class, **options)["changed"] is False


def test_nothing_is_written_when_one_class_is_refused(act):
    act.look.put("StorageClass", "other", provisioner="openebs.io/local", reclaimPolicy="Delete", volumeBindingMode="WaitForFirstConsumer")
    found = act(openebs_class, classes=[CLASS, {**CLASS, "name": "other"}])
    assert "StorageClass other is there and differs" in found["msg"]
    assert act.look.applied == []


def test_objects_whose_kind_is_still_to_come(act):
    policy = {
        "apiVersion": "openebs.io/v1",
        "kind": "JivaVolumePolicy",
        "metadata": {"name": "p", "namespace": "openebs"},
        "spec": {"a": 1},
    }
    assert act(openebs_class, check=True, objects=[policy])["changed"] is True
    assert act(openebs_class, objects=[policy])["failed"] is True


def test_nodes_get_their_labels_once_and_keep_them(act):
    for name in ("pi01", "pi02"):
        act.look.put("Node", name, metadata={"labels": {"a": "b"}})
    label = {"pikube.stateful/copies": "true"}
    assert act(openebs_class, check=True, node_labels={"pi01": label})["changed"] is True
    assert act.look.get("Node", "pi01")["metadata"]["labels"] == {"a": "b"}
    assert act(openebs_class, node_labels={"pi01": label})["changed"] is True
    assert act.look.get("Node", "pi01")["metadata"]["labels"] == {"a": "b", **label}
    assert act(openebs_class, node_labels={"pi01": label})["changed"] is False
    assert act(openebs_class, node_labels={})["changed"] is False
    assert act.look.get("Node", "pi01")["metadata"]["labels"] == {"a": "b", **label}


def test_a_label_for_a_node_that_is_none_changes_nothing(act):
    act.look.put("Node", "pi01")
    found = act(openebs_class, classes=[CLASS], node_labels={"pi01": {"a": "b"}, "pi9": {"a": "b"}})
    assert "there is no node pi9 in the cluster, which has pi01" in found["msg"]
    assert act.look.applied == []
    assert "labels" not in act.look.get("Node", "pi01")["metadata"]


def test_our_classes_go_and_others_stay(act):
    act(openebs_class, classes=[CLASS])
    act.look.put("StorageClass", "other", provisioner="openebs.io/local")
    assert act(openebs_class, state="absent")["classes"] == [{"name": CLASS["name"], "outcome": "removed"}]
    assert act(openebs_class, state="absent")["changed"] is False


def test_quotas_are_made_once_and_taken_away(act):
    options = {"quotas": {"database": {"storage": "50Gi", "max": "20Gi"}}}
    assert act(openebs_quota, **options)["objects"] == [
        "Namespace database",
        "ResourceQuota database/pikube-storage",
        "LimitRange database/pikube-storage",
    ]
    assert act(openebs_quota, **options)["changed"] is False
    assert act(openebs_quota, quotas={"database": {}})["changed"] is True
    assert act(openebs_quota, quotas={"database": {}})["changed"] is False


def test_a_quota_that_makes_no_sense_fails(act):
    assert '"5 GB"' in act(openebs_quota, quotas={"database": {"storage": "5 GB"}})["msg"]


def test_no_proof_in_check_mode(act):
    assert act(openebs_proof, check=True, storage_class="c")["skipped"] is True


def test_a_proof_of_what_is_not_there_fails(act):
    assert "it is not there" in act(openebs_proof, storage_class="c")["msg"]


def archive(path, name, content):
    with tarfile.open(path, "w:gz") as target:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        target.addfile(info, io.BytesIO(content))
    return str(path)


def test_name_and_version_of_a_chart_file(tmp_path):
    assert chart_of(archive(tmp_path / "a.tgz", "openebs/Chart.yaml", b"name: openebs\nversion: 4.6.1\n")) == ("openebs", "4.6.1")


@pytest.mark.parametrize(
    ("name", "content"),
    [("openebs/values.yaml", b"a: 1"), ("openebs/Chart.yaml", b"name: openebs"), ("openebs/Chart.yaml", b"{")],
)
def test_an_archive_without_a_chart_is_refused(tmp_path, name, content):
    with pytest.raises(OpenebsError, match=r"openebs_chart_file: .*a\.tgz"):
        chart_of(archive(tmp_path / "a.tgz", name, content))


def test_a_file_of_another_major_release_is_refused(act, tmp_path):
    file = archive(tmp_path / "a.tgz", "openebs/Chart.yaml", b"name: openebs\nversion: 3.10.0\n")
    assert "needs 4.6.1" in act(openebs_info, release={**RELEASE, "file": file})["msg"]
