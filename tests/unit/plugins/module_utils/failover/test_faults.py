# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import faults
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import CLUSTER, FAULTS, FENCE, SINGLE, TAINT

EACH = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


@EACH
def test_row(fault):
    assert fault.what.endswith(".")
    assert set(fault.needs) <= {faults.API, faults.NODE, faults.POWER, faults.SQL}
    assert set(fault.undo) <= {faults.UNCORDON, faults.PARTITION, faults.KUBELITE, faults.POWER_ON, faults.UNTAINT}
    assert all(re.fullmatch(r"P([1-9]|1[0-6])", row) for row in fault.interlocks)
    assert len(set(fault.interlocks)) == len(fault.interlocks)
    assert "P15" in fault.interlocks  # one run at a time, whatever the fault
    assert {"P2", "P14"} <= set(fault.interlocks) or not fault.loses_node
    assert fault.loses_node or not fault.loses_voter
    assert {(CLUSTER, ""), (SINGLE, "")} <= set(fault.bands)
    assert all(high is None or 0 <= low <= high for low, high in fault.bands.values())


def test_order_of_severity():
    order = ["none", "pod_delete", "drain", "postmaster_kill", "kubelite_stop", "partition", "crash", "power_off"]
    assert list(FAULTS) == sorted(FAULTS, key=faults.SEVERITY.get) == order


@pytest.mark.parametrize(
    ("kind", "topology", "besides", "grace", "band"),
    [
        pytest.param("none", CLUSTER, "", 50, (0.0, 0.0), id="without a fault there is no outage"),
        pytest.param("drain", CLUSTER, "", 90, (1.0, 45.0), id="a drain does not wait for the node monitor"),
        pytest.param("partition", CLUSTER, "", 50, (45.0, 110.0), id="a partition does"),
        pytest.param("partition", CLUSTER, "", 40, (35.0, 100.0), id="and ends earlier with less grace"),
        pytest.param("crash", CLUSTER, "", 40, (10.0, 100.0), id="a node may be back before it was missed"),
        pytest.param("power_off", CLUSTER, FENCE, 40, (5.0, 30.0), id="a fence waits for nobody"),
        pytest.param("power_off", SINGLE, TAINT, 60, (70.0, 250.0), id="a taint waits"),
        pytest.param("power_off", SINGLE, FENCE, 40, (35.0, 230.0), id="a volume that follows its server waits, fence or not"),
        pytest.param("power_off", SINGLE, "", 50, (45.0, None), id="a StatefulSet alone never comes back by itself"),
        pytest.param("partition", SINGLE, TAINT, 50, (45.0, None), id="what a fault does not know changes nothing"),
    ],
)
def test_band(kind, topology, besides, grace, band):
    assert FAULTS[kind].band(topology, besides, grace) == band
