# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the hosts of a cluster, for tests of the plan and of what speaks against it."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import state

MIB = 1024 * 1024
NOW = 1795428072  # 2026-11-23T10:01:12Z
CLUSTER, OTHER = "ab" * 32, "cd" * 32


def _number(name: str) -> int:
    return int(name[-2:])


def bare(name: str, **changes: Any) -> dict[str, Any]:
    """A prepared host without MicroK8s that nothing speaks against. changes: path with two underscores for each dot -> value."""
    address = f"10.0.0.{10 + _number(name)}"
    facts = {
        "node": {
            "hostname": name,
            "board": {"model": "Raspberry Pi 4 Model B Rev 1.5"},
            "memory": {"total_bytes": 7811 * MIB},
            "architecture": {"userland": "arm64"},
            "cgroup": {"version": 2},
            "identity": {"machine_id": f"{_number(name):032x}"},
            "interfaces": [{"name": "eth0", "addresses": [f"{address}/24"]}],
            "network": {"default_interface": "eth0"},
            "time": {"synchronized": True},
        },
        "microk8s": {
            **state.absent(),
            "hostname": name,
            "default_addresses": [address],
            "disk": {"path": "/var/snap", "free_mib": 50000},
            "clock": {"epoch": NOW, "ahead_seconds": 0.5},
            "snapd": {"installed": True, "version": "2.63", "architecture": "arm64", "hold": None},
            "snap": None,
        },
    }
    return changed(facts, changes)


def changed(facts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    facts = copy.deepcopy(facts)
    for path, value in changes.items():
        *way, last = path.split("__")
        part = facts
        for key in way:
            part = part[key]
        part[last] = value
    return facts


def alone(name: str, **changes: Any) -> dict[str, Any]:
    """With a fresh MicroK8s of its own."""
    facts = bare(name)
    facts["microk8s"] |= {
        "installed": True,
        "role": "control_plane",
        "ha_lock": True,
        "snap": {"version": "v1.34.4", "minor": "1.34", "active": True, "install_date": "2026-11-23T09:50:00+00:00"},
        "ca_not_before": "2026-11-23T09:49:58+00:00",
        "ca_sha256": f"{_number(name):064x}",
        "cluster_ca_sha256": f"{_number(name):064x}",
        "datastore": {
            "address": "127.0.0.1:19001",
            "id": 1,
            "role": "voter",
            "members": [{"address": "127.0.0.1:19001", "id": 1, "role": "voter"}],
        },
        "cidrs": {"cluster": "10.1.0.0/16", "service": "10.152.183.0/24"},
        "server_certificate": {"not_after": "2027-11-23T10:00:00+00:00", "sans": []},
    }
    return changed(facts, changes)


def member(name: str, members: tuple[str, ...] = ("pi01", "pi02", "pi03"), cluster: str = CLUSTER, **changes: Any) -> dict[str, Any]:
    """A control plane of a cluster."""
    facts = alone(name)
    rows = [{"address": f"10.0.0.{10 + _number(other)}:19001", "id": _number(other), "role": "voter"} for other in members]
    facts["microk8s"] |= {
        "clustered": True,
        "ca_sha256": cluster,
        "cluster_ca_sha256": cluster,
        "datastore": {"address": f"10.0.0.{10 + _number(name)}:19001", "id": _number(name), "role": "voter", "members": rows},
    }
    return changed(facts, changes)


def worker(name: str, cluster: str = CLUSTER, **changes: Any) -> dict[str, Any]:
    """A worker of a cluster."""
    facts = alone(name)
    facts["microk8s"] |= {
        "clustered": True,
        "role": "worker",
        "cluster_ca_sha256": cluster,
        "api_servers": ["10.0.0.11:16443"],
        "datastore": {"address": None, "id": None, "role": None, "members": None},
    }
    return changed(facts, changes)


def wanted(control_planes: int = 3, workers: int = 0, **more: Any) -> dict[str, Any]:
    names = [f"pi{number:02}" for number in range(1, control_planes + workers + 1)]
    return {"control_planes": names[:control_planes], "workers": names[control_planes:], "channel": "1.34/stable", **more}
