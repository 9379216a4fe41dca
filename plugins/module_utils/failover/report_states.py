# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a report says what it knows: the tables of tones, of faults in the past tense, and of groups of lanes.

A tone is a colour with a meaning, and there are four and an absence; none is told by colour alone.
"""

from __future__ import annotations

GOOD, CALM, WARN, BAD, NONE = "good", "calm", "warn", "bad", "none"

# State of a span, in lower case -> tone. Others are NONE.
STATES = {
    "ok": GOOD,
    "writes": GOOD,
    "primary": GOOD,
    "ready": CALM,
    "standby": CALM,
    "replica": CALM,
    "streaming": CALM,
    "serves": CALM,
    "bound": CALM,
    "attached": CALM,
    "read-only": WARN,
    "hung": WARN,
    "cordoned": WARN,
    "starting": WARN,
    "not ready": WARN,
    "terminating": WARN,
    "recovering": WARN,
    "pending": WARN,
    "attaching": WARN,
    "unknown": WARN,
    "electing": WARN,
    "notready": BAD,
    "refused": BAD,
    "unreachable": BAD,
    "lost": BAD,
    "no server": BAD,
    "stalled": BAD,
    "two primaries": BAD,
    "split brain": BAD,
    "failed": BAD,
}

# States that have a pattern as well: three ways of taking no writes are told apart without colour.
HATCHED = {"hung": "hung", "read-only": "dots"}

SAID = {"notready": "not Ready", "ready": "Ready"}

VERDICTS = {"pass": GOOD, "fail": BAD, "unknown": WARN, "not applicable": NONE}
TITLES = {
    "pass": "The data survived",
    "fail": "Do not rely on this database yet",
    "unknown": "Nothing is proven yet",
}
# Kind of fault, verdict -> what is said instead.
OTHER_TITLES = {("none", "pass"): "No false alarm"}
# Kind of fault -> what happened; {node} and {pod} of the victim.
HAPPENED = {
    "none": "Nothing was injected",
    "pod_delete": "Pod {pod} was deleted",
    "drain": "{node} was drained",
    "postmaster_kill": "The server in {pod} was killed",
    "kubelite_stop": "Kubernetes on {node} was stopped",
    "partition": "{node} was cut off the network",
    "crash": "{node} crashed",
    "power_off": "{node} lost its power",
}
GROUPS = {"client": "Client", "node": "Nodes", "pod": "Pods", "volume": "Volumes", "postgres": "PostgreSQL"}
PHASES = {
    "plan": "plan",
    "prepare": "prepare",
    "steady": "steady load",
    "fault": "fault",
    "outage": "outage",
    "degraded": "degraded",
    "undo": "undo",
    "settle": "settling",
    "judge": "judge",
    "report": "report",
}
OF_RUN = {
    "cluster": "Cluster",
    "cluster_uid": "UID of the cluster",
    "namespace": "Namespace",
    "name": "Database",
    "topology": "Topology",
    "started": "Started",
    "ended": "Ended",
    "collection_version": "pikube.stateful",
}
