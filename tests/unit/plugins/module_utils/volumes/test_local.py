# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit.volumes_world import PV, Bed, app, claim, csi, hostpath, lvm, rawfile, volume, zfs


def lost_labels():
    bed = rawfile()
    for node in bed.objects["Node"]:
        del node["metadata"]["labels"]["hostname"]
    return bed


@pytest.mark.parametrize(
    ("bed", "engine", "place", "healthy", "survived"),
    [
        pytest.param(hostpath(), "hostpath", f"/base/{PV}", True, "n2 n3", id="hostpath"),
        pytest.param(hostpath(cas="local-device"), "device", f"/base/{PV}", True, "n2 n3", id="device"),
        pytest.param(rawfile(), "rawfile", None, True, "n2 n3", id="rawfile"),
        pytest.param(lvm(), "lvm", "vg0", True, "n2 n3", id="LVM"),
        pytest.param(zfs(), "zfs", "tank", True, "n2 n3", id="ZFS"),
        pytest.param(hostpath().silent("n1"), "hostpath", f"/base/{PV}", False, "", id="hostpath on a node that is off"),
        pytest.param(hostpath().drop("Node", "n1"), "hostpath", f"/base/{PV}", False, "", id="hostpath on a node that was removed"),
        pytest.param(lvm().silent("n1"), "lvm", "vg0", False, "", id="LVM on a node that is off"),
        pytest.param(lvm("Failed"), "lvm", "vg0", None, "", id="an LVM volume that was not made"),
        pytest.param(lvm(missing=1), "lvm", "vg0", None, "", id="a disk of the volume group is missing"),
        pytest.param(lvm(group="other"), "lvm", "vg0", None, "", id="the volume group is missing"),
        pytest.param(lvm().drop("LVMVolume", PV), "lvm", None, None, "", id="there is no LVMVolume"),
        pytest.param(lvm().drop("LVMNode", "n1"), "lvm", "vg0", True, "n2 n3", id="nothing tells of volume groups"),
        pytest.param(lvm(node=None), "lvm", None, None, "", id="an LVMVolume without a node"),
        pytest.param(zfs("Pending"), "zfs", "tank", None, "", id="a ZFS volume that is not made yet"),
        pytest.param(zfs(pool="other"), "zfs", "tank", None, "", id="the pool is not imported"),
        pytest.param(hostpath(on=("n1", "n2")), "hostpath", None, None, "", id="an affinity that two nodes fit"),
        pytest.param(lost_labels(), "rawfile", None, None, "", id="the node has lost the label of the driver"),
    ],
)
def test_states(bed, engine, place, healthy, survived):
    row = bed.row()
    assert (row["engine"], row["healthy"]) == (engine, healthy)
    assert [copy["place"] for copy in row["copies"]] in ([place], [])
    assert [name for name, answer in row["survives"].items() if answer["survives"]] == survived.split()


def test_data_on_a_node_that_is_off_may_come_back():
    answers = hostpath().silent("n1").row()["survives"]
    assert answers["n2"]["data_kept"] is None
    assert "n1: its node is not Ready" in answers["n2"]["because"]
    assert answers["n1"] == {
        "survives": False,
        "data_kept": False,
        "takes_writes": False,
        "because": "no copy is anywhere else than on n1",
    }


def test_a_driver_that_knows_nodes_by_a_label():
    bed = lvm(node="id-1")
    bed.one("Node", "n1")["metadata"]["labels"]["openebs.io/nodeid"] = "id-1"
    assert bed.row()["copies"][0]["node"] == "n1"


def test_hostpath_without_an_affinity_says_that_the_data_do_not_move():
    bed = Bed(volume(source={"hostPath": {"path": "/data"}}, provisioner="microk8s.io/hostpath"), claim(), app())
    row = bed.row()
    assert row["engine"] == "microk8s-hostpath"
    assert "each node has its own directory" in row["warnings"][0]
    assert "fits no node" in csi_without_node().row()["evidence"][0]["says"]


def csi_without_node():
    return Bed(csi("rawfile.csi.openebs.io", on="somewhere", key="example.org/rack"), claim(), app())
