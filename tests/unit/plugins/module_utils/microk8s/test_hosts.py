# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Host, Hosts
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import alone, bare, member, wanted


def test_facts_may_have_the_names_of_their_modules():
    facts = bare("pi01")
    hosts = Hosts({"pi01": {"pikube_node": facts["node"], "pikube_microk8s": facts["microk8s"], "distribution": "x"}}, wanted(1))
    assert hosts.of("pi01").hostname == "pi01"
    assert hosts.of("pi02") is None


@pytest.mark.parametrize(
    ("facts", "wishes", "text"),
    [
        ({"pi01": {}}, wanted(1), '"node" is missing'),
        ({"pi01": {"node": {}}}, wanted(1), '"microk8s" is missing'),
        ({"pi01": {"node": {}, "microk8s": {}}}, wanted(1), "not the facts of module pikube.stateful.microk8s_info"),
        ({}, {"chanel": "1.34"}, "chanel cannot be wanted"),
        ({}, {"control_planes": ["pi01"], "workers": ["pi01"]}, "a control plane or a worker, not both"),
        ("text", wanted(1), "a dictionary"),
    ],
)
def test_what_makes_no_sense(facts, wishes, text):
    with pytest.raises(MicroK8sError, match=text):
        Hosts(facts, wishes)


def test_a_wish_of_null_is_none():
    assert Hosts({}, {"cluster_cidr": None, "channel": None}).wanted["cluster_cidr"] == "10.1.0.0/16"


def test_the_name_that_a_host_will_have_counts_until_microk8s_is_there():
    names = {"hostnames": {"pi01": "Node-1"}, "control_planes": [], "addresses": {}, "workers": []}
    assert Host("pi01", bare("pi01"), names).hostname == "node-1"
    assert Host("pi01", alone("pi01"), names).hostname == "pi01"


def test_the_release_of_a_file_comes_before_that_of_the_channel():
    assert Hosts({}, wanted(1)).minor == "1.34"
    assert Hosts({}, wanted(1, version="v1.33.1")).minor == "1.33"


def test_what_each_host_wants_is_a_release_or_else_its_own_words():
    said = {"pi01": {"channel": "1.34/stable", "version": "v1.33.1"}, "pi02": {"channel": "latest/stable"}, "pi03": {"channel": None}}
    assert Hosts({}, wanted(3, releases=said)).wanted_of_hosts == {"pi01": ("1.33", "v1.33.1"), "pi02": ("latest/stable", "latest/stable")}


def test_what_a_person_knows_a_cluster_by():
    assert Host("pi01", member("pi01", ("pi01",)), wanted(1)).cluster_words == "a cluster of 10.0.0.11:19001"
    facts = member("pi01", microk8s__datastore__members=None)
    assert Host("pi01", facts, wanted(1)).cluster_words == "the cluster with CA abababababab"
