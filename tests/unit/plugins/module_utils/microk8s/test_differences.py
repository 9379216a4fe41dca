# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster that is there differs from what is wanted of it."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.differences import CHECKS, Situation, node_differences

INFO = {
    "installed": True,
    "clustered": True,
    "snap": {"channel": "1.34/stable"},
    "snapd": {"hold": "forever"},
    "sideload": {"waiting": [], "loaded": []},
}
WANTED = {"hold": True, "alone": False, "address": "10.0.0.11", "files": []}
SEEN = {"name": "pi01", "ready": True, "reason": None, "address": "10.0.0.11", "schedulable": True}


def situation(info=None, wanted=None, seen=None):
    return Situation("pi01", {**INFO, **(info or {})}, {**WANTED, **(wanted or {})}, {**SEEN, **(seen or {})})


def test_a_member_that_is_as_it_should_be_differs_in_nothing():
    assert node_differences(situation()) == []


@pytest.mark.parametrize(
    ("change", "found", "text"),
    [
        pytest.param({"info": {"installed": False}}, "C01", "pi01: MicroK8s is not installed. Run site.yml.", id="nothing there"),
        pytest.param({"info": {"clustered": False}}, "C02", "a cluster of its own", id="never joined"),
        pytest.param({"info": {"snapd": {"hold": None}}}, "C03", "at any time", id="not held"),
        pytest.param({"wanted": {"files": ["kubelet"]}}, "C04", "kubelet", id="arguments"),
        pytest.param({"seen": {"ready": False, "reason": "kubelet stopped posting"}}, "C06", "kubelet stopped posting", id="not ready"),
        pytest.param(
            {"seen": {"address": "10.0.0.99"}}, "C07", "reaches it at 10.0.0.99, and the inventory says 10.0.0.11", id="address changed"
        ),
        pytest.param({"seen": {"schedulable": False}}, "C08", "uncordon pi01", id="cordoned"),
        pytest.param({"info": {"sideload": {"waiting": ["a.tar"]}}}, "C09", "not loaded from a.tar", id="archive not loaded"),
    ],
)
def test_each_difference_is_said_alone_and_with_its_cure(change, found, text):
    (difference,) = node_differences(situation(**change))
    assert (difference["id"], difference["host"]) == (found, "pi01")
    assert text in difference["message"]


def test_a_member_that_the_cluster_does_not_know():
    (difference,) = node_differences(situation()._replace(seen=None))
    assert difference["id"] == "C05"


def test_a_snap_from_a_file_is_never_refreshed():
    assert node_differences(situation(info={"snap": {"channel": None}, "snapd": {"hold": None}})) == []


def test_a_node_that_is_meant_to_be_alone_is_no_stranger():
    assert node_differences(situation(info={"clustered": False}, wanted={"alone": True})) == []


def test_ids_are_used_once():
    assert len({check.id for check in CHECKS}) == len(CHECKS)
