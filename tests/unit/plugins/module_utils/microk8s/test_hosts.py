# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import math

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


OLD, AGO, SOON, FAR = "2026-11-01T00:00:00+00:00", "2026-11-23T09:50:00+00:00", "2026-11-23T11:00:00+00:00", "2027-11-23T00:00:00+00:00"


@pytest.mark.parametrize(
    ("changes", "seconds", "words"),
    [
        pytest.param({"ca_not_before": OLD, "snap__install_date": AGO}, 1936872, "since 2026-11-01", id="a refresh makes it no younger"),
        pytest.param({"ca_not_before": AGO, "snap__install_date": OLD}, 1936872, "since 2026-11-01", id="nor do new certificates"),
        pytest.param({"ca_not_before": AGO, "snap__install_date": None}, 672, None, id="snapd does not say"),
        pytest.param({"ca_not_before": None, "snap__install_date": None}, math.inf, "for an unknown time", id="nobody says"),
        pytest.param(
            {"ca_not_before": None, "ca_sha256": None, "datastore__address": None}, 0, None, id="the install hook is still at work"
        ),
        pytest.param({"ca_not_before": SOON, "snap__install_date": None}, -3528, None, id="the clock was set back after the installation"),
        pytest.param({"ca_not_before": FAR, "snap__install_date": None}, math.inf, "for an unknown time", id="the clock is wrong"),
        pytest.param({"clustered": True, "ca_not_before": OLD}, 0, None, id="a member"),
    ],
)
def test_how_long_a_microk8s_by_itself_has_been_there(changes, seconds, words):
    host = Host("pi01", alone("pi01", **{f"microk8s__{path}": value for path, value in changes.items()}), wanted(1))
    assert (host.alone_seconds, host.lived_in) == (seconds, words)


def test_a_disabled_snap_may_have_been_lived_in():
    host = Host("pi01", alone("pi01", microk8s__snap__active=False), wanted(1))
    assert host.alone_seconds == math.inf
    assert "snap enable microk8s" in host.lived_in
