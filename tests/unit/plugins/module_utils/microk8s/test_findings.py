# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import findings
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.hosts import Hosts
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.plan import plan
from ansible_collections.pikube.stateful.tests.unit.microk8s_hosts import bare, member, wanted


def found(find, facts, wishes):
    hosts = Hosts({row["node"]["hostname"]: row for row in facts}, wishes)
    return list(find(hosts, plan(hosts)))


def test_networks_of_different_families_do_not_overlap():
    assert found(findings.cidr_overlap, [bare("pi01")], wanted(1, service_cidr="fd00::/108")) == []


def test_each_overlap_is_said_once_for_each_network_of_a_host():
    links = [{"addresses": ["10.1.7.12/24", "10.1.7.13/24"]}, {"addresses": ["10.152.183.9/28"]}]
    rows = found(findings.cidr_overlap, [bare("pi01", node__interfaces=links)], wanted(1))
    assert [(host, values["key"], values["other"]) for host, values in rows] == [
        ("pi01", "cluster_cidr", "its own network 10.1.7.0/24"),
        ("pi01", "service_cidr", "its own network 10.152.183.0/28"),
    ]


def test_a_cluster_that_is_there_is_joined_although_a_control_plane_is_missing():
    assert found(findings.second_cluster, [member("pi01"), bare("pi02")], wanted(3)) == []
