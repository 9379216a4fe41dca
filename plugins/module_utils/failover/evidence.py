# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is known of a run when it is judged. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NONE = "none"  # the kind of a run without a fault
CLUSTER, SINGLE = "cluster", "single"


@dataclass(frozen=True)
class Evidence:
    """Of one run. What was not looked at is None or empty, and no check takes it for good.

    fault: its kind. analysis: the ledger beside the rows as they were read when the outage was over. after_restore: the same beside the
    rows as they were read when the cluster was whole again.
    before, after: of integrity.gather(), in the steady state and when the cluster was whole again.
    victim_pod, victim_node: which was to be hit, "" for none. milestones: by id, each with .at (microseconds or None).
    stalled: why the control plane is said to have stood still (anomalies.stalled()), "" if it did not, None if nothing was watched.
    two_primaries: of anomalies.two_primaries().
    rounds: of integrity.writers(): pods to whether they took writes, None for one that could not be asked, in the order of time.
    baseline_before, baseline_after: of baseline.snapshot(). leftovers: what commands found on the nodes of what the run brought there,
    each as a sentence; None if no node was asked.
    undo: of undo.Undone, in the order in which they were done.
    rows_left: why the rows of the run are still in the database, "" if they are gone, None if they were to stay.
    predicted: seconds of the usual outage, None as the upper end for one that lasts until the undo. limit_seconds: longest outage that is
    accepted. resolution_ms: between two attempts in an outage.
    """

    fault: str
    topology: str
    analysis: Any = None
    after_restore: Any = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    victim_pod: str = ""
    victim_node: str = ""
    milestones: Mapping[str, Any] = field(default_factory=dict)
    stalled: str | None = None
    two_primaries: Sequence[Mapping[str, Any]] = ()
    rounds: Sequence[Mapping[str, bool | None]] = ()
    baseline_before: Mapping[str, Any] | None = None
    baseline_after: Mapping[str, Any] | None = None
    leftovers: Sequence[str] | None = None
    undo: Sequence[Any] = ()
    rows_left: str | None = None
    predicted: tuple[float, float | None] | None = None
    limit_seconds: float | None = None
    resolution_ms: float | None = None

    @property
    def null_run(self) -> bool:
        return self.fault == NONE
