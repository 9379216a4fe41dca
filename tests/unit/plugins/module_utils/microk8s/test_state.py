# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths, services, state
from ansible_collections.pikube.stateful.tests.unit import microk8s_trees as trees

RUNNING = {name: services.Service(name in services.expected("control_plane"), True, None) for name in services.NAMES}


def read(tree, **options):
    facts = state.read(tree.files, True, RUNNING, **options)
    assert json.loads(json.dumps(facts)) == facts
    assert set(facts) == {*state.absent(), "hostname", "default_addresses", "disk"}
    return facts


def test_a_node_by_itself(tmp_path):
    facts = read(trees.fresh(tmp_path))
    assert (facts["installed"], facts["role"], facts["clustered"], facts["ha_lock"]) == (True, "control_plane", False, True)
    assert facts["datastore"] == {
        "address": "127.0.0.1:19001",
        "id": 3297041220608546238,
        "role": "voter",
        "members": [{"address": "127.0.0.1:19001", "id": 3297041220608546238, "role": "voter"}],
    }
    assert facts["launch"] == {"applied": True, "pending": []}
    assert facts["hostname"] == "pi01"
    assert facts["default_addresses"] == ["10.0.0.11", "192.168.8.4"]
    assert facts["cidrs"] == {"cluster": "10.1.0.0/16", "service": "10.152.183.0/24"}
    assert facts["kubelet_root"] == "/var/snap/microk8s/common/var/lib/kubelet"
    assert facts["ca_sha256"] == facts["cluster_ca_sha256"] == trees.CA_SHA256
    assert facts["ca_not_before"] == "2026-11-23T17:26:00+00:00"
    assert facts["server_certificate"]["not_after"] == "2027-11-23T17:26:00+00:00"
    assert facts["arguments"]["kubelet"]["--cluster-dns"] == "10.152.183.10"
    assert facts["environment"] == {"containerd-env": {"PATH": "$PATH:$KATA_PATH"}}
    assert list(facts["registries"]) == ["docker.io"]
    assert facts["failed_services"] == []


def test_a_control_plane_in_a_cluster(tmp_path):
    facts = read(trees.control_plane(tmp_path))
    assert (facts["role"], facts["clustered"]) == ("control_plane", True)
    assert [member["role"] for member in facts["datastore"]["members"]] == ["voter", "voter", "spare"]
    assert facts["datastore"]["address"] == "10.0.0.11:19001"


def test_a_role_that_changed_since_info_yaml_was_written(tmp_path):
    tree = trees.control_plane(tmp_path)
    tree.write(f"{paths.BACKEND}/info.yaml", "Address: 10.0.0.13:19001\nID: 77\nRole: 0\n")
    assert read(tree)["datastore"]["role"] == "spare"


def test_a_worker(tmp_path):
    facts = read(trees.worker(tmp_path))
    assert (facts["role"], facts["clustered"]) == ("worker", True)
    assert facts["cluster_ca_sha256"] == trees.OTHER_CA_SHA256
    assert facts["api_servers"] == ["10.0.0.11:16443", "10.0.0.12:16443"]
    assert facts["datastore"] == {"address": None, "id": None, "role": None, "members": None}
    assert facts["failed_services"] == ["apiserver-proxy"]


def test_a_worker_that_lost_its_servers(tmp_path):
    tree = trees.worker(tmp_path)
    tree.write(paths.PROVIDER, "")
    assert read(tree)["api_servers"] == []


def test_a_control_plane_that_left_keeps_the_authority_and_is_in_no_cluster(tmp_path):
    tree = trees.control_plane(tmp_path)
    tree.unlock(paths.LOCK_CLUSTERED)
    trees.members(tree, (("127.0.0.1", 5, 0),))
    facts = read(tree)
    assert (facts["clustered"], facts["ca_sha256"]) == (False, trees.CA_SHA256)


@pytest.mark.parametrize(
    ("lock", "fact"),
    [(paths.LOCK_JOINING, "join_in_progress"), (paths.LOCK_STOPPED, "stopped"), (paths.LOCK_LOW_MEMORY, "low_memory_guard")],
)
def test_locks(tmp_path, lock, fact):
    tree = trees.fresh(tmp_path)
    assert read(tree)[fact] is False
    tree.lock(lock)
    assert read(tree)[fact] is True


def test_a_stopped_node_has_no_failed_services(tmp_path):
    tree = trees.fresh(tmp_path)
    tree.lock(paths.LOCK_STOPPED)
    assert state.read(tree.files, True, {})["failed_services"] == []
    tree.unlock(paths.LOCK_STOPPED)
    assert state.read(tree.files, True, {})["failed_services"] == services.expected("control_plane")


def test_launch_and_sideload_files(tmp_path):
    tree = trees.fresh(tmp_path)
    tree.write(f"{paths.LAUNCHER}/snap-set.yaml", "")
    for name in ("a.tar", "b.tar.loaded", "c.txt"):
        tree.write(f"{paths.SIDELOAD}/{name}", "")
    facts = read(tree)
    assert facts["launch"]["pending"] == ["snap-set.yaml"]
    assert facts["sideload"] == {"waiting": ["a.tar"], "loaded": ["b.tar"]}


def test_passwords_of_proxies_are_hidden(tmp_path):
    tree = trees.fresh(tmp_path)
    tree.write(f"{paths.ARGS}/containerd-env", "HTTPS_PROXY=http://me:secret@proxy:3128\n")
    assert "secret" not in json.dumps(read(tree))


def test_arguments_may_be_left_out(tmp_path):
    facts = read(trees.fresh(tmp_path), with_arguments=False)
    assert (facts["arguments"], facts["environment"], facts["cidrs"]["cluster"]) == ({}, {}, "10.1.0.0/16")


def test_overridden_name_root_and_networks(tmp_path):
    tree = trees.fresh(tmp_path)
    tree.write(f"{paths.ARGS}/kubelet", "--hostname-override=Node-7\n--root-dir=$SNAP_COMMON/kubelet\n")
    tree.write(f"{paths.ARGS}/kube-proxy", "--cluster-cidr=10.7.0.0/16\n")
    facts = read(tree)
    assert (facts["hostname"], facts["kubelet_root"], facts["cidrs"]["cluster"]) == (
        "node-7",
        "/var/snap/microk8s/common/kubelet",
        "10.7.0.0/16",
    )


def test_a_node_without_microk8s(tmp_path):
    tree = trees.Tree(tmp_path)
    facts = state.read(tree.files, False, {})
    assert (facts["installed"], facts["role"], facts["hostname"]) == (False, "none", "pi01")
    # Without MicroK8s no address belongs to pods.
    assert facts["default_addresses"] == ["10.0.0.11", "10.1.61.192", "192.168.8.4"]
    assert {key: facts[key] for key in state.absent()} == state.absent()


def test_files_of_nonsense_are_unknown(tmp_path):
    tree = trees.fresh(tmp_path)
    for name in (f"{paths.CERTS}/ca.crt", f"{paths.CERTS}/server.crt", f"{paths.BACKEND}/info.yaml", f"{paths.BACKEND}/cluster.yaml"):
        tree.write(name, "\x00\x01 {{{ nonsense")
    facts = read(tree)
    assert (facts["ca_sha256"], facts["server_certificate"]) == (None, None)
    assert facts["datastore"] == {"address": None, "id": None, "role": None, "members": None}
