# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of where things are: volumes with their pods, and standbys on nodes of their own. Each function judges one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import CLUSTER, Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judged_servers import primary
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import Judged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS

MIB = 2**20
KEPT_BYTES = 64 * MIB  # of log that an idle slot may hold back


def same_volumes(evidence: Evidence) -> Judged:
    """The pod has the volume that it had, where it is now."""
    before, after = evidence.before.get("claims") or {}, evidence.after.get("claims") or {}
    if not before or not after:
        return Judged(NOT_KNOWN, "the claims were not looked at, before or after")
    found, gone = [], []
    for name, was in sorted(before.items()):
        now = after.get(name)
        if now is None:
            gone.append(name)
            continue
        for key, words in (("uid", "was made anew"), ("volume", "is bound to another volume"), ("handle", "has another volume behind it")):
            if now.get(key) != was.get(key):
                found.append(f"claim {name} {words}: {now.get(key)}, and was {was.get(key)}")
                break
    if gone and evidence.topology != CLUSTER:
        found.append(f"claim {', '.join(gone)} is gone")
    found += _apart(evidence)
    if found:
        return Judged(FAIL, "; ".join(found))
    kept = [name for name in before if name in after]
    if not kept:
        return Judged(NOT_KNOWN, f"claim {', '.join(gone)} is gone, and none is left to compare")
    loose = sorted(name for name, row in (evidence.after.get("volumes") or {}).items() if row.get("held_by") == "")
    if loose:
        text = f"the engine of {', '.join(loose)} names no node that holds it, which proves nothing, and any other node may mount it"
        return Judged(NOT_KNOWN, text)
    replaced = f"; {', '.join(gone)} is gone with its instance, which another one replaced" if gone else ""
    moved = sorted(pod for pod, (was, now) in _moves(evidence).items() if was != now)
    with_pods = f"; {', '.join(moved)} moved, and the volume with it" if moved else ""
    return Judged(PASS, f"{', '.join(sorted(kept))} are the volumes that they were{with_pods}{replaced}{_held(evidence)}")


def _held(evidence: Evidence) -> str:
    """Where the engine's own book and the copies of replicated volumes are, before and after."""
    was, now = evidence.before.get("volumes") or {}, evidence.after.get("volumes") or {}
    texts = []
    for name, row in sorted(now.items()):
        if row.get("replicated"):
            before = (was.get(name) or {}).get("held_by") or "nobody"
            nodes = ", ".join(filter(None, row.get("copies") or ()))
            texts.append(f"; {name}: held by {before} before and by {row.get('held_by') or 'nobody'} now, copies on {nodes or 'no node'}")
    return "".join(texts)


def _moves(evidence: Evidence) -> dict[str, tuple[str, str]]:
    before, after = evidence.before.get("pods") or {}, evidence.after.get("pods") or {}
    return {name: (before[name]["node"], row["node"]) for name, row in after.items() if name in before}


def _apart(evidence: Evidence) -> Iterator[str]:
    """Pods that are where their volume is not: a folder of a node does not come along, and an empty one is there instead."""
    moves, volumes = _moves(evidence), evidence.after.get("volumes") or {}
    for pod, row in sorted((evidence.after.get("pods") or {}).items()):
        node, (was, _now) = row["node"], moves.get(pod, ("", ""))
        for claim in row["claims"]:
            volume = volumes.get(claim)
            if volume is None or not node:
                continue
            attached, holders = volume.get("attached_to"), volume.get("attachments")
            book = volume.get("held_by")
            copies = [copy for copy in volume.get("copies") or () if copy]
            local = volume.get("source") in ("hostPath", "local") or (copies and volume.get("replicated") is False)
            if holders and holders != [node]:
                yield f"{pod} runs on {node}, and the volume of {claim} is attached to {' and '.join(holders)}"
            elif book and book != node:
                yield f"{pod} runs on {node}, and the engine of {claim} says that {book} holds its volume"
            elif attached and attached != node:
                yield f"{pod} runs on {node}, and the volume of {claim} is attached to {attached}"
            elif local and copies and node not in copies:
                yield f"{pod} runs on {node}, and the only copy of {claim} is on {', '.join(copies)}: the volume did not move"
            elif local and was and was != node:
                yield f"{pod} moved from {was} to {node}, and {claim} is a folder of a node: the volume did not move"


def volumes_writable(evidence: Evidence) -> Judged:
    volumes = evidence.after.get("volumes") or {}
    if not volumes:
        return Judged(NOT_KNOWN, "the volumes were not looked at")
    closed = sorted(name for name, row in volumes.items() if row.get("takes_writes") is False)
    if closed:
        return Judged(FAIL, f"{', '.join(closed)} takes no writes: {'; '.join(volumes[closed[0]].get('warnings') or ['see its engine'])}")
    unknown = sorted(name for name, row in volumes.items() if row.get("takes_writes") is None)
    if unknown:
        return Judged(NOT_KNOWN, f"whether {', '.join(unknown)} takes writes is not known")
    return Judged(PASS, f"{', '.join(sorted(volumes))} take writes")


def redundant_again(evidence: Evidence) -> Judged:
    leader, pods = primary(evidence.after), evidence.after.get("pods") or {}
    if not pods:
        return Judged(NOT_KNOWN, "the pods were not looked at")
    ready = sorted(name for name, row in pods.items() if row["ready"])
    nodes = [pods[name]["node"] for name in ready]
    streaming = [row for row in leader.get("standbys") or () if row["state"] == "streaming"]
    found = _lacking(evidence, ready, nodes)
    if leader:
        if len(streaming) < len(ready) - 1:
            found.append(f"{len(streaming)} of {len(ready) - 1} standbys stream")
        found += _diverged(evidence)
        found += _idle_slots(primary(evidence.before), leader)
    if found:
        return Judged(FAIL, "; ".join(found))
    unasked = sorted(set(ready) - set(evidence.after["instances"]))
    if unasked:
        return Judged(NOT_KNOWN, f"{', '.join(unasked)} was not asked")
    return Judged(PASS, f"{len(ready)} instances on {', '.join(sorted(nodes))}, {len(streaming)} standbys stream on one timeline")


def _lacking(evidence: Evidence, ready: Sequence[str], nodes: Sequence[str]) -> list[str]:
    before, found = evidence.before.get("pods") or {}, []
    wanted = sum(row["ready"] for row in before.values()) or len(evidence.after["pods"])
    if len(ready) < wanted:
        found.append(f"{len(ready)} of {wanted} instances are Ready")
    if not evidence.after.get("primary"):
        found.append("no instance is the primary")
    twice = sorted({node for node in nodes if nodes.count(node) > 1})
    if twice and len({row["node"] for row in before.values()}) == len(before):
        found.append(f"several instances are on {', '.join(twice)}, and none were before")
    return found


def _diverged(evidence: Evidence) -> list[str]:
    leader, name = primary(evidence.after), evidence.after["primary"]
    found = []
    for pod, row in sorted(evidence.after["instances"].items()):
        if pod != name and row["recovery"] and row["timeline"] != leader["timeline"]:
            found.append(f"{pod} is on timeline {row['timeline']}, and {name} on {leader['timeline']}")
    return found


def _idle_slots(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Log that nobody fetches fills the volume."""
    idle = {row["name"] for row in before.get("slots") or () if not row["active"]}
    return [
        f"slot {row['name']} is used by nobody and holds back {row['retained'] // MIB} MiB of the log"
        for row in after.get("slots") or ()
        if not row["active"] and row["name"] not in idle and (row["retained"] or 0) > KEPT_BYTES
    ]
