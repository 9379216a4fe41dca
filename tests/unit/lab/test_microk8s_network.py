"""The pod network of the MicroK8s stand-in."""

from __future__ import annotations

import pytest
from microk8s import network


def node(name, cidr, address="10.0.0.1"):
    return {
        "metadata": {"name": name},
        "spec": {"podCIDR": cidr} if cidr else {},
        "status": {
            "addresses": [{"type": "Hostname", "address": name}, *([{"type": "InternalIP", "address": address}] if address else [])]
        },
    }


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        pytest.param([], (None, {}), id="no node yet"),
        pytest.param([node("a", None)], (None, {}), id="no part of the pod addresses yet"),
        pytest.param([node("a", "10.1.0.0/24")], ("10.1.0.0/24", {}), id="alone"),
        pytest.param(
            [node("a", "10.1.0.0/24"), node("b", "10.1.1.0/24", "10.0.0.2"), node("c", "10.1.2.0/24", None), node("d", "fd00::/64")],
            ("10.1.0.0/24", {"10.1.1.0/24": "10.0.0.2"}),
            id="a way to each node that has an address",
        ),
    ],
)
def test_plan(nodes, expected):
    assert network.plan(nodes, "a") == expected


def test_configuration_owns_the_part_of_the_node():
    (bridge, portmap) = network.configuration("10.1.3.0/24")["plugins"]
    assert bridge["ipam"]["ranges"] == [[{"subnet": "10.1.3.0/24"}]]
    assert (bridge["type"], bridge["bridge"], portmap["type"]) == ("bridge", "vxlan.calico", "portmap")


def test_routes_follow_the_nodes(monkeypatch):
    calls = []
    there = '[{"dst": "10.1.1.0/24", "gateway": "10.0.0.2"}, {"dst": "10.1.2.0/24", "gateway": "10.0.0.3"}]'
    monkeypatch.setattr(network, "_ip", lambda *words: there if "show" in words else calls.append(words))
    network._routes({"10.1.1.0/24": "10.0.0.2", "10.1.4.0/24": "10.0.0.5"})
    assert calls == [
        ("route", "del", "10.1.2.0/24", "proto", "80"),
        ("route", "replace", "10.1.4.0/24", "via", "10.0.0.5", "proto", "80"),
    ]
