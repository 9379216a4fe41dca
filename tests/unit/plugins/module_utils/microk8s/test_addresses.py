# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ipaddress import ip_network

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import addresses
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import FIB_TRIE, ROUTE


def test_local_addresses_without_loopback_and_link_local_ones():
    assert addresses.local(FIB_TRIE) == ["10.0.0.11", "10.1.61.192", "192.168.8.4"]


def test_the_default_route_of_the_least_metric():
    assert addresses.default_networks(ROUTE) == [ip_network("10.0.0.0/24")]


def test_the_address_of_the_default_route_comes_first_and_those_of_pods_are_left_out():
    wlan = ROUTE.replace("0\t100\t00000000", "0\t900\t00000000")
    assert addresses.ordered(FIB_TRIE, wlan, "10.1.0.0/16") == ["192.168.8.4", "10.0.0.11"]
    assert addresses.ordered(FIB_TRIE, ROUTE, "10.1.0.0/16") == ["10.0.0.11", "192.168.8.4"]


def test_no_route_and_no_table():
    assert addresses.ordered(FIB_TRIE, None) == ["10.0.0.11", "10.1.61.192", "192.168.8.4"]
    assert addresses.ordered(None, None) == []


def test_networks_of_pods_may_be_several_or_none_at_all():
    assert addresses.ordered(FIB_TRIE, ROUTE, "10.1.0.0/16,fd01::/64") == ["10.0.0.11", "192.168.8.4"]
    assert addresses.ordered(FIB_TRIE, None, "no network") == ["10.0.0.11", "10.1.61.192", "192.168.8.4"]
