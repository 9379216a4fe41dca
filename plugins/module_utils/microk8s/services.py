# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemons of MicroK8s: which should run in which role, and what systemd says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

CONTROL_PLANE = "control_plane"
WORKER = "worker"
NONE = "none"


class Daemon(NamedTuple):
    """roles: where it runs. All others are enabled and inactive, which is no fault. needs_memory: the low-memory guard keeps it off."""

    name: str
    roles: tuple[str, ...] = (CONTROL_PLANE, WORKER)
    needs_memory: bool = False


# Source: canonical/microk8s, microk8s-resources/wrappers/run-*-with-args and apiservice-kicker; observed on 1.34
DAEMONS = (
    Daemon("containerd"),
    Daemon("kubelite", needs_memory=True),
    Daemon("k8s-dqlite", (CONTROL_PLANE,), needs_memory=True),
    Daemon("cluster-agent"),
    Daemon("apiserver-kicker", (CONTROL_PLANE,)),
    Daemon("apiserver-proxy", (WORKER,)),
    Daemon("etcd", ()),
    Daemon("flanneld", ()),
)
NAMES = tuple(daemon.name for daemon in DAEMONS)
PROPERTIES = "LoadState,ActiveState,UnitFileState,ActiveEnterTimestamp"


class Service(NamedTuple):
    """active: runs now. enabled: starts at boot. since: when it became active, UTC; None if it is not or that is not known."""

    active: bool
    enabled: bool
    since: datetime | None


def unit(name: str) -> str:
    return f"snap.microk8s.daemon-{name}.service"


def snap_name(name: str) -> str:
    """The daemon's name for `snap restart`."""
    return f"microk8s.daemon-{name}"


def question() -> list[str]:
    """The one command that asks for all of them. It has to run with TZ=UTC and LC_ALL=C."""
    return ["systemctl", "show", "--no-pager", f"--property={PROPERTIES}", *map(unit, NAMES)]


def _since(text: str) -> datetime | None:
    """ "Mon 2026-11-23 16:57:01 UTC"; systemd prints nothing or n/a where there is no time."""
    try:
        return datetime.strptime(" ".join(text.split()[1:3]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def parse(text: str | None) -> dict[str, Service]:
    """What the question printed; daemons without a unit are left out."""
    found = {}
    for name, block in zip(NAMES, (text or "").strip().split("\n\n")):
        values = dict(line.partition("=")[::2] for line in block.splitlines())
        if values.get("LoadState") != "loaded":
            continue
        active = values.get("ActiveState") in ("active", "reloading")
        enabled = values.get("UnitFileState") in ("enabled", "enabled-runtime")
        found[name] = Service(active, enabled, _since(values.get("ActiveEnterTimestamp", "")) if active else None)
    return found


def expected(role: str, stopped: bool = False, low_memory: bool = False) -> list[str]:
    """The daemons that should run."""
    if stopped or role == NONE:
        return []
    return [daemon.name for daemon in DAEMONS if role in daemon.roles and not (low_memory and daemon.needs_memory)]


def failed(services: Mapping[str, Service], wanted: Iterable[str]) -> list[str]:
    """Those that should run and do not."""
    return [name for name in wanted if name not in services or not services[name].active]


def facts(services: Mapping[str, Service]) -> dict[str, dict[str, Any]]:
    return {
        name: {"active": service.active, "enabled": service.enabled, "since": service.since.isoformat() if service.since else None}
        for name, service in services.items()
    }
