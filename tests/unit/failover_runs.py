# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of runs in which all is well, to be changed in one place by a test."""

from __future__ import annotations

import copy
from types import SimpleNamespace

from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import CLUSTER, SINGLE, Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.servers import Overlap, Server
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Undone

NODES = ("pi01", "pi02", "pi03")
SYSTEM = "7714063121932735864"


def analysis(**changes):
    findings = {
        "acknowledged": 4812,
        "lost": (),
        "phantom": (),
        "duplicated": (),
        "damaged": (),
        "disordered": (),
        "unknown_there": 1,
        "unknown_absent": 2,
    }
    findings = {name: changes.pop(name, value) for name, value in findings.items()}
    values = {
        "findings": SimpleNamespace(**findings),
        "entries": 9700,
        "digest": "0f" * 16,
        "torn": False,
        "rto_seconds": 6.1,
        "rpo_rows": len(findings["lost"]),
        "rpo_seconds": 0.0,
        "servers": {"10.1.0.1": Server(0, 30_000_000, 29_000_000, 2000), "10.1.0.2": Server(36_100_000, 90_000_000, 89_000_000, 2812)},
        "overlaps": (),
    }
    return SimpleNamespace(**{**values, **changes})


OVERLAP = Overlap("10.1.0.1", "10.1.0.2", 20_000_000, 30_000_000)

UNCORDONED = Undone("u1", "uncordon", "pi01 takes pods again", "pi01", True, 1, "", "")


def instance(recovery, timeline, lsn, **more):
    return {
        "system_identifier": SYSTEM,
        "recovery": recovery,
        "timeline": timeline,
        "lsn": lsn,
        "started": "2026-11-23T12:00:00.000000Z",
        "checksums": True,
        "checksum_failures": 0,
        "settings": {"fsync": "on", "synchronous_commit": "on", "synchronous_standby_names": 'ANY 1 ("main-2","main-3")'},
        "standbys": [],
        "slots": [],
        **more,
    }


def pod(number, **more):
    return {
        "uid": f"uid-{number}",
        "node": NODES[number - 1],
        "ready": True,
        "role": "replica",
        "address": f"10.1.0.{number}",
        "restarts": 0,
        "claims": [f"main-{number}"],
        **more,
    }


def volume(node, **more):
    return {
        "volume": f"pv-{node}",
        "engine": "hostpath",
        "replicated": False,
        "attached_to": node,
        "in_sync": 1,
        "wanted_copies": 1,
        "takes_writes": True,
        "healthy": True,
        "warnings": [],
        "copies": [node],
        "source": "local",
        "attachments": None,
        **more,
    }


def side(primary, timeline, lsn):
    """Three instances on three nodes."""
    names = [f"main-{number}" for number in (1, 2, 3)]
    standbys = [{"name": name, "state": "streaming", "sync": "quorum", "behind": 0} for name in names if name != primary]
    leader = instance(False, timeline, lsn, standbys=standbys)
    return {
        "primary": primary,
        "pods": {name: pod(number) for number, name in enumerate(names, 1)},
        "claims": {
            name: {"uid": f"claim-{number}", "volume": f"pv-{NODES[number - 1]}", "handle": f"/data/{name}"}
            for number, name in enumerate(names, 1)
        },
        "volumes": {name: volume(NODES[number - 1]) for number, name in enumerate(names, 1)},
        "instances": {name: leader if name == primary else instance(True, timeline, lsn) for name in names},
        "silent": {},
        "amcheck": {"verdict": "pass", "said": ""},
        "logs": {"lines": [], "silent": {}},
    }


def node(**more):
    return {"ready": True, "cordoned": False, "taints": [], "labels": {"kubernetes.io/hostname": "h"}, "annotations": {}, **more}


def baseline():
    return {
        "nodes": {name: node() for name in NODES},
        "budgets": {"database/main-primary": {"minAvailable": 1}},
        "workloads": {"Deployment cnpg-system/cnpg-controller-manager": {"replicas": 1}},
        "clusters": {"database/main": {"instances": 3}},
        "hosts": {},
    }


def drained():
    """main-1 was the primary on pi01; its node was drained, and main-2 took over."""
    before, after = side("main-1", 1, "0/3000000"), side("main-2", 2, "0/9000148")
    after["pods"]["main-1"]["uid"] = "uid-4"
    return Evidence(
        fault="drain",
        topology=CLUSTER,
        analysis=analysis(),
        after_restore=analysis(entries=9900, acknowledged=4900),
        before=before,
        after=after,
        victim_pod="main-1",
        victim_node="pi01",
        rounds=({"main-1": None, "main-2": True, "main-3": False}, {"main-1": False, "main-2": True, "main-3": False}),
        baseline_before=baseline(),
        baseline_after=baseline(),
        undo=(UNCORDONED,),
        rows_left="",
        stalled="",
        predicted=(1.0, 45.0),
        resolution_ms=20.0,
    )


def untouched():
    """A run without a fault."""
    before, after = side("main-1", 1, "0/3000000"), side("main-1", 1, "0/9000148")
    one = {"rto_seconds": 0.0, "servers": {"10.1.0.1": Server(0, 90_000_000, 89_000_000, 4812)}}
    return Evidence(
        fault="none",
        topology=CLUSTER,
        analysis=analysis(**one),
        after_restore=analysis(**one),
        before=before,
        after=after,
        rounds=({"main-1": True, "main-2": False, "main-3": False},),
        baseline_before=baseline(),
        baseline_after=baseline(),
        stalled="",
        predicted=(0.0, 0.0),
        resolution_ms=20.0,
    )


def moved():
    """A server alone on a replicated volume, whose node lost its power: pod and volume went to another one."""
    leader = instance(False, 1, "0/3000000")
    block = {"source": "csi", "engine": "jiva", "replicated": True, "copies": list(NODES), "wanted_copies": 3, "in_sync": 3}
    before = {
        "primary": "db-0",
        "pods": {"db-0": pod(1, claims=["data-db-0"], role="")},
        "claims": {"data-db-0": {"uid": "claim-1", "volume": "pvc-1", "handle": "pvc-1"}},
        "volumes": {"data-db-0": volume("pi01", volume="pvc-1", **block)},
        "instances": {"db-0": leader},
        "silent": {},
        "amcheck": None,
        "logs": None,
    }
    after = copy.deepcopy(before)
    after["pods"]["db-0"].update(uid="uid-2", node="pi02")
    after["volumes"]["data-db-0"]["attached_to"] = "pi02"
    after["instances"]["db-0"].update(lsn="0/8000000", started="2026-11-23T12:10:00.000000Z")
    after["logs"] = {"lines": [], "silent": {}}
    return Evidence(
        fault="power_off",
        topology=SINGLE,
        analysis=analysis(rto_seconds=101.5),
        after_restore=analysis(),
        before=before,
        after=after,
        victim_pod="db-0",
        victim_node="pi01",
        baseline_before=baseline(),
        baseline_after=baseline(),
        undo=(Undone("u1", "power_on", "pi01 gets its power back", "pi01", True, 1, "", ""),),
        stalled="",
        predicted=(60.0, None),
        resolution_ms=20.0,
    )
