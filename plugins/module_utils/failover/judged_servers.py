# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the servers: one writer at a time, the same database, the fault seen, nothing damaged. Each function judges one thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import CLUSTER, Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import Judged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS

# The operator labels one pod after the other: for a moment two carry the primary's.
LABEL_SECONDS = 5.0
POD, SERVER, NODE = "pod", "server", "node"
# What a fault changes, so that it is seen to have hit: a new pod, a new start of the server, or a node that falls silent.
EFFECTS = {
    "pod_delete": POD,
    "drain": POD,
    "postmaster_kill": SERVER,
    "crash": SERVER,
    "power_off": SERVER,
    "kubelite_stop": NODE,
    "partition": NODE,
}
SILENT = ("lease_stops", "not_ready")  # milestones of a node


def one_writer(evidence: Evidence) -> Judged:
    """Never two that take writes: by the acknowledgements, by asking each, by the label that the service goes by."""
    found = []
    analysis = evidence.after_restore or evidence.analysis  # the later one knows more
    for row in analysis.overlaps if analysis is not None else ():
        seconds = (row.end - row.begin) / 1e6
        older, newer = _named(row.older, evidence), _named(row.newer, evidence)
        found.append(f"{older} went on to acknowledge writes for {seconds:.3f} s after {newer} had begun to")
    for round_ in evidence.rounds:
        both = writing(round_)
        if len(both) > 1:
            found.append(f"{' and '.join(both)} took writes when they were asked")
    for row in evidence.two_primaries:
        if row["seconds"] >= LABEL_SECONDS:
            found.append(f"{' and '.join(row['pods'])} were both Ready and labelled as the primary for {row['seconds']:.1f} s")
    if found:
        return Judged(FAIL, "; ".join(dict.fromkeys(found)))
    servers = analysis.servers if analysis is not None else {}
    if not servers:
        return Judged(NOT_KNOWN, "which servers acknowledged writes is not known")
    asked = f"; asked {len(evidence.rounds)} times, never did two take writes" if evidence.rounds else "; the servers were not asked"
    turns = [_named(name, evidence) for name in sorted(servers, key=lambda name: servers[name].first)]
    return Judged(PASS, f"{' then '.join(turns)} acknowledged writes, one at a time{asked}")


def _named(address: str, evidence: Evidence) -> str:
    """With its pod, where one had that address before or has it now."""
    for side in (evidence.before, evidence.after):
        for pod, row in (side.get("pods") or {}).items():
            if row.get("address") == address:
                return f"{pod} ({address})"
    return address


def writing(round_: Mapping[str, bool | None]) -> list[str]:
    return sorted(pod for pod, writes in round_.items() if writes)


def old_primary(evidence: Evidence) -> Judged:
    if not evidence.rounds:
        return Judged(NOT_KNOWN, "the servers were not asked whether they take writes")
    last, old = evidence.rounds[-1], evidence.before.get("primary")
    writers = writing(last)
    if len(writers) > 1:
        return Judged(FAIL, f"{' and '.join(writers)} took writes when the cluster was whole again")
    if not writers:
        return Judged(NOT_KNOWN, "no server said that it takes writes when the cluster was whole again")
    if writers == [old]:
        return Judged(PASS, f"{old} is the primary as before, and no other takes writes")
    word = {False: "takes no writes", None: "does not answer"}[last.get(old)]
    return Judged(PASS, f"{old}, the primary before, {word}; {writers[0]} alone does")


def same_database(evidence: Evidence) -> Judged:
    before, after = primary(evidence.before), primary(evidence.after)
    if not before or not after:
        return Judged(NOT_KNOWN, "the primary was not asked who it is, before or after")
    wanted = before["system_identifier"]
    strange = sorted(name for name, row in evidence.after["instances"].items() if row["system_identifier"] != wanted)
    if strange:
        return Judged(FAIL, f"{', '.join(strange)} has another system identifier than before ({wanted}): it is another database")
    was, now = before["timeline"], after["timeline"]
    old, new = evidence.before["primary"], evidence.after["primary"]
    if now < was:
        return Judged(FAIL, f"the timeline went back from {was} to {now}: an older state came back")
    if old != new and now == was:
        return Judged(FAIL, f"{new} writes on timeline {now} as {old} did: it was not promoted")
    if evidence.topology != CLUSTER and now != was:
        return Judged(FAIL, f"the timeline went from {was} to {now}, and nothing was to be promoted")
    if lsn(after["lsn"]) < lsn(before["lsn"]):
        return Judged(FAIL, f"the log ends at {after['lsn']}, and had come to {before['lsn']}: an older state came back")
    moved = f"from {old} to {new}" if old != new else f"{new} as before"
    return Judged(PASS, f"system identifier {wanted}, timeline {was} to {now}, log {before['lsn']} to {after['lsn']}; primary {moved}")


def primary(side: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the primary said of itself, empty if it was not asked."""
    return (side.get("instances") or {}).get(side.get("primary")) or {}


def lsn(text: str) -> int:
    """A place in the log in bytes. Raises ValueError."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def fault_seen(evidence: Evidence) -> Judged:
    """A fault that did not hit proves nothing."""
    wanted, pod = EFFECTS.get(evidence.fault), evidence.victim_pod or evidence.before.get("primary", "")
    if wanted == NODE:
        return _silent(evidence)
    was, now = ((side.get("pods") or {}).get(pod) for side in (evidence.before, evidence.after))
    if wanted is None or was is None or not evidence.after.get("pods"):
        return Judged(NOT_KNOWN, f"whether {evidence.fault} took effect on {pod or 'its victim'} was not looked at")
    if now is None:
        return Judged(PASS, f"pod {pod} is gone")
    if now["uid"] != was["uid"]:
        place = f"from {was['node']} to {now['node']}" if now["node"] != was["node"] else f"on {now['node']} again"
        return Judged(PASS, f"pod {pod} is a new one, {place}")
    if wanted == POD:
        return Judged(NOT_KNOWN, f"pod {pod} is the one of before: {evidence.fault} did not hit it")
    if now["restarts"] > was["restarts"]:
        return Judged(PASS, f"the container of {pod} was started anew ({now['restarts']} times so far)")
    started, restarted = ((side.get("instances") or {}).get(pod, {}).get("started") for side in (evidence.before, evidence.after))
    if started and restarted and started != restarted:
        return Judged(PASS, f"the server of {pod} was started anew ({restarted})")
    return Judged(NOT_KNOWN, f"nothing shows that the server of {pod} was started anew: {evidence.fault} did not hit it")


def _silent(evidence: Evidence) -> Judged:
    seen = [name for name in SILENT if getattr(evidence.milestones.get(name), "at", None) is not None]
    if seen:
        return Judged(PASS, f"node {evidence.victim_node or 'of the victim'} fell silent ({' and '.join(seen)})")
    return Judged(NOT_KNOWN, f"node {evidence.victim_node or 'of the victim'} was not seen to fall silent: {evidence.fault} did not hit it")


def nothing_touched(evidence: Evidence) -> Judged:
    """Without a fault each pod is the one that it was."""
    before, after = evidence.before.get("pods") or {}, evidence.after.get("pods") or {}
    if not before or not after:
        return Judged(NOT_KNOWN, "the pods were not looked at")
    other = sorted(name for name, row in before.items() if (after.get(name) or {}).get("uid") != row["uid"])
    if other:
        return Judged(FAIL, f"without a fault {', '.join(other)} is not the pod that it was")
    return Judged(PASS, f"{', '.join(sorted(before))} are the pods that they were")


def undamaged(evidence: Evidence) -> Judged:
    found, weak = [], []
    for name, row in sorted((evidence.after.get("instances") or {}).items()):
        was = ((evidence.before.get("instances") or {}).get(name) or {}).get("checksum_failures") or 0
        if (row.get("checksum_failures") or 0) > was:
            found.append(f"{name} counts {row['checksum_failures']} pages with a wrong checksum, and had {was}")
        if not row.get("checksums"):
            weak.append(f"{name} keeps no checksums")
    check = evidence.after.get("amcheck")
    if check and check["verdict"] == FAIL:
        found.append(f"pg_amcheck: {check['said']}")
    if found:
        return Judged(FAIL, "; ".join(found))
    if not evidence.after.get("instances"):
        return Judged(NOT_KNOWN, "no server was asked")
    if not check or check["verdict"] != PASS:
        weak.append(f"tables and indexes were not gone through: {check['said'] if check else 'pg_amcheck was not run'}")
    if len(weak) > len(evidence.after["instances"]):
        return Judged(NOT_KNOWN, "; ".join(weak))
    clean = "no page with a wrong checksum" + ("; pg_amcheck finds nothing wrong" if check and check["verdict"] == PASS else "")
    return Judged(PASS, "; ".join([clean, *weak]))


def logs_clean(evidence: Evidence) -> Judged:
    logs = evidence.after.get("logs")
    if not logs:
        return Judged(NOT_KNOWN, "the logs of the servers were not read")
    if logs["lines"]:
        first = logs["lines"][0]
        more = f", and {len(logs['lines']) - 1} more" if len(logs["lines"]) > 1 else ""
        return Judged(FAIL, f"{first['pod']}: {first['line']}{more}")
    if logs["silent"]:
        return Judged(NOT_KNOWN, f"the log of {', '.join(sorted(logs['silent']))} could not be read")
    return Judged(PASS, "neither a panic nor an invalid page nor a write that failed")
