# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster that is there differs from what is wanted of it: the table, and the few lines that go through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.releases import minor_of

EXPIRY_DAYS = 30
ROLES = {"control_plane": "a control plane", "worker": "a worker", "none": "nothing"}


class Situation(NamedTuple):
    """Of one node: its name in the inventory, what module microk8s_info says, what is wanted, what the cluster says of it (or None).

    wanted: role, minor, hold (bool), alone (no other node in the inventory), address, files (args files that differ or wait for a
    restart), now (seconds since the epoch). seen: name, ready, reason, role, address, version, schedulable.
    """

    host: str
    info: Mapping[str, Any]
    wanted: Mapping[str, Any]
    seen: Mapping[str, Any] | None


class Check(NamedTuple):
    """id: part of the result, never used again for another check. differs: whether. text, cure: templates over the situation, named s."""

    id: str
    differs: Callable[[Situation], bool]
    text: str
    cure: str


def _installed(situation: Situation) -> bool:
    return bool(situation.info.get("installed"))


def days_left(situation: Situation) -> int | None:
    """Days until the certificate of the API server runs out; None if there is none."""
    until = (situation.info.get("server_certificate") or {}).get("not_after")
    if not until or situation.info.get("role") != "control_plane":
        return None
    end = datetime.fromisoformat(until.replace("Z", "+00:00"))
    return int((end - datetime.fromtimestamp(situation.wanted["now"], timezone.utc)).total_seconds() // 86400)


CHECKS = (
    Check("C01", lambda s: not _installed(s), "MicroK8s is not installed", "Run site.yml"),
    Check(
        "C02",
        lambda s: _installed(s) and s.info["clustered"] and s.info["role"] != s.wanted["role"],
        "is {role} of the cluster, and the inventory wants {wanted_role}",
        "Put it into the other group of the inventory, or take it out with remove_node.yml and add it again",
    ),
    Check(
        "C03",
        lambda s: _installed(s) and s.info["stopped"],
        'was stopped with "microk8s stop" and stays so after a restart',
        'Run "microk8s start" on it',
    ),
    Check(
        "C04",
        lambda s: _installed(s) and not s.info["clustered"] and not s.wanted["alone"],
        "is a cluster of its own and no member of that of the inventory",
        "Run site.yml",
    ),
    Check(
        "C05",
        lambda s: _installed(s) and not s.info["stopped"] and bool(s.info["failed_services"]),
        "services that should run do not: {failed_services}",
        'Look at "journalctl -u snap.microk8s.daemon-NAME" on it',
    ),
    Check(
        "C06",
        lambda s: _installed(s) and minor_of(s.info["snap"]["version"]) != s.wanted["minor"],
        "has {version}, and the inventory wants {minor}",
        "Run upgrade.yml, or put what it has into microk8s_channel",
    ),
    Check(
        "C07",
        # A snap from a file follows no channel, so there is nothing to refresh it to.
        lambda s: _installed(s) and s.wanted["hold"] and s.info["snapd"]["hold"] is None and s.info["snap"]["channel"] is not None,
        "snapd may refresh MicroK8s at any time",
        "Run site.yml",
    ),
    Check(
        "C08",
        lambda s: bool(s.wanted["files"]),
        "arguments differ from the inventory, or wait for a restart of their service: {files}",
        "Run site.yml",
    ),
    Check(
        "C09",
        lambda s: _installed(s) and s.info["join_in_progress"],
        "a join was begun and never ended, which keeps its certificates from being renewed",
        "Run site.yml",
    ),
    Check(
        "C10",
        lambda s: (left := days_left(s)) is not None and left < EXPIRY_DAYS,
        "the certificate of its API server runs out in {days_left} days",
        'Run "microk8s refresh-certs -e server.crt" on it',
    ),
    Check("C11", lambda s: _joined(s) and s.seen is None, "the cluster does not know it", "Run site.yml"),
    Check(
        "C12",
        lambda s: _joined(s) and s.seen is not None and not s.seen["ready"],
        "the cluster says that it is not Ready: {reason}",
        "See that it has power and network, then look at its kubelet",
    ),
    Check(
        "C13",
        lambda s: _joined(s) and s.seen is not None and bool(s.seen["address"]) and s.seen["address"] != s.wanted["address"],
        "the cluster reaches it at {address}, and the inventory says {wanted_address}",
        "Give it the old address back, or take it out with remove_node.yml and add it again",
    ),
    Check(
        "C14",
        lambda s: s.seen is not None and s.seen.get("schedulable") is False,
        "takes no new pods (cordoned)",
        'Run "microk8s kubectl uncordon {name}" if whoever cordoned it is done',
    ),
)


def _joined(situation: Situation) -> bool:
    return _installed(situation) and (situation.info["clustered"] or situation.wanted["alone"])


def node_differences(situation: Situation, checks: Sequence[Check] = CHECKS) -> list[dict[str, str]]:
    """id, host and message of each check that differs, in the order of the table."""
    words = _words(situation)
    return [
        {"id": check.id, "host": situation.host, "message": f"{situation.host}: {check.text}. {check.cure}.".format(**words)}
        for check in checks
        if check.differs(situation)
    ]


def _words(situation: Situation) -> dict[str, Any]:
    info, wanted, seen = situation.info, situation.wanted, situation.seen or {}
    return {
        "role": ROLES.get(info.get("role"), info.get("role")),
        "wanted_role": ROLES.get(wanted["role"], wanted["role"]),
        "failed_services": ", ".join(info.get("failed_services") or []),
        "version": (info.get("snap") or {}).get("version"),
        "minor": wanted["minor"],
        "files": ", ".join(wanted["files"]),
        "days_left": days_left(situation),
        "reason": seen.get("reason"),
        "address": seen.get("address"),
        "wanted_address": wanted["address"],
        "name": seen.get("name"),
    }
