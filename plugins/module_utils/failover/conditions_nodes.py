# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks against a fault, seen from the nodes and from whoever runs it: a function for each row of the table.

Each gives the values for the texts of its row, once for each thing that it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import lease, placement
from ansible_collections.pikube.stateful.plugins.module_utils.failover.draining import NOTE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Look

Found = Iterator[dict[str, Any]]

PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
COMMANDS = ("off", "on", "is_off")
SKEW_SECONDS = 1.0
MICROK8S = "microk8s.io/cluster"
UNSEEN_LOSS = ((1, 34), (1, 36))  # from, and before: canonical/microk8s 5386
STAYS_AWAY = ((1, 35), (1, 36, 3))  # 5352


def condition(node: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next((row for row in (node.get("status") or {}).get("conditions") or [] if row.get("type") == name), {})


def called_ready(node: Mapping[str, Any]) -> bool:
    return condition(node, "Ready").get("status") == "True"


def not_ready(look: Look) -> Found:
    for name, node in look.nodes.items():
        if not called_ready(node):
            yield {"node": name, "why": look.world.not_ready_text(name)}


def cordoned(look: Look) -> Found:
    for name, node in look.nodes.items():
        if (node.get("spec") or {}).get("unschedulable"):
            by = (node["metadata"].get("annotations") or {}).get(NOTE)
            yield {"node": name, "by": f" for {by}" if by else ""}


def tainted(look: Look) -> Found:
    for name, node in look.nodes.items():
        # A node that is not Ready has taints of its own for that.
        for taint in (node.get("spec") or {}).get("taints") or [] if called_ready(node) else []:
            if taint.get("effect") == "NoExecute" or taint.get("key") == OUT_OF_SERVICE:
                yield {"node": name, "taint": f"{taint.get('key')}:{taint.get('effect')}"}


def under_pressure(look: Look) -> Found:
    for name, node in look.nodes.items():
        for pressure in PRESSURES:
            if condition(node, pressure).get("status") == "True":
                yield {"node": name, "pressure": pressure}


def waits_for_reboot(look: Look) -> Found:
    for name in sorted(look.situation.reboots):
        yield {"node": name}


def voters_unknown(look: Look) -> Found:
    if look.situation.voters is None:
        yield {}


def too_few_voters(look: Look) -> Found:
    voters = look.situation.voters or ()
    if look.victim.node in voters and len(voters) < 3:
        yield {"count": len(voters), "voters": ", ".join(sorted(voters)), "node": look.victim.node}


def quorum_lost(look: Look) -> Found:
    voters = look.situation.voters or ()
    left = sorted(name for name in voters if name != look.victim.node and look.world.ready(name))
    needed = len(voters) // 2 + 1
    if len(voters) >= 3 and len(left) < needed:
        yield {"node": look.victim.node, "left": len(left), "count": len(voters), "needed": needed}


def sole_server(look: Look) -> Found:
    """A server under a name of its own (a load balancer) is on no node."""
    servers = look.situation.servers
    if servers is None:
        return
    node = look.nodes.get(look.victim.node) or {}
    own = {look.victim.node, *(row.get("address") for row in (node.get("status") or {}).get("addresses") or [])}
    if not set(servers) - own:
        yield {"node": look.victim.node, "servers": ", ".join(sorted(servers)) or "none"}


def silent(look: Look) -> Found:
    for name, node in look.nodes.items():
        if called_ready(node) and not look.world.ready(name):
            yield {"node": name, "heard": round(look.world.nodes[name].heard or 0)}


def leases_doubtful(look: Look) -> Found:
    for warning in look.world.warnings:
        yield {"warning": warning.rstrip(".")}


def version(node: Mapping[str, Any]) -> tuple[int, ...]:
    """Of its kubelet; empty for none."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", ((node.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion") or "")
    return tuple(int(part) for part in found.groups(default="0")) if found else ()


def _among(look: Look, span: tuple[tuple[int, ...], tuple[int, ...]]) -> Found:
    versions = [version(node) for node in look.nodes.values() if MICROK8S in (node["metadata"].get("labels") or {})]
    newest = max(filter(None, versions), default=())
    if newest and span[0] <= newest < span[1]:
        yield {"version": ".".join(map(str, newest))}


def unseen_loss(look: Look) -> Found:
    yield from _among(look, UNSEEN_LOSS)


def stays_away(look: Look) -> Found:
    yield from _among(look, STAYS_AWAY)


def nowhere_to_go(look: Look) -> Found:
    pod = look.instances.get(look.victim.pod)
    if not look.single or pod is None:
        return
    reasons = {name: _why_not(look, pod, name) for name in look.nodes if name != look.victim.node}
    if all(reasons.values()):
        listed = "; ".join(f"{name} {why}" for name, why in sorted(reasons.items())) or "there is no other node"
        yield {"pod": look.victim.pod, "reasons": listed}


def never_moves(look: Look) -> Found:
    """A StatefulSet makes no second pod while the first one may still be at work."""
    band = look.fault.band(look.situation.topology, look.besides, look.situation.grace_seconds)
    if look.single and look.victim.pod and band.high is None:
        yield {"pod": look.victim.pod, "node": look.victim.node}


def dns_lost(look: Look) -> Found:
    """All pods that resolve the cluster's names are on the victim."""
    nodes = {
        (pod.get("spec") or {}).get("nodeName")
        for pod in look.situation.pods
        if pod["metadata"].get("namespace") == "kube-system" and (pod["metadata"].get("labels") or {}).get("k8s-app") == "kube-dns"
    }
    if nodes == {look.victim.node}:
        yield {"node": look.victim.node}


def image_absent(look: Look) -> Found:
    pod = look.instances.get(look.victim.pod)
    if not look.single or pod is None:
        return
    able = sorted(name for name in look.nodes if name != look.victim.node and not _why_not(look, pod, name))
    if able and not any(placement.has_images(look.nodes[name], pod) for name in able):
        yield {"pod": look.victim.pod, "nodes": ", ".join(able)}


def _why_not(look: Look, pod: Mapping[str, Any], name: str) -> str:
    if not look.world.ready(name):
        return look.world.not_ready_text(name)
    return placement.why_not(pod, look.nodes[name], look.pods_on(name))


def skewed(look: Look) -> Found:
    for name, seconds in sorted(look.situation.skew.items()):
        if abs(seconds) > SKEW_SECONDS:
            yield {"node": name, "seconds": f"{abs(seconds):.1f}", "way": "ahead of" if seconds > 0 else "behind"}


def no_power_commands(look: Look) -> Found:
    missing = [name for name in COMMANDS if name not in look.options.power]
    if missing:
        yield {"missing": ", ".join(missing)}


def power_not_proven(look: Look) -> Found:
    if look.situation.power_proven is not True and look.options.power >= set(COMMANDS):
        said = "says that it is off" if look.situation.power_proven is False else "was not asked"
        yield {"node": look.victim.node, "said": said}


def no_commands(look: Look) -> Found:
    if look.victim.node not in look.situation.reached:
        yield {"node": look.victim.node}


def not_opted_in(look: Look) -> Found:
    uid = look.situation.cluster_uid
    if not uid or look.options.allow != uid:
        yield {"uid": uid or "not known", "given": f"names {look.options.allow}" if look.options.allow else "is empty"}


def other_run(look: Look) -> Found:
    for held in look.situation.runs:
        if held.looks_alive:
            yield {"text": lease.busy(held)}
        elif held.open:
            yield {"text": lease.left(held)}


def controllers_node(look: Look) -> Found:
    if look.situation.controller and look.situation.controller == look.victim.node:
        yield {"node": look.victim.node}
