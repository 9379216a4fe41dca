"""Only runs where high availability was turned off, which this stand-in does not do."""

from __future__ import annotations

from microk8s import paths


def run() -> int:
    if paths.locked("no-etcd"):
        return 0
    raise paths.unknown("a node with etcd instead of dqlite")
