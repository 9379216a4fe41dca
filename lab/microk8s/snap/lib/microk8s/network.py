"""The pod network: a bridge with this node's part of the pod addresses, and a route to each other node's part.

The genuine snap runs Calico there. The bridge carries the name of Calico's interface, so that a firewall or a NetworkManager that was told
about that one treats pods as it would on a real node.
"""

from __future__ import annotations

import ipaddress
import json
import subprocess
from pathlib import Path

from microk8s import kube
from microk8s.paths import ARGS, SNAP_COMMON, node_name, write

BRIDGE = "vxlan.calico"
PODS = "10.1.0.0/16"
# The routes that are ours, by protocol number (Calico's is the same).
PROTOCOL = "80"
CONFIGURATION = ARGS / "cni-network" / "10-pods.conflist"


def configuration(pod_cidr: str) -> dict:
    """The CNI configuration of a node that owns pod_cidr."""
    return {
        "name": "pods",
        "cniVersion": "0.4.0",
        "plugins": [
            {
                "type": "bridge",
                "bridge": BRIDGE,
                "isGateway": True,
                "isDefaultGateway": True,
                "forceAddress": True,
                "hairpinMode": True,
                "mtu": 1450,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": pod_cidr}]],
                    "dataDir": str(SNAP_COMMON / "run" / "cni"),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True},
        ],
    }


def plan(nodes: list[dict], own: str) -> tuple[str | None, dict[str, str]]:
    """From the API's nodes: this node's part, and the way (address) to each other node's part."""
    mine, ways = None, {}
    for node in nodes:
        cidr = node.get("spec", {}).get("podCIDR")
        if not cidr or ipaddress.ip_network(cidr).version != 4:
            continue
        if node["metadata"]["name"] == own:
            mine = cidr
            continue
        addresses = {entry["type"]: entry["address"] for entry in node.get("status", {}).get("addresses", [])}
        if "InternalIP" in addresses:
            ways[cidr] = addresses["InternalIP"]
    return mine, ways


def reconcile() -> None:
    """Make network and API agree; called every few seconds. Where the API does not answer everything stays as it is."""
    try:
        # On a worker as the service proxy, which may see all nodes when RBAC is on; the kubelet then sees its own only.
        nodes = kube.api("/api/v1/nodes")["items"]
    except kube.ApiError:
        return
    mine, ways = plan(nodes, node_name())
    if mine is None:
        return
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n")
    _firewall(mine)
    _routes(ways)
    text = json.dumps(configuration(mine), indent=2)
    if not CONFIGURATION.exists() or CONFIGURATION.read_text() != text:
        write(CONFIGURATION, text)


def _rules(pod_cidr: str) -> list[tuple[str, list[str]]]:
    return [
        ("filter", ["FORWARD", "-s", PODS, "-j", "ACCEPT"]),
        ("filter", ["FORWARD", "-d", PODS, "-j", "ACCEPT"]),
        ("nat", ["POSTROUTING", "-s", pod_cidr, "!", "-d", PODS, "-j", "MASQUERADE"]),
    ]


def _iptables(table: str, action: str, rule: list[str]) -> bool:
    return subprocess.run(["iptables", "-w", "-t", table, action, *rule], capture_output=True, check=False).returncode == 0


def _firewall(pod_cidr: str) -> None:
    for table, rule in _rules(pod_cidr):
        if not _iptables(table, "-C", rule):
            _iptables(table, "-I", rule)


def _ip(*command: str) -> str:
    return subprocess.run(["ip", *command], capture_output=True, text=True, check=False).stdout


def _routes(ways: dict[str, str]) -> None:
    there = {route["dst"]: route.get("gateway") for route in json.loads(_ip("-j", "route", "show", "proto", PROTOCOL) or "[]")}
    for cidr in there.keys() - ways.keys():
        _ip("route", "del", cidr, "proto", PROTOCOL)
    for cidr, gateway in ways.items():
        if there.get(cidr) != gateway:
            _ip("route", "replace", cidr, "via", gateway, "proto", PROTOCOL)


def teardown() -> None:
    """For the remove hook and for a node that leaves: nothing of the pod network stays."""
    _routes({})
    if CONFIGURATION.exists():
        mine = json.loads(CONFIGURATION.read_text())["plugins"][0]["ipam"]["ranges"][0][0]["subnet"]
        for table, rule in _rules(mine):
            while _iptables(table, "-D", rule):
                pass
        CONFIGURATION.unlink()
    for port in json.loads(_ip("-j", "link", "show", "master", BRIDGE) or "[]"):
        _ip("link", "del", port["ifname"])
    _ip("link", "del", BRIDGE)
    # Network name spaces of pods that were killed: each holds an end of such a pair.
    for path in Path("/run/netns").glob("cni-*"):
        _ip("netns", "del", path.name)
