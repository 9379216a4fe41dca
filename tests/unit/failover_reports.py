# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs for the tests of the report: what each would know at its end. All figures are made up."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from ansible_collections.pikube.stateful.plugins.module_utils.failover.clock import Moment
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outages import Outage
from ansible_collections.pikube.stateful.plugins.module_utils.failover.report import Material, report
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Findings

ZERO = 7_000_000_000  # microseconds of the monotonic clock at the fault
WALL = 1_796_072_733.25  # 2026-11-30T21:05:33.250Z, at the fault
RUN = {
    "id": "20261130T210433Z-power_off",
    "cluster": "pi01.lab:16443",
    "cluster_uid": "6f0f7a0e-8e1c-4d0f-9f30-31b1a7f4d1c2",
    "namespace": "postgres",
    "name": "main",
    "topology": "cluster",
    "collection_version": "0.4.0",
}
ENVIRONMENT = {
    "Kubernetes": "v1.34.4",
    "PostgreSQL": "17.6",
    "CloudNativePG": "1.30.0",
    "OpenEBS": "4.5.0, engine hostpath",
    "nodes": {"pi01": "Raspberry Pi 4, 4 GB", "pi02": "Raspberry Pi 4, 4 GB", "pi03": "Raspberry Pi 4, 4 GB"},
    "synchronous_standby_names": 'ANY 1 ("main-1","main-3")',
}
LOAD = {"writers": 8, "rate": 100, "short_per_second": 2, "readers": 1, "probe_ms": 20, "connect_seconds": 2, "hang_seconds": 10}


def at(seconds):
    return ZERO + round(seconds * 1e6)


def spans(*parts):
    """(from, to, state, label) in seconds."""
    return [
        {"from": at(begin), "to": None if end is None else at(end), "state": state, "label": label} for begin, end, state, label in parts
    ]


def lane(group, name, *parts):
    return {"group": group, "name": name, "spans": spans(*parts)}


def steps(*rows):
    return [{"id": name, "what": what, "at": None if when is None else at(when), "because": because} for name, what, when, because in rows]


def check(name, what, verdict="pass", evidence="", cure="", seconds=0.0):
    return {"id": name, "what": what, "verdict": verdict, "evidence": evidence and f"{evidence}.", "cure": cure, "seconds": seconds}


def series(begin, end, gap=None, rate=100.0):
    """Latency and acknowledgements of a steady load with nothing in the gap, and slow ones after it."""
    latency, acknowledged = [], []
    width = (end - begin) / 600
    for turn in range(600):
        when = begin + turn * width
        if gap and gap[0] <= when < gap[1]:
            continue
        ripple = (turn * 7919) % 100 / 100
        after = max(0.0, 1 - (when - gap[1]) / 8) if gap and when >= gap[1] else 0.0
        latency.append((round(when, 2), round(4.1 + ripple * 1.2 + after * 120, 2), round(8 + ripple * 16 + after * 900, 2)))
    for turn in range(int(begin), int(end)):
        hole = bool(gap and gap[0] - 1 < turn < gap[1])
        acknowledged.append((float(turn), 0.0 if hole else rate + (turn * 31) % 7 - 3))
    return latency, acknowledged


def latency(during=True):
    none = {"n": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}
    return {
        "before": {"n": 6004, "p50_ms": 4.3, "p99_ms": 11.2, "max_ms": 23.9},
        "during": none if not during else {"n": 14, "p50_ms": 212.0, "p99_ms": 940.0, "max_ms": 944.1},
        "after": {"n": 12044, "p50_ms": 4.6, "p99_ms": 38.0, "max_ms": 918.0},
    }


def analysis(found=None, outages=(), rto=0.0, rpo_seconds=0.0, curves=None, classes=None, **more):
    found = found or Findings(18_062, (), (), (), (), (), 3, 5)
    curves = curves or series(-60, 120)
    return SimpleNamespace(
        **{
            "findings": found,
            "entries": 2 * (found.acknowledged + found.unknown_there + found.unknown_absent) + 900,
            "digest": "5d41402abc4b2a76b9719d911017c592",
            "torn": False,
            "acked": found.acknowledged,
            "failed": 450,
            "unknown": found.unknown_there + found.unknown_absent,
            "outages": [Outage(at(begin), None if end is None else at(end), kinds, ()) for begin, end, kinds in outages],
            "rto_seconds": rto,
            "rpo_rows": len(found.lost),
            "rpo_seconds": rpo_seconds,
            "latency": latency(),
            "latency_series": curves[0],
            "acked_series": curves[1],
            "class_seconds": classes or {},
            **more,
        }
    )


def passed():
    """A node loses its power; a standby takes over, and all is there."""
    return Material(
        run=RUN,
        clock=Moment(ZERO, WALL),
        began_at=at(-74),
        ended_at=at(196),
        fault={
            "kind": "power_off",
            "what": "The victim's power is switched off.",
            "victim_node": "pi02",
            "victim_pod": "main-2",
            "options": {"fence": False, "hold_seconds": 120},
        },
        fault_at=ZERO,
        verdict="pass",
        because=["L4: all 18,062 acknowledged rows were there after the fail-over and after pi02 had returned"],
        analysis=analysis(
            outages=[(0.006, 61.342, {"refused": 2610, "hung": 16})],
            rto=61.336,
            curves=series(-60, 190, (0, 61.3)),
            classes={"refused": 49.2, "hung": 12.1},
        ),
        resolution_ms=20,
        ledger_path="reports/20261130T210433Z-power_off/ledger.txt",
        predicted=(45.0, 75.0),
        floor_seconds=50.0,
        phases=[
            ("plan", at(-74), at(-70)),
            ("prepare", at(-70), at(-60)),
            ("steady", at(-60), at(0)),
            ("fault", at(0), at(0.8)),
            ("outage", at(0.8), at(61.3)),
            ("degraded", at(61.3), at(120)),
            ("undo", at(120), at(121.5)),
            ("settle", at(121.5), at(186)),
            ("judge", at(186), at(191)),
            ("report", at(191), at(196)),
        ],
        milestones=steps(
            ("fault_injected", "Fault injected", 0, "the power command returned"),
            ("last_ack", "Last acknowledged write before the outage", -0.004, "ledger"),
            ("lease_stops", "pi02 renews its lease no more", -3.1, "its last renewal"),
            ("not_ready", "pi02 NotReady", 50.2, "condition Ready is Unknown"),
            ("taint", "pi02 tainted unreachable", 50.3, "taint node.kubernetes.io/unreachable"),
            ("failover_begins", "Fail-over begins", 55.4, "phase Failing over"),
            ("new_primary", "main-3 is the primary", 60.8, "status.currentPrimary"),
            ("endpoint", "The service leads to main-3", 61.1, "EndpointSlice main-rw"),
            ("first_ack", "First acknowledged write", 61.342, "ledger"),
            ("pod_gone", "Pod main-2 gone", None, "it stayed until pi02 was back"),
            ("node_ready", "pi02 Ready again", 158.0, "condition Ready"),
            ("streaming", "main-2 streams again", 176.5, "pg_stat_replication"),
            ("redundancy", "Redundancy is back: 3 of 3 instances Ready", 181.9, "status.readyInstances"),
        ),
        lanes=[
            lane(
                "client",
                "writes",
                (-60, 0.006, "ok", ""),
                (0.006, 12.1, "hung", ""),
                (12.1, 61.342, "refused", ""),
                (61.342, 190, "ok", ""),
            ),
            lane("node", "pi01", (-74, 196, "ready", "")),
            lane("node", "pi02", (-74, 50.2, "ready", ""), (50.2, 158, "unreachable", "NodeStatusUnknown"), (158, 196, "ready", "")),
            lane("node", "pi03", (-74, 196, "ready", "")),
            lane("pod", "main-1", (-74, 196, "replica", "pi01")),
            lane("pod", "main-2", (-74, 50.4, "primary", "pi02"), (50.4, 166, "not ready", "pi02"), (166, 196, "replica", "pi02")),
            lane("pod", "main-3", (-74, 60.8, "replica", "pi03"), (60.8, 196, "primary", "pi03")),
            lane("volume", "main-2", (-74, 196, "bound", "pi02")),
            lane(
                "postgres",
                "main",
                (-74, 55.4, "primary", "main-2, timeline 4"),
                (55.4, 60.8, "electing", "Failing over"),
                (60.8, 196, "primary", "main-3, timeline 5"),
            ),
        ],
        checks=[
            check(
                "L4",
                "Every acknowledged row is there, and no other",
                evidence="18,062 acknowledged, 18,065 there, 3 of them unknown to their client",
                seconds=1.2,
            ),
            check("L5", "They are still there after the failed node returned", evidence="read again 65 s after the undo", seconds=1.1),
            check("T2", "Outages are told apart", evidence="refused 49.2 s, hung 12.1 s"),
            check("T6", "The control plane noticed the fault", evidence="NotReady 50.2 s after the fault, the grace is 50 s"),
            check("I1", "It is the same database on the next timeline", evidence="system identifier 7421…; timeline 4, then 5"),
            check("I4", "No checksum failed", evidence="0 failures; pg_amcheck found nothing", seconds=4.8),
            check("I6", "Only one server takes writes at any time", evidence="acknowledgements of main-2 end before those of main-3 begin"),
            check("I8", "The instances are on different nodes again", evidence="pi01, pi02, pi03"),
            check("R1", "No cordon, no taint, no rule and no timer is left", evidence="equal to the baseline"),
            check("R4", "The table of the test is gone", "not applicable", "verify_keep is set"),
            check("S1", "Never two primaries", evidence="one label role=primary at all times"),
            check("C0", "A run without a fault finds nothing", "not applicable", "a fault was injected"),
        ],
        undo=[{"id": "power_on", "what": "Power of pi02 on", "node": "pi02", "done": True, "at": at(121.4), "manual": "plug --on pi02"}],
        plan={"victim": "pi02", "why": "it has the primary main-2", "touches": ["node pi02", "pod main-2"], "warnings": []},
        load=LOAD,
        environment=ENVIRONMENT,
    )


def split_brain():
    """A node is cut off; its server goes on taking writes of sessions that it has, and they are gone when it returns."""
    lost = tuple((writer, number) for number in range(1201, 1240) for writer in range(1, 9))
    found = Findings(17_640, lost, (), ((2, 1199),), (), (), 0, 11)
    base = passed()
    return replace(
        base,
        run={**RUN, "id": "20261130T213010Z-partition"},
        fault={
            "kind": "partition",
            "what": "The victim is cut off the network.",
            "victim_node": "pi02",
            "victim_pod": "main-2",
            "options": {},
        },
        verdict="fail",
        because=[
            "S1: two servers took writes at the same time for 24.1 s: main-2 and main-3",
            "L4: 312 acknowledged rows are lost, the first is number 1201 of writer 1",
        ],
        analysis=analysis(),
        again=analysis(
            found=found,
            outages=[(0.9, 9.4, {"refused": 204}), (31.0, 91.0, {"refused": 2200, "hung": 40, "read-only": 210})],
            rto=60.0,
            rpo_seconds=24.1,
            curves=series(-60, 190, (31, 91)),
            classes={"refused": 38.1, "hung": 20.4, "read-only": 10.0},
        ),
        predicted=(45.0, 58.0),
        lanes=[
            lane(
                "client",
                "writes",
                (-60, 0.9, "ok", ""),
                (0.9, 9.4, "refused", ""),
                (9.4, 31, "ok", ""),
                (31, 51, "hung", ""),
                (51, 61, "read-only", ""),
                (61, 91, "refused", ""),
                (91, 190, "ok", ""),
            ),
            *base.lanes[1:5],
            lane("pod", "main-2", (-74, 85, "primary", "pi02"), (85, 130, "not ready", "pi02"), (130, 196, "replica", "pi02")),
            lane("pod", "main-3", (-74, 60.9, "replica", "pi03"), (60.9, 196, "primary", "pi03")),
            lane("volume", "main-2", (-74, 196, "bound", "pi02")),
            lane(
                "postgres",
                "main",
                (-74, 60.9, "primary", "main-2, timeline 4"),
                (60.9, 85, "two primaries", "main-2 and main-3"),
                (85, 196, "primary", "main-3, timeline 5"),
            ),
        ],
        checks=[
            check(
                "S1",
                "Never two primaries",
                "fail",
                "main-2 acknowledged at +84.9 s, 24.0 s after main-3 had begun to (+60.9 s)",
                "Set smartShutdownTimeout of the Cluster to 0 and keep the isolation check on: an isolated primary then ends its sessions"
                " within seconds. Verify again before you rely on it.",
            ),
            check(
                "L4",
                "Every acknowledged row is there, and no other",
                "fail",
                "312 of 17,640 acknowledged rows are lost: writer 1 number 1201, and 311 more; 1 row is there twice",
                "Set postgresql.synchronous with dataDurability required, so that a commit waits for a standby.",
            ),
            check(
                "L5",
                "They are still there after the failed node returned",
                "unknown",
                "the first reading had already failed",
                "Verify again once L4 passes.",
            ),
            *[each for each in base.checks if each["id"] not in ("S1", "L4", "L5")],
        ],
        undo=[
            {
                "id": "partition",
                "what": "Table pikube_failover of nft deleted",
                "node": "pi02",
                "done": False,
                "at": None,
                "problem": "ssh: connect to host pi02 port 22: No route to host",
                "manual": "ssh pi02 sudo nft delete table inet pikube_failover",
            },
            {
                "id": "timer",
                "what": "Timer pikube-failover-undo stopped",
                "node": "pi02",
                "done": True,
                "at": at(121.0),
                "manual": "ssh pi02 sudo systemctl stop pikube-failover-undo.timer",
            },
        ],
    )


def stalled():
    """The control plane does not notice; writes are not taken again, and the database cannot be blamed."""
    base = passed()
    return replace(
        base,
        run={**RUN, "id": "20261130T220010Z-crash"},
        fault={**base.fault, "kind": "crash", "what": "The victim reboots without a sync."},
        verdict="unknown",
        because=["T6: the control plane stalled: the lease of pi02 is 161 s old and the node is still Ready (microk8s issue 5386)"],
        analysis=analysis(
            found=Findings(6_004, (), (), (), (), (), 0, 8),
            outages=[(0.006, None, {"refused": 5800, "hung": 16})],
            rto=None,
            curves=series(-60, 185, (0, 185)),
            classes={"refused": 150.0, "hung": 34.0},
            latency={**latency(), "after": {"n": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}},
        ),
        milestones=[
            {**each, "at": each["at"] if each["id"] in ("fault_injected", "last_ack", "lease_stops") else None} for each in base.milestones
        ],
        lanes=[
            lane("client", "writes", (-60, 0.006, "ok", ""), (0.006, 34, "hung", ""), (34, 186, "refused", "")),
            lane("node", "pi01", (-74, 196, "ready", "")),
            lane("node", "pi02", (-74, 80, "ready", ""), (80, None, "stalled", "Ready, though its Lease ended")),
            lane("pod", "main-2", (-74, None, "primary", "pi02")),
            lane("pod", "main-3", (-74, 196, "replica", "pi03")),
        ],
        checks=[
            check(
                "T6",
                "The control plane noticed the fault",
                "unknown",
                "the lease of pi02 is 161 s old, the node is still Ready",
                "Restart kubelite on the node that leads (microk8s issue 5386), or use Kubernetes 1.32, and verify again.",
            ),
            check("L4", "Every acknowledged row is there, and no other", evidence="6,004 acknowledged, all there"),
            check("C0", "A run without a fault finds nothing", "not applicable", "a fault was injected"),
        ],
    )


def null():
    """Nothing is injected, and nothing is found."""
    base = passed()
    return replace(
        base,
        run={**RUN, "id": "20261130T200000Z-none"},
        fault={"kind": "none", "what": "Nothing is injected.", "victim_node": None, "victim_pod": None, "options": {}},
        fault_at=None,
        analysis=analysis(found=Findings(18_062, (), (), (), (), (), 0, 0), latency=latency(during=False)),
        predicted=(0.0, 0.0),
        floor_seconds=None,
        milestones=[],
        lanes=[lane("client", "writes", (-60, 120, "ok", ""))],
        undo=[],
        checks=[check("C0", "A run without a fault finds nothing", evidence="no outage, no loss")],
    )


MATERIALS = {"pass": passed, "split-brain": split_brain, "unknown": stalled, "null": null}


def reports():
    return {name: report(make()) for name, make in MATERIALS.items()}
