# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes import lost

HOSTNAME = "kubernetes.io/hostname"
NODES = [{"metadata": {"name": name, "labels": {HOSTNAME: name, "zone": "attic"}}} for name in ("pi01", "pi02", "pi03")]


def on(*values, key=HOSTNAME, operator="In", rows="matchExpressions"):
    return {rows: [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("source", "terms", "lost_with"),
    [
        pytest.param("hostPath", [on("pi02")], ["pi02"], id="hostpath-storage"),
        pytest.param("local", [on("pi02")], ["pi02"], id="OpenEBS hostpath"),
        pytest.param("csi", [on("pi02", key="metadata.name", rows="matchFields")], ["pi02"], id="by the name of the Node"),
        pytest.param("csi", [on("pi01"), on("pi03")], [], id="a copy on each of two nodes"),
        pytest.param("local", [on("pi01", "pi03")], ["pi01", "pi03"], id="a disk of one of two nodes"),
        pytest.param("csi", [on("attic", key="zone")], [], id="any node of a zone"),
        pytest.param("csi", [on("pi01", "pi02", operator="NotIn")], ["pi03"], id="any but two of three"),
        pytest.param("local", [on("pi09")], ["pi09"], id="a node whose Node is gone"),
        pytest.param("hostPath", None, ["pi01", "pi02", "pi03"], id="a folder of nobody knows which node"),
        pytest.param("nfs", None, [], id="reached from everywhere"),
        pytest.param("local", [on("5", key="size", operator="Gt")], ["pi01", "pi02", "pi03"], id="an operator that is not understood"),
    ],
)
def test_with_which_node_data_is_lost(source, terms, lost_with):
    spec = {source: {}, **({"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}} if terms is not None else {})}
    assert lost.lost_with(spec, NODES) == lost_with


def test_a_row_names_the_claim():
    claimed = {"claimRef": {"namespace": "database", "name": "data-main-0"}, "storageClassName": "openebs-hostpath", "nfs": {}}
    rows = lost.facts([{"metadata": {"name": "pvc-2"}, "spec": claimed}, {"metadata": {"name": "pvc-1"}, "spec": {"nfs": {}}}], NODES)
    assert rows == [
        {"name": "pvc-1", "claim": None, "storage_class": None, "lost_with": []},
        {"name": "pvc-2", "claim": "database/data-main-0", "storage_class": "openebs-hostpath", "lost_with": []},
    ]
