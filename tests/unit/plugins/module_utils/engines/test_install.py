# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import BY_NAME, KUBELET_ROOT, NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.charts import COMMON, COMPONENTS, SOON, VALUES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.install import merged
from ansible_collections.pikube.stateful.plugins.module_utils.engines.releases import RELEASES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.storage_classes import CLASSES
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import cluster, disk, node, server
from hypothesis import given
from hypothesis import strategies as st

SELF = {"application_replicas": 3, "accept_archived": True, "accept_experimental": True}
SINGLE = {"accept_archived": True}
trees = st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8).filter(
    lambda t: isinstance(t, dict)
)


def installed(engine, **wishes):
    workload = SINGLE if BY_NAME[engine].replicated else SELF
    found = decide(cluster(3, server()), workload, engine=engine, **wishes)
    assert found["verdict"] == engine
    return found


def value(found, path):
    tree = found["chart"]["values"]
    for key in path.split("."):
        tree = tree[key]
    return tree


@pytest.mark.parametrize("engine", NAMES)
def test_every_engine_can_be_installed(engine):
    found = installed(engine)
    assert found["chart"]["name"] == "openebs"
    assert found["chart"]["repository"].startswith("https://openebs.github.io/")
    assert found["namespace"] == "openebs"
    assert found["components"][0] == {"kind": "Deployment", "name": "openebs-localpv-provisioner", "of": 1}
    copies = "-3" if BY_NAME[engine].replicated else ""
    assert found["storage_class"]["name"] == f"openebs-{engine}{copies}-retain"
    assert found["storage_class"]["reclaim_policy"] == "Retain"
    assert all(isinstance(text, str) and "{" not in text for text in found["storage_class"]["parameters"].values())
    assert found["storage_class"]["volume_binding_mode"] == ("Immediate" if engine in ("jiva", "cstor") else "WaitForFirstConsumer")


@pytest.mark.parametrize(
    ("engine", "path", "expected"),
    [
        ("hostpath", "engines.local.lvm.enabled", False),
        ("hostpath", "engines.local.zfs.enabled", False),
        ("hostpath", "engines.local.rawfile.enabled", False),
        ("hostpath", "engines.replicated.mayastor.enabled", False),
        ("hostpath", "loki.enabled", False),
        ("hostpath", "alloy.enabled", False),
        ("hostpath", "openebs-crds.csi.volumeSnapshots.enabled", False),
        ("hostpath", "localpv-provisioner.analytics.enabled", False),
        ("hostpath", "localpv-provisioner.localpv.basePath", "/var/snap/microk8s/common/var/openebs/local"),
        ("hostpath", "localpv-provisioner.hostpathClass.basePath", "/var/snap/microk8s/common/var/openebs/local"),
        ("hostpath", "localpv-provisioner.hostpathClass.isDefaultClass", False),
        ("lvm", "engines.local.lvm.enabled", True),
        ("lvm", "engines.local.zfs.enabled", False),
        ("lvm", "lvm-localpv.lvmNode.kubeletDir", f"{KUBELET_ROOT}/"),
        ("lvm", "lvm-localpv.analytics.enabled", False),
        ("lvm", "openebs-crds.csi.volumeSnapshots.enabled", True),
        ("zfs", "zfs-localpv.zfsNode.kubeletDir", f"{KUBELET_ROOT}/"),
        ("rawfile", "rawfile-localpv.node.kubeletPath", KUBELET_ROOT),
        ("mayastor", "engines.replicated.mayastor.enabled", True),
        ("mayastor", "mayastor.csi.node.kubeletDir", f"{KUBELET_ROOT}/"),
        ("mayastor", "mayastor.obs.callhome.enabled", False),
        ("mayastor", "mayastor.etcd.replicaCount", 3),
        ("jiva", "jiva.enabled", True),
        ("jiva", "jiva.defaultPolicy.replicas", 3),
        ("jiva", "jiva.csiNode.kubeletDir", f"{KUBELET_ROOT}/"),
        ("jiva", "jiva.analytics.enabled", False),
        ("jiva", "jiva.jivaOperator.tolerations", SOON),
        ("jiva", "jiva.csiController.tolerations", SOON),
        ("jiva", "ndm.enabled", False),
        ("jiva", "analytics.enabled", False),
        ("jiva", "localprovisioner.basePath", "/var/snap/microk8s/common/var/openebs/local"),
        ("cstor", "cstor.csiNode.kubeletDir", f"{KUBELET_ROOT}/"),
        ("cstor", "ndm.enabled", True),
        ("device", "localprovisioner.deviceClass.enabled", True),
    ],
)
def test_values(engine, path, expected):
    assert value(installed(engine), path) == expected


def test_copies_go_where_they_are_read():
    found = decide(cluster(5, server()), SINGLE, engine="jiva", replicas=5)
    assert value(found, "jiva.defaultPolicy.replicas") == 5
    policy = found["objects"][0]
    assert found["storage_class"]["parameters"]["policy"] == policy["metadata"]["name"] == "openebs-jiva-5"
    assert policy["spec"] == {"replicaSC": "openebs-hostpath", "target": {"replicationFactor": 5}}
    found = decide(cluster(5, server()), SINGLE, engine="mayastor", replicas=5)
    assert value(found, "mayastor.etcd.replicaCount") == 5
    assert {"kind": "StatefulSet", "name": "openebs-etcd", "of": 5} in found["components"]
    assert found["storage_class"]["parameters"]["repl"] == "5"
    assert [row["spec"]["node"] for row in found["objects"]] == [f"pi{number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("nodes", "wishes", "labelled"),
    [
        pytest.param(cluster(3), {}, [], id="all may have copies"),
        pytest.param(cluster(4), {"copies_on": ["pi1", "pi2", "pi4"]}, ["pi1", "pi2", "pi4"], id="some were named"),
        pytest.param({**cluster(3), "pi4": node(free=2)}, {}, ["pi1", "pi2", "pi3"], id="one has no room"),
        pytest.param({**cluster(3), "pi4": node(absent=("iscsi_tcp",))}, {}, ["pi1", "pi2", "pi3"], id="one has not the module"),
    ],
)
def test_copies_are_kept_to_the_nodes_that_will_do(nodes, wishes, labelled):
    found = decide(nodes, SINGLE, engine="jiva", **wishes)
    assert sorted(found["labels"]) == labelled
    spec = found["objects"][0]["spec"]
    for part in (spec.get("replica", {}), spec["target"]):
        assert part.get("nodeSelector", {}) == (found["labels"]["pi1"] if labelled else {})


def test_tolerations_are_those_of_target_and_copies():
    rows = [{"key": "storage", "operator": "Exists", "effect": "NoSchedule"}]
    spec = decide(cluster(3), SINGLE, engine="jiva", copies_tolerations=rows)["objects"][0]["spec"]
    assert spec["target"]["tolerations"] == spec["replica"]["tolerations"] == rows
    with pytest.raises(EnginesError, match=r"has no seconds\. It has key"):
        decide(cluster(3), SINGLE, engine="jiva", copies_tolerations=[{"key": "a", "seconds": 3}])


def test_nobody_is_labelled_for_an_engine_without_a_policy():
    assert decide({**cluster(3, server()), "pi4": node(free=2)}, SELF, engine="hostpath")["labels"] == {}
    with pytest.raises(EnginesError, match='copies_on: node "pi9" is not known'):
        decide(cluster(3), SINGLE, copies_on=["pi9"])


def test_what_nodes_are_given():
    assert installed("jiva")["prepare"] == {
        "packages": ["open-iscsi"], "modules": ["iscsi_tcp"], "services": ["iscsid"], "hugepages": 0, "disks": {}, "pool": None,
        "initiator": {"node.session.timeo.replacement_timeout": "300"},
    }  # fmt: skip
    assert installed("hostpath")["prepare"]["initiator"] == {}
    prepared = installed("mayastor")["prepare"]
    assert (prepared["modules"], prepared["hugepages"]) == (["nvme_tcp"], 1024)
    assert prepared["disks"] == {f"pi{number}": ["/dev/sda"] for number in (1, 2, 3)}
    assert prepared["pool"] is None
    assert installed("lvm")["prepare"]["pool"] == {"kind": "volume group", "name": "openebs"}
    assert installed("zfs")["prepare"]["pool"] == {"kind": "zpool", "name": "openebs"}


def test_disks_that_were_named_are_joined_and_otherwise_the_largest_is_taken():
    two = server(disks=(disk("/dev/sda", 100), disk("/dev/sdb", 200)))
    assert decide({"pi1": two}, {**SELF, "survive_node_loss": False}, engine="lvm")["prepare"]["disks"] == {"pi1": ["/dev/sdb"]}
    named = {"pi1": ["/dev/sda", "/dev/sdb"]}
    found = decide({"pi1": two}, {**SELF, "survive_node_loss": False}, engine="lvm", disks=named)
    assert found["prepare"]["disks"] == {"pi1": ["/dev/sdb", "/dev/sda"]}
    assert found["usable_bytes"] == 300 * 1024**3


def test_the_tables_fit_together():
    assert set(CLASSES) == set(COMPONENTS) == set(NAMES)
    for row in RELEASES:
        assert set(row.engines) <= set(NAMES)
        assert int(row.version.partition(".")[0]) in COMMON
    for major, engine in VALUES:
        assert major in COMMON
        assert engine in NAMES


@given(trees, trees)
def test_merged_takes_the_second_and_changes_neither(under, over):
    before = repr((under, over))
    found = merged(under, over)
    assert repr((under, over)) == before
    assert merged(found, over) == found
    assert set(found) == set(under) | set(over)
