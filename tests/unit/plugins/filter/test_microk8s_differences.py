# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.pikube.stateful.plugins.filter import microk8s_differences as plugin

microk8s_differences = plugin.FilterModule().filters()["microk8s_differences"]
INFO = {
    "installed": True,
    "clustered": False,
    "hostname": "pi04",
    "default_addresses": ["10.0.0.14"],
    "snap": {"channel": "1.34/stable"},
    "snapd": {"hold": None},
    "sideload": {"waiting": [], "loaded": []},
}
FACTS = {"pi04": {"pikube_microk8s": INFO}}
NODE = {"name": "pi04", "ready": True, "reason": "", "address": "10.0.0.14", "schedulable": True}


@pytest.mark.parametrize(
    ("wanted", "seen", "ids"),
    [
        pytest.param(None, None, ["C02", "C03", "C10"], id="what is not said is the default"),
        pytest.param({"hold": False}, {"nodes": None}, ["C02", "C10"], id="no answer of the cluster is no cluster"),
        pytest.param({"alone": True, "hold": False}, {"nodes": []}, ["C05"], id="a node alone has to be known to itself"),
        pytest.param({"alone": True, "hold": False}, {"nodes": [NODE]}, [], id="all well"),
        pytest.param({"alone": True, "hold": False, "ha": True}, {"nodes": [NODE]}, ["C12"], id="the cluster after its nodes"),
    ],
)
def test_what_differs(wanted, seen, ids):
    found = microk8s_differences(FACTS, wanted, seen)
    assert [difference["id"] for difference in found] == ids
    assert all(difference["message"].startswith("pi04: ") for difference in found if difference["host"])


def test_facts_under_their_short_name():
    assert microk8s_differences({"pi04": {"microk8s": INFO}}) == microk8s_differences(FACTS)


@pytest.mark.parametrize(
    ("facts", "wanted", "seen", "text"),
    [
        pytest.param({"pi04": {}}, {}, {}, "pi04: the facts of module pikube.stateful.microk8s_info are missing", id="no facts"),
        pytest.param(FACTS, {"holds": True}, {}, "holds cannot be wanted", id="a wish of another name"),
        pytest.param(FACTS, {}, {"node": []}, "node cannot be seen", id="a finding of another name"),
    ],
)
def test_what_cannot_be_meant_is_an_error_of_the_filter(facts, wanted, seen, text):
    with pytest.raises(AnsibleFilterError, match=text):
        microk8s_differences(facts, wanted, seen)
