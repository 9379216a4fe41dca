# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which node has a volume: an empty or old label proves nothing."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.tests.unit.volumes_world import PV, app, hostpath, jiva, mayastor, pod


def holder(bed, node):
    bed.one("JivaVolume", PV)["metadata"]["labels"]["nodeID"] = node
    return bed


def deleted(bed):
    bed.one("Pod", "app-0")["metadata"]["deletionTimestamp"] = "2026-11-23T12:00:00Z"
    return bed


@pytest.mark.parametrize(
    ("bed", "node", "warning"),
    [
        pytest.param(jiva(), "n1", "", id="label and pod agree"),
        pytest.param(holder(jiva(), ""), "n1", "is empty: any other node may mount the volume", id="the label is empty while a pod writes"),
        pytest.param(holder(jiva(), "n3"), "n1", "names n3. Make sure that nothing there writes", id="the label names another node"),
        pytest.param(jiva().drop("Pod", "app-0"), "n1", "", id="the label alone"),
        pytest.param(holder(jiva(), "").drop("Pod", "app-0"), None, "", id="nobody"),
        pytest.param(jiva(target="n2").silent("n1"), "n1", "whether it still writes is not known", id="the pod is on a node that is off"),
        pytest.param(
            jiva().silent("n1").drop("Pod", "app-0"), "n1", "is said to be attached to n1, which is not Ready", id="label of a dead node"
        ),
        pytest.param(holder(jiva().silent("n1"), "n3"), "n3", "whether it still writes", id="label of a Ready node, pod on a dead one"),
        pytest.param(jiva().put(pod("app-1", "n2", uses="data")), "n1", "pods on n1, n2 use it at once", id="two writers"),
        pytest.param(deleted(jiva()), "n1", "", id="a pod that is being deleted still has it"),
        pytest.param(hostpath(), "n1", "", id="an engine without a book: the pod tells"),
        pytest.param(hostpath().drop("Pod", "app-0"), None, "", id="an engine without a book, and no pod"),
        pytest.param(mayastor(), "n1", "", id="VolumeAttachment"),
        pytest.param(mayastor().drop("VolumeAttachment", "a"), "n1", "", id="no VolumeAttachment any more"),
    ],
)
def test_states(bed, node, warning):
    row = bed.row()
    assert row["attached_to"] == node
    assert warning in "\n".join(row["warnings"])


def test_pods_say_why_they_do_not_count():
    row = jiva(target="n2").silent("n1").row()
    assert row["pods"] == [
        {
            "name": "app-0",
            "node": "n1",
            "phase": "Running",
            "running": False,
            "why_not": "is named Running on n1, which is not Ready (NodeStatusUnknown)",
        }
    ]


def test_a_pod_that_is_over_uses_nothing():
    bed = hostpath().drop("Pod", "app-0").put({**app(), "status": {"phase": "Succeeded"}})
    assert bed.row()["pods"] == []
