# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of PostgreSQL for a board: by memory, medium and processor of the smallest node that may carry it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import MIB

# Fractions and bounds of this collection. MicroK8s itself takes about a gigabyte of a node, and the kubelet evicts when 100 MiB are free.
TAKEN_BY_NODE = 1400 * MIB
SHARE = 0.5  # of what is left, for one server
LEAST, MOST = 384 * MIB, 8192 * MIB
CONNECTIONS = ((512, 30), (1024, 60), (4096, 100))  # MiB of limit -> connections, the last that fits; 30 below
FAST = ("nvme", "sata_ssd", "usb_ssd", "virtual")  # on any other medium, and where it is not known, a checkpoint hurts
WAL_PART, LEAST_WAL = 5, 128 * MIB  # of a volume; min_wal_size, a quarter of it, has to be two segments of 16 MiB at least
# Of a volume, what is kept of the log for a standby that is away: without a bound the slot of a lost node fills the primary's volume, and
# that stops. Both parts together are at most half of the volume (wishes.LEAST_SIZE too); the rest is for rows.
KEPT_PART = 4
KEPT_WITHOUT_SLOT = 512 * MIB  # CloudNativePG's own, for a server that is rewound; it would go before the bound for slots
CPU_SHARE = 0.25  # of the cores, asked for; what is idle is used as well


@dataclass(frozen=True)
class Sizing:
    """memory: bytes, asked for and limit alike, so that the kubelet evicts others first. cpu_millis: thousandths of a core, asked for."""

    memory: int
    cpu_millis: int
    parameters: dict[str, str] = field(default_factory=dict)


def _mb(size: float) -> str:
    return f"{int(size) // MIB}MB"


def settings(memory: int | None, medium: str | None, cores: int | None, volume: int | None = None) -> Sizing:
    """memory: bytes of the node. medium: as node_facts calls it. cores: of the node. volume: bytes. None for what is not known."""
    limit = int(min(MOST, max(LEAST, ((memory or 0) - TAKEN_BY_NODE) * SHARE))) // MIB * MIB
    connections = next((number for least, number in reversed(CONNECTIONS) if limit >= least * MIB), CONNECTIONS[0][1])
    shared = limit // 4
    # A sort may take it several times in one connection; all connections together must not exceed half of what is left.
    work = max(1 * MIB, (limit - shared) // (2 * connections))
    slow = medium not in FAST
    wal = (1024 if slow else 512) * MIB
    wal = max(LEAST_WAL, min(wal, volume // WAL_PART)) if volume else wal
    kept = volume // KEPT_PART if volume else wal
    parallel = max(1, min(cores or 1, 4))
    return Sizing(
        limit,
        int(1000 * CPU_SHARE * max(1, cores or 1)),
        {
            "max_connections": str(connections),
            "shared_buffers": _mb(shared),
            "effective_cache_size": _mb(limit * 0.6),
            "work_mem": _mb(work),
            "maintenance_work_mem": _mb(max(16 * MIB, limit // 16)),
            # Rare, spread checkpoints: each writes every page whole once, which wears cards and stalls slow media.
            "checkpoint_timeout": "15min" if slow else "5min",
            "checkpoint_completion_target": "0.9",
            "max_wal_size": _mb(wal),
            "min_wal_size": _mb(wal // 4),
            "max_slot_wal_keep_size": _mb(kept),
            "wal_keep_size": _mb(min(kept, KEPT_WITHOUT_SLOT)),
            "wal_compression": "on",
            # A standby that lost its primary looks for the new one so often; until one has come no row is acknowledged.
            "wal_retrieve_retry_interval": "1s",
            "random_page_cost": "4.0" if (medium or "").endswith("_hdd") else "1.1",
            "effective_io_concurrency": "2" if slow else "64",
            "max_worker_processes": "8",
            "max_parallel_workers": str(parallel),
            "max_parallel_workers_per_gather": str(max(1, parallel // 2)),
        },
    )


def smallest(rows: list[tuple[int | None, str | None, int | None]], volume: int | None = None) -> Sizing:
    """Of several nodes (memory, medium, cores): a server may be on each of them, so that the least of each counts."""
    memories = [memory for memory, _medium, _cores in rows if memory]
    processors = [cores for _memory, _medium, cores in rows if cores]
    media = [medium for _memory, medium, _cores in rows]
    slow = [medium for medium in media if medium not in FAST]
    return settings(min(memories, default=None), (slow or media or [None])[0], min(processors, default=None), volume)
