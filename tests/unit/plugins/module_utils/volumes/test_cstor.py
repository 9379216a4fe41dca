# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit.volumes_world import PV, cstor

H = "Healthy"


def with_pool(**status):
    bed = cstor()
    bed.one("CStorPoolInstance", "pool-3")["status"].update(status)
    return bed


@pytest.mark.parametrize(
    ("bed", "in_sync", "healthy", "survived"),
    [
        pytest.param(cstor(), 3, True, "n1 n2 n3", id="all are Healthy"),
        pytest.param(cstor((H, H, "Degraded")), 2, False, "n3", id="one is Degraded while the volume says Healthy"),
        pytest.param(cstor((H, H, H), modes=(H, H, "Degraded")), 2, False, "n3", id="one is Degraded to the target alone"),
        pytest.param(cstor((H, H, H), modes=(H, H, None)), 2, False, "n3", id="one is not connected to the target"),
        pytest.param(cstor((H, "Rebuilding", "Offline"), phase="Degraded"), 1, False, "", id="one of three is left"),
        pytest.param(cstor((H, H, H), phase="Offline"), 3, False, "", id="the volume is Offline"),
        pytest.param(cstor((H,)), 1, True, "n2 n3", id="one copy"),
        pytest.param(with_pool(phase="OFFLINE"), 2, False, "n3", id="a pool is offline"),
        pytest.param(with_pool(readOnly=True), 2, False, "n3", id="a pool is read-only"),
        pytest.param(cstor().drop("CStorPoolInstance", "pool-3"), 2, False, "n3", id="a pool is gone"),
        pytest.param(cstor().silent("n3"), 2, False, "n3", id="a node is off, and its copy still says Healthy"),
        pytest.param(cstor().silent("n2"), None, None, "", id="the target is on a node that is not Ready"),
        pytest.param(cstor().drop("Pod", f"{PV}-target-x"), None, None, "", id="there is no target"),
        pytest.param(cstor().drop("CStorVolume", PV), None, None, "", id="there is no CStorVolume"),
        pytest.param(cstor(()), None, None, "", id="nobody says how many copies there should be"),
    ],
)
def test_states(bed, in_sync, healthy, survived):
    row = bed.row()
    assert (row["in_sync"], row["healthy"]) == (in_sync, healthy)
    assert [name for name, answer in row["survives"].items() if answer["survives"]] == survived.split()


def test_pools_and_attachment():
    row = cstor().row()
    assert [(copy["node"], copy["place"]) for copy in row["copies"]] == [("n1", "pool-1"), ("n2", "pool-2"), ("n3", "pool-3")]
    assert row["attached_to"] == "n1"
    assert any(part["from"] == "CStorVolumeAttachment/openebs/a spec.volume.ownerNodeID" for part in row["evidence"])


def test_the_consistency_factor_counts():
    bed = cstor()
    bed.one("CStorVolume", PV)["spec"]["consistencyFactor"] = 3
    row = bed.row()
    assert not any(answer["survives"] for answer in row["survives"].values())
    assert any("the loss of any one stops writes" in warning for warning in row["warnings"])


def test_copies_on_one_node_are_lost_together():
    bed = cstor()
    bed.one("CStorVolumeReplica", f"{PV}-pool-2")["metadata"]["labels"]["cstorpoolinstance.openebs.io/hostname"] = "n1"
    row = bed.row()
    assert row["survives"]["n1"]["survives"] is False
    assert "several copies are on n1: they are lost together" in row["warnings"]
