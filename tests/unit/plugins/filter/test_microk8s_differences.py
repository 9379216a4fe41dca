# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.filter import microk8s_differences as plugin

microk8s_differences = plugin.FilterModule().filters()["microk8s_differences"]
INFO = {
    "installed": True,
    "clustered": False,
    "snap": {"channel": "1.34/stable"},
    "snapd": {"hold": None},
    "sideload": {"waiting": [], "loaded": []},
}
SEEN = {"name": "pi04", "ready": True, "reason": "", "address": "10.0.0.14", "schedulable": True}


@pytest.mark.parametrize(
    ("wanted", "seen", "ids"),
    [
        pytest.param({}, None, ["C02", "C03"], id="what is not said is the default"),
        pytest.param({"hold": False}, {}, ["C02"], id="an empty answer of the cluster is none"),
        pytest.param({"alone": True, "hold": False}, {}, ["C05"], id="a node alone has to be known to itself"),
        pytest.param({"alone": True, "hold": False}, SEEN, [], id="all well"),
    ],
)
def test_what_differs(wanted, seen, ids):
    found = microk8s_differences(INFO, "pi04", {"address": "10.0.0.14", **wanted}, seen)
    assert [difference["id"] for difference in found] == ids
    assert all(difference["message"].startswith("pi04: ") for difference in found)
