# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded watch streams of runs, written down by hand with the times that were seen on virtual hosts: seconds from the fault."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import ADDED, DELETED, MODIFIED, Observation

START = 1_000_000_000  # microseconds; where the fault lies on the clock
NODES = ("pi01", "pi02", "pi03")
HEALTHY, FAILING, SWITCHING = "Cluster in healthy state", "Failing over", "Switchover in progress"


def at(seconds):
    return START + round(seconds * 1_000_000)


def node(ready="True", cordoned=False, taints=(), reason="KubeletReady"):
    return {"ready": ready, "reason": reason, "since": "", "cordoned": cordoned, "taints": sorted(taints), "boot": "b"}


def pod(number=1, role="replica", ready=True, uid="", deleting="", started="s1", on=None):
    return {
        "uid": uid or f"uid-{number}",
        "node": f"pi0{number}" if on is None else on,
        "ip": f"10.1.{number}.9",
        "phase": "Running",
        "ready": ready,
        "deleting": deleting,
        "doing": "running" if started else "waiting: ContainerCreating",
        "started": started,
        "restarts": 0,
        "role": role,
    }


def cluster(current="main-1", target=None, ready=3, timeline=1, phase=HEALTHY, synchronous=True):
    return {
        "phase": phase,
        "reason": "",
        "current": current,
        "target": current if target is None else target,
        "timeline": timeline,
        "ready": ready,
        "wanted": 3,
        "synchronous": synchronous,
    }


def endpoints(*numbers, service="main-outside"):
    return {"service": service, "ready": [[f"10.1.{number}.9", f"main-{number}", f"pi0{number}"] for number in numbers]}


def claim(number):
    return {"uid": f"claim-{number}", "phase": "Bound", "volume": f"pvc-{number}", "node": f"pi0{number}"}


def stream(*rows, before=(), until=200.0, silent=None, silence=(0.0, 0.0)):
    """rows: (seconds, kind, name, state), state None for a deletion. Leases are renewed every 10 s, of a silent node not in its silence."""
    told = [(-30.0, "Node", name, node()) for name in NODES]
    told += [*before, *rows]
    for turn, name in enumerate(NODES):
        renewals = [-28.0 + turn * 2 + 10 * count for count in range(int((until + 28) / 10))]
        told += [
            (seconds, "Lease", name, {"renewed": f"r{seconds}"})
            for seconds in renewals
            if name != silent or not silence[0] < seconds < silence[1]
        ]
    found, known = [], {}
    for turn, (seconds, kind, name, state) in enumerate(sorted(told, key=lambda row: row[0])):
        change = DELETED if state is None else MODIFIED if (kind, name) in known else ADDED
        known[kind, name] = state if state is not None else known.get((kind, name), {})
        # No two at the same microsecond, as an Observer has it.
        found.append(Observation(at(seconds) + turn, kind, name, change, known[kind, name]))
        if state is None:
            del known[kind, name]
    return found


WHOLE = (
    (-29.0, "Pod", "main-1", pod(1, "primary")),
    (-29.0, "Pod", "main-2", pod(2)),
    (-29.0, "Pod", "main-3", pod(3)),
    (-29.0, "Cluster", "main", cluster()),
    (-29.0, "EndpointSlice", "main-outside-a", endpoints(1)),
    (-29.0, "EndpointSlice", "main-rw-b", endpoints(1, service="main-rw")),
    *((-29.0, "Claim", f"main-{number}", claim(number)) for number in (1, 2, 3)),
)
UNREACHABLE = ("node.kubernetes.io/unreachable:NoExecute", "node.kubernetes.io/unreachable:NoSchedule")
LOST = node("Unknown", taints=UNREACHABLE, reason="NodeStatusUnknown")

# The host of the primary is gone without a word; it comes back 150 s later. NotReady about 50, failing over 56, promoted 73.
POWER_OFF = stream(
    (50.0, "Node", "pi01", node("Unknown", reason="NodeStatusUnknown")),
    (50.1, "Pod", "main-1", pod(1, "primary", ready=False)),
    (50.2, "Node", "pi01", LOST),
    (50.3, "EndpointSlice", "main-outside-a", endpoints()),
    (50.3, "EndpointSlice", "main-rw-b", endpoints(service="main-rw")),
    (50.4, "Cluster", "main", cluster(ready=2)),
    (56.0, "Cluster", "main", cluster(target="pending", ready=2, phase=FAILING)),
    (58.0, "Cluster", "main", cluster(target="main-2", ready=2, phase=FAILING)),
    (60.2, "Pod", "main-1", pod(1, "primary", ready=False, deleting="2026-11-23T10:01:30Z")),
    (72.6, "Pod", "main-2", pod(2, "primary")),
    (72.8, "EndpointSlice", "main-outside-a", endpoints(2)),
    (72.8, "EndpointSlice", "main-rw-b", endpoints(2, service="main-rw")),
    (73.0, "Cluster", "main", cluster("main-2", ready=2, timeline=2, phase=FAILING)),
    (152.0, "Node", "pi01", node()),
    (153.0, "Pod", "main-1", None),
    (154.0, "Pod", "main-1", pod(1, ready=False, uid="uid-4", started="")),
    (158.0, "Pod", "main-1", pod(1, ready=False, uid="uid-4", started="s2")),
    (170.0, "Pod", "main-1", pod(1, uid="uid-4", started="s2")),
    (171.0, "Cluster", "main", cluster("main-2", timeline=2)),
    before=WHOLE,
    silent="pi01",
    silence=(0.0, 150.0),
)
POWER_OFF_TIMES = {
    "last_acknowledged": -0.1,
    "fault": 0.0,
    "lease_stops": -8.0,
    "not_ready": 50.0,
    "unreachable": 50.2,
    "pod_deletion": 60.2,
    "pod_gone": 153.0,
    "failover_begins": 56.0,
    "target_chosen": 58.0,
    "promoted": 73.0,
    "labelled": 72.6,
    "endpoint": 72.8,
    "first_acknowledged": 73.1,
    "node_ready": 152.0,
    "restarted": 158.0,
    "standby": 170.0,
    "redundancy": 171.0,
}

# The same, and proven off: its pod is deleted by force after 2 s. Failing over 3, target 6, promoted 22.
FENCED = stream(
    (2.0, "Pod", "main-1", pod(1, "primary", deleting="2026-11-23T10:00:02Z")),
    (2.1, "Pod", "main-1", None),
    (2.3, "EndpointSlice", "main-outside-a", endpoints()),
    (3.0, "Cluster", "main", cluster(target="pending", ready=2, phase=FAILING)),
    (6.0, "Cluster", "main", cluster(target="main-2", ready=2, phase=FAILING)),
    (21.8, "Pod", "main-2", pod(2, "primary")),
    (21.9, "EndpointSlice", "main-outside-a", endpoints(2)),
    (22.0, "Cluster", "main", cluster("main-2", ready=2, timeline=2, phase=FAILING)),
    (50.0, "Node", "pi01", LOST),
    before=WHOLE,
    until=60.0,
    silent="pi01",
    silence=(0.0, 999.0),
)

# The node of the primary is cordoned and drained: the operator moves the primary first, and the pod comes back with the node.
DRAIN = stream(
    (0.1, "Node", "pi01", node(cordoned=True)),
    (1.5, "Cluster", "main", cluster(target="main-2", phase=SWITCHING)),
    (2.0, "Pod", "main-1", pod(1, "primary", ready=False)),
    (2.1, "EndpointSlice", "main-outside-a", endpoints()),
    (5.0, "Pod", "main-1", pod(1, "replica", ready=False)),
    (8.8, "Pod", "main-2", pod(2, "primary")),
    (8.9, "EndpointSlice", "main-outside-a", endpoints(2)),
    (9.0, "Cluster", "main", cluster("main-2", ready=2, timeline=2, phase=SWITCHING)),
    (10.0, "Pod", "main-1", pod(1, ready=False, deleting="2026-11-23T10:02:00Z")),
    (14.0, "Pod", "main-1", None),
    (15.0, "Pod", "main-1", pod(1, ready=False, uid="uid-4", started="", on="")),
    (30.0, "Node", "pi01", node()),
    (34.0, "Pod", "main-1", pod(1, ready=False, uid="uid-4", started="s2")),
    (45.0, "Pod", "main-1", pod(1, uid="uid-4", started="s2")),
    (46.0, "Cluster", "main", cluster("main-2", timeline=2)),
    before=WHOLE,
    until=60.0,
)

# The postmaster of the primary is killed: its container starts anew, and nobody takes over.
KILLED = stream(
    (0.6, "Pod", "main-1", pod(1, "primary", ready=False, started="")),
    (0.7, "EndpointSlice", "main-outside-a", endpoints()),
    (0.9, "Cluster", "main", cluster(ready=2)),
    (2.0, "Pod", "main-1", pod(1, "primary", ready=False, started="s2")),
    (6.0, "Pod", "main-1", pod(1, "primary", started="s2")),
    (6.1, "EndpointSlice", "main-outside-a", endpoints(1)),
    (6.2, "Cluster", "main", cluster()),
    before=WHOLE,
    until=20.0,
)
NOTHING = stream(before=WHOLE, until=20.0)

# A server alone on a replicated volume: its node is off, which is told to Kubernetes by the out-of-service taint.
SINGLE = stream(
    (50.0, "Node", "pi01", LOST),
    (50.1, "Pod", "main-0", pod(1, "primary", ready=False)),
    (50.2, "EndpointSlice", "main-outside-a", endpoints()),
    (50.3, "StatefulSet", "main", {"ready": 0, "wanted": 1}),
    (60.2, "Pod", "main-0", pod(1, "primary", ready=False, deleting="2026-11-23T10:01:30Z")),
    (70.0, "Pod", "main-0", None),
    (70.4, "Pod", "main-0", pod(2, "primary", uid="uid-5", ready=False, started="", on="")),
    (70.5, "Pod", "main-0", pod(2, "primary", uid="uid-5", ready=False, started="")),
    (71.0, "Attachment", "csi-1", None),
    (72.0, "Attachment", "csi-2", {"volume": "pvc-1", "node": "pi02", "attached": False}),
    (75.0, "Attachment", "csi-2", {"volume": "pvc-1", "node": "pi02", "attached": True}),
    (80.0, "Pod", "main-0", pod(2, "primary", uid="uid-5", ready=False, started="s2")),
    (88.0, "Pod", "main-0", pod(2, "primary", uid="uid-5", started="s2")),
    (88.1, "EndpointSlice", "main-outside-a", endpoints(2)),
    (88.2, "StatefulSet", "main", {"ready": 1, "wanted": 1}),
    before=(
        (-29.0, "Pod", "main-0", pod(1, "primary")),
        (-29.0, "StatefulSet", "main", {"ready": 1, "wanted": 1}),
        (-29.0, "EndpointSlice", "main-outside-a", endpoints(1)),
        (-29.0, "Attachment", "csi-1", {"volume": "pvc-1", "node": "pi01", "attached": True}),
        (-29.0, "Claim", "data-main-0", claim(1)),
    ),
    until=100.0,
    silent="pi01",
    silence=(0.0, 999.0),
)
