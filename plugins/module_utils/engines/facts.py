# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the nodes, as values that rules can ask. What is not known is None and speaks against nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError

# Debian's and the kernel's names -> those of container images
ARCHITECTURES = {
    "amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64",
    "armhf": "arm", "armel": "arm", "armv7l": "arm", "armv6l": "arm",
}  # fmt: skip
DATA_PATH = "/var/snap"
RESERVE = 1024**3  # the kubelet of MicroK8s evicts pods when less than 1 GiB of its file system is left
VOLUME_GROUP = ZPOOL = "openebs"
NOMINAL = 0.9  # the kernel and the firmware keep a part: a board of 4 GiB shows about 3.7


@dataclass(frozen=True)
class Disk:
    """A disk that may be claimed. size: bytes."""

    path: str
    size: int | None
    serial: str | None


@dataclass(frozen=True)
class Node:
    """One node. memory: bytes it was made with. free: bytes that volumes may take of the file system of MicroK8s' data.

    disks: that may be claimed, the largest first. taken: disks that were named and hold something, with what. groups, pools: name -> bytes.
    """

    name: str
    architecture: str | None
    page_size: int | None
    memory: int | None
    cores: int | None
    features: frozenset[str] | None
    huge_kib: int | None
    kernel: tuple[int, int] | None
    modules: Mapping[str, str | None]
    free: int | None
    medium: str | None
    disks: tuple[Disk, ...]
    disks_named: bool
    taken: tuple[tuple[str, str], ...]
    group: int | None
    pool: int | None
    has_group: bool
    has_pool: bool


def _get(facts: Mapping[str, Any], *keys: str) -> Any:
    found: Any = facts
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _kernel(release: Any) -> tuple[int, int] | None:
    found = re.match(r"(\d+)\.(\d+)", str(release or ""))
    return (int(found.group(1)), int(found.group(2))) if found else None


def _memory(facts: Mapping[str, Any]) -> int | None:
    nominal, seen = _get(facts, "board", "memory_bytes"), _get(facts, "memory", "total_bytes")
    return nominal or (int(seen / NOMINAL) if seen else None)


def _data(facts: Mapping[str, Any]) -> tuple[int | None, str | None]:
    row = next((row for row in facts.get("file_systems") or () if row.get("path") == DATA_PATH), {})
    available = row.get("available_bytes")
    return (max(0, available - RESERVE) if available is not None else None), row.get("medium")


def _disks(name: str, facts: Mapping[str, Any], named: Sequence[str] | None) -> tuple[tuple[Disk, ...], tuple[tuple[str, str], ...]]:
    rows = {row["path"]: row for row in facts.get("disks") or ()}
    missing = [path for path in named or () if path not in rows]
    if missing:
        raise EnginesError(f"{name} has no disk {', '.join(missing)}. It has {', '.join(rows) or 'none'}; correct the list of its disks")
    wanted = rows if named is None else named
    free = [Disk(path, rows[path].get("size_bytes"), rows[path].get("serial")) for path in wanted if rows[path].get("free")]
    taken = [(path, ", ".join(rows[path].get("used_by") or ["it is not known"])) for path in named or () if not rows[path].get("free")]
    return tuple(sorted(free, key=lambda disk: (-(disk.size or 0), disk.path))), tuple(taken)


def _size(rows: Any, name: str) -> tuple[bool, int | None]:
    row = next((row for row in rows or () if row.get("name") == name), None)
    return row is not None, row.get("size_bytes") if row else None


def node(name: str, facts: Any, named: Sequence[str] | None) -> Node:
    """One node from the facts of module node_facts. named: the disks that may be claimed, None for all that are free."""
    if not isinstance(facts, Mapping) or not isinstance(facts.get("kernel"), Mapping):
        raise EnginesError(f"the facts of {name} are not those of module node_facts. Give ansible_facts['pikube_node'] of each node")
    features = _get(facts, "processor", "features")
    disks, taken = _disks(name, facts, named)
    free, medium = _data(facts)
    has_group, group = _size(facts.get("volume_groups"), VOLUME_GROUP)
    has_pool, pool = _size(facts.get("zpools"), ZPOOL)
    return Node(
        name=name,
        architecture=ARCHITECTURES.get(
            str(_get(facts, "architecture", "userland") or _get(facts, "architecture", "kernel")), _get(facts, "architecture", "kernel")
        ),
        page_size=facts.get("page_size"),
        memory=_memory(facts),
        cores=_get(facts, "processor", "cores"),
        features=frozenset(features) if features is not None else None,
        huge_kib=_get(facts, "hugepages", "size_kib"),
        kernel=_kernel(_get(facts, "kernel", "release")),
        modules=_get(facts, "kernel", "modules") or {},
        free=free,
        medium=medium,
        disks=disks,
        disks_named=named is not None,
        taken=taken,
        group=group,
        pool=pool,
        has_group=has_group,
        has_pool=has_pool,
    )


def _order(name: str) -> tuple[Any, ...]:
    """pi2 before pi10."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", name)), name


def read_nodes(nodes: Mapping[str, Any], disks: Mapping[str, Sequence[str]] | None = None) -> tuple[Node, ...]:
    """All nodes, in the order of their names whatever the order they came in. Raises EnginesError for what makes no sense."""
    if not nodes:
        raise EnginesError("nodes is empty. Give the facts of every node that shall hold volumes, by name")
    strangers = sorted(set(disks or {}) - set(nodes))
    if strangers:
        raise EnginesError(f"disks are named for {', '.join(strangers)}, which is not among the nodes ({', '.join(sorted(nodes))})")
    return tuple(node(name, nodes[name], (disks or {}).get(name)) for name in sorted(nodes, key=_order))
