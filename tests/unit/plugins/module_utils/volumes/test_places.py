# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.places import node_named, nodes_of

LABELS = {
    "n1": {"kubernetes.io/hostname": "n1", "disk": "ssd"},
    "n2": {"kubernetes.io/hostname": "host2", "disk": "ssd", "openebs.io/nodeid": "id-2"},
    "n3": {"kubernetes.io/hostname": "n3"},
}


def volume(*terms, fields=False):
    key = "matchFields" if fields else "matchExpressions"
    rows = [{key: [{"key": key_, "operator": operator, "values": values} for key_, operator, values in term]} for term in terms]
    return {"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": rows}}}}


@pytest.mark.parametrize(
    ("item", "found"),
    [
        pytest.param({"spec": {}}, None, id="no affinity"),
        pytest.param(volume([("kubernetes.io/hostname", "In", ["n1"])]), ("n1",), id="a host name"),
        pytest.param(volume([("kubernetes.io/hostname", "In", ["host2"])]), ("n2",), id="a host name that is not the node's"),
        pytest.param(volume([("metadata.name", "In", ["n2"])], fields=True), ("n2",), id="a node's name as a field"),
        pytest.param(volume([("disk", "In", ["ssd"])]), ("n1", "n2"), id="a label of several"),
        pytest.param(volume([("disk", "Exists", [])]), ("n1", "n2"), id="a label that is there"),
        pytest.param(volume([("disk", "DoesNotExist", [])]), ("n3",), id="a label that is not there"),
        pytest.param(volume([("disk", "NotIn", ["ssd"])]), ("n3",), id="another value"),
        pytest.param(volume([("disk", "Gt", ["1"])]), ("n1", "n2", "n3"), id="what is not understood fits"),
        pytest.param(volume([("disk", "In", ["ssd"]), ("kubernetes.io/hostname", "In", ["n1"])]), ("n1",), id="all of a term"),
        pytest.param(volume([("disk", "In", ["hdd"])], [("kubernetes.io/hostname", "In", ["n3"])]), ("n3",), id="any term"),
        pytest.param(volume([("kubernetes.io/hostname", "In", ["n9"])]), ("n9",), id="a node that is gone"),
        pytest.param(volume([]), (), id="an empty term fits nothing"),
        pytest.param(volume(), (), id="no term fits nothing"),
    ],
)
def test_nodes_of(item, found):
    assert nodes_of(item, LABELS) == found


@pytest.mark.parametrize(
    ("name", "node"),
    [
        pytest.param("n1", "n1", id="its name"),
        pytest.param("host2", "n2", id="its host name"),
        pytest.param("id-2", "n2", id="the engine's own name"),
        pytest.param("n9", "n9", id="a node that is gone"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_node_named(name, node):
    assert node_named(name, LABELS) == node
