# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node of a cluster differs from what is wanted of it, beyond what the gates say: the table, and the few lines that go through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple


class Situation(NamedTuple):
    """Of one node: its name in the inventory, what module microk8s_info says, what is wanted, what the cluster says of it (or None).

    wanted: hold (bool), alone (no other node in the inventory), address, files (args files that differ or wait for a restart).
    seen: name, ready, reason, address, schedulable.
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


CHECKS = (
    Check("C01", lambda s: not _installed(s), "MicroK8s is not installed", "Run site.yml"),
    Check(
        "C02",
        lambda s: _installed(s) and not s.info["clustered"] and not s.wanted["alone"],
        "is a cluster of its own and no member of that of the inventory",
        "Run site.yml",
    ),
    Check(
        "C03",
        # A snap from a file follows no channel, so there is nothing to refresh it to.
        lambda s: _installed(s) and s.wanted["hold"] and s.info["snapd"]["hold"] is None and s.info["snap"]["channel"] is not None,
        "snapd may refresh MicroK8s at any time",
        "Run site.yml",
    ),
    Check(
        "C04",
        lambda s: bool(s.wanted["files"]),
        "arguments differ from the inventory, or wait for a restart of their service: {files}",
        "Run site.yml",
    ),
    Check("C05", lambda s: _joined(s) and s.seen is None, "the cluster does not know it", "Run site.yml"),
    Check(
        "C06",
        lambda s: _joined(s) and s.seen is not None and not s.seen["ready"],
        "the cluster says that it is not Ready: {reason}",
        "See that it has power and network, then look at its kubelet",
    ),
    Check(
        "C07",
        lambda s: _joined(s) and s.seen is not None and bool(s.seen["address"]) and s.seen["address"] != s.wanted["address"],
        "the cluster reaches it at {address}, and the inventory says {wanted_address}",
        "Give it the old address back, or take it out with remove_node.yml and add it again",
    ),
    Check(
        "C08",
        lambda s: s.seen is not None and s.seen.get("schedulable") is False,
        "takes no new pods (cordoned)",
        'Run "microk8s kubectl uncordon {name}" if whoever cordoned it is done',
    ),
    Check(
        "C09",
        # containerd tries again every 5 s for ever, and says so in its journal only.
        lambda s: _installed(s) and bool(s.info["sideload"]["waiting"]),
        "images are not loaded from {archives}",
        'If that lasts, "journalctl -u snap.microk8s.daemon-containerd" says why; bring a whole archive for its architecture',
    ),
)


def _joined(situation: Situation) -> bool:
    return _installed(situation) and (situation.info["clustered"] or situation.wanted["alone"])


def node_differences(situation: Situation, checks: Sequence[Check] = CHECKS) -> list[dict[str, str]]:
    """id, host and message of each check that differs, in the order of the table."""
    seen = situation.seen or {}
    words = {
        "files": ", ".join(situation.wanted["files"]),
        "archives": ", ".join((situation.info.get("sideload") or {}).get("waiting") or ()),
        "reason": seen.get("reason"),
        "address": seen.get("address"),
        "wanted_address": situation.wanted["address"],
        "name": seen.get("name"),
    }
    return [
        {"id": check.id, "host": situation.host, "message": f"{situation.host}: {check.text}. {check.cure}.".format(**words)}
        for check in checks
        if check.differs(situation)
    ]
