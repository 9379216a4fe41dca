# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cgroup controllers work. What /proc/cgroups says is not asked: from 6.12 on it lacks memory while memory works (linux#6980)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.node.mounts import Mount, at
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source

# What the kubelet cannot run without.
REQUIRED = ("cpu", "cpuset", "memory", "pids")
ROOT = "/sys/fs/cgroup"
# All that version 1 ever had; a mount has other options beside them (cgroups(7)).
VERSION_1_CONTROLLERS = (
    "blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "hugetlb", "memory", "misc", "net_cls", "net_prio", "perf_event", "pids",
    "rdma",
)  # fmt: skip


def cgroup(source: Source, mounted: Sequence[Mount]) -> dict[str, Any]:
    """version: 2, or 1 where controllers are mounted one by one (hybrid hosts too), None if no cgroup file system is seen.

    controllers: those that are effective, sorted. missing: those of REQUIRED that are not, or None while the version is unknown.
    """
    root = at(ROOT, mounted)
    if root is not None and root.type == "cgroup2":
        controllers = (source.read(f"{ROOT}/cgroup.controllers") or "").split()
        version = 2
    else:
        controllers = _version_1(source, mounted)
        version = 1 if any(mount.type == "cgroup" for mount in mounted) else None
    found = sorted(set(controllers))
    return {
        "version": version,
        "controllers": found,
        "missing": [name for name in REQUIRED if name not in found] if version else None,
    }


def _version_1(source: Source, mounted: Sequence[Mount]) -> list[str]:
    """Controllers of version 1: the options of each cgroup mount that is not covered and has its files in place.

    Several controllers may share a mount ("cpu,cpuacct"). A mount covered by another, an empty folder say, is not effective.
    """
    found = []
    for mount in mounted:
        if mount.type == "cgroup" and at(mount.point, mounted) == mount and source.exists(f"{mount.point}/cgroup.procs"):
            found.extend(option for option in mount.options if option in VERSION_1_CONTROLLERS)
    return found
