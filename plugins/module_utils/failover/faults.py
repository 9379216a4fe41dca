# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults: the table, from the mildest to the hardest.

Bands: seconds from the first write that fails to the next that is acknowledged. Sources: CloudNativePG's own end-to-end limits (20 s for
a fail-over, 45 s for a switchover), Kubernetes' timers at a node-monitor grace of 50 s, and what was observed on virtual hosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

API, NODE, POWER, SQL = "api", "node", "power", "sql"  # interfaces that a fault needs
CLUSTER, SINGLE = "cluster", "single"  # topologies
FENCE, TAINT = "fence", "taint"  # what is done besides, once a node is proven off
UNCORDON, PARTITION, KUBELITE, POWER_ON, UNTAINT = "uncordon", "partition", "kubelite", "power_on", "untaint"  # kinds of undo
GRACE_SECONDS = 50.0  # Kubernetes' own since 1.32, which the bands below are for

EVERY = ("P1", "P3", "P4", "P7", "P10", "P11", "P12", "P13", "P15", "P16")
NODE_LOSS = (*EVERY, "P2", "P5", "P6", "P14")


class Band(NamedTuple):
    """Seconds. high: None for an outage that does not end before the fault is undone."""

    low: float
    high: float | None


@dataclass(frozen=True)
class Fault:
    """what: one sentence. needs: interfaces. interlocks: ids of preconditions.

    undo: kinds of undo, in the order in which a run registers them; it undoes in the other.
    loses_node: Kubernetes takes the node for lost, and its API server is gone. loses_voter: its member of the datastore is gone as well.
    waits_for_grace: the upper end of a band contains the node monitor's grace. bands: by topology, or by topology and what is done besides.
    """

    kind: str
    what: str
    needs: tuple[str, ...]
    undo: tuple[str, ...]
    interlocks: tuple[str, ...]
    loses_node: bool
    loses_voter: bool
    waits_for_grace: bool
    bands: Mapping[tuple[str, str], Band] = field(hash=False)

    def band(self, topology: str, besides: str = "", grace: float = GRACE_SECONDS) -> Band:
        """Seconds without acknowledged writes to expect. besides: FENCE, TAINT or nothing. grace: seconds of the node monitor here."""
        own = self.bands.get((topology, besides))
        low, high = found = own or self.bands[topology, ""]
        if not self.waits_for_grace or (own and besides == FENCE and topology == CLUSTER):
            return found
        shift = grace - GRACE_SECONDS
        # A node is missed ten seconds before its grace is over at the earliest: less than that does not contain it.
        return Band(max(0.0, low + shift) if low >= GRACE_SECONDS - 10 else low, None if high is None else max(0.0, high + shift))


_ROWS = (
    Fault(
        kind="none",
        what="Nothing is injected: the load and the judge alone, which have to find no outage and no loss.",
        needs=(SQL,),
        undo=(),
        interlocks=EVERY,
        loses_node=False,
        loses_voter=False,
        waits_for_grace=False,
        bands={(CLUSTER, ""): Band(0.0, 0.0), (SINGLE, ""): Band(0.0, 0.0)},
    ),
    Fault(
        kind="pod_delete",
        what="The primary's pod is deleted, with its usual grace.",
        needs=(API, SQL),
        undo=(),
        interlocks=EVERY,
        loses_node=False,
        loses_voter=False,
        waits_for_grace=False,
        bands={(CLUSTER, ""): Band(1.0, 45.0), (SINGLE, ""): Band(3.0, 60.0)},
    ),
    Fault(
        kind="drain",
        what="The node is cordoned and its pods are evicted, as kubectl drain does it, and afterwards it is given back.",
        needs=(API, SQL),
        undo=(UNCORDON,),
        interlocks=(*EVERY, "P6", "P8", "P9"),
        loses_node=False,
        loses_voter=False,
        waits_for_grace=False,
        bands={(CLUSTER, ""): Band(1.0, 45.0), (SINGLE, ""): Band(5.0, 120.0)},
    ),
    Fault(
        kind="postmaster_kill",
        what="The primary's postmaster gets SIGKILL inside its container.",
        needs=(API, SQL),
        undo=(),
        interlocks=EVERY,
        loses_node=False,
        loses_voter=False,
        waits_for_grace=False,
        bands={(CLUSTER, ""): Band(0.5, 45.0), (SINGLE, ""): Band(1.0, 60.0)},
    ),
    Fault(
        # The containers go on, and go on writing: it is not a dead node, it is one that nobody commands.
        kind="kubelite_stop",
        what="The node's kubelite (kubelet, API server, controllers, proxy) is stopped; its containers go on without it.",
        needs=(API, NODE, SQL),
        undo=(KUBELITE,),
        interlocks=NODE_LOSS,
        loses_node=True,
        loses_voter=False,
        waits_for_grace=True,
        bands={(CLUSTER, ""): Band(0.0, 60.0), (SINGLE, ""): Band(0.0, None)},
    ),
    Fault(
        kind="partition",
        what="The node is cut off from everything but the controller: all other packets in and out are dropped.",
        needs=(API, NODE, SQL),
        undo=(PARTITION,),
        interlocks=NODE_LOSS,
        loses_node=True,
        loses_voter=True,
        waits_for_grace=True,
        bands={(CLUSTER, ""): Band(45.0, 110.0), (SINGLE, ""): Band(45.0, None)},
    ),
    Fault(
        kind="crash",
        what="The node's kernel reboots at once, without a sync and without a word to anybody.",
        needs=(API, NODE, SQL),
        undo=(),
        interlocks=NODE_LOSS,
        loses_node=True,
        loses_voter=True,
        waits_for_grace=True,
        bands={(CLUSTER, ""): Band(10.0, 110.0), (SINGLE, ""): Band(20.0, 240.0)},
    ),
    Fault(
        kind="power_off",
        what="The node's power is cut.",
        needs=(API, POWER, SQL),
        undo=(UNTAINT, POWER_ON),
        interlocks=NODE_LOSS,
        loses_node=True,
        loses_voter=True,
        waits_for_grace=True,
        bands={
            (CLUSTER, ""): Band(45.0, 110.0),
            (CLUSTER, TAINT): Band(45.0, 110.0),
            (CLUSTER, FENCE): Band(5.0, 30.0),
            (SINGLE, ""): Band(45.0, None),
            # No other node may mount its volume before Kubernetes knows that the first one is gone, whatever becomes of the pod.
            (SINGLE, TAINT): Band(60.0, 240.0),
            (SINGLE, FENCE): Band(45.0, 240.0),
        },
    ),
)

FAULTS: dict[str, Fault] = {fault.kind: fault for fault in _ROWS}  # in the order of severity
SEVERITY: dict[str, int] = {kind: place for place, kind in enumerate(FAULTS)}
