# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a volume survives the loss of nodes: by the copies that are left in sync on Ready nodes, and the engine's quorum."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Finding


@dataclass(frozen=True)
class Survival:
    """data_kept: whether a copy in sync is left. takes_writes: whether writes go on. None where that is not known."""

    data_kept: bool | None
    takes_writes: bool | None
    because: str

    @property
    def survives(self) -> bool:
        """What is not known is no."""
        return self.data_kept is True and self.takes_writes is True

    def facts(self) -> dict[str, Any]:
        return {
            "survives": self.survives,
            "data_kept": self.data_kept,
            "takes_writes": self.takes_writes,
            "because": self.because,
        }


def without(finding: Finding, lost: Collection[str], ready: Collection[str]) -> Survival:
    """What is left of a volume without certain nodes. ready: names of the nodes that are Ready now."""
    if finding.doubts:
        return Survival(None, None, f"not known: {finding.doubts[0]}")
    left = [copy for copy in finding.copies if copy.in_sync and copy.node in ready and copy.node not in lost]
    kept = data_kept(finding.copies, left, lost)
    if finding.quorum is None:
        return Survival(kept, None, "not known: how many copies a write needs is not known")
    if not left:
        return Survival(kept, False, nothing_left(finding.copies, lost))
    counted = f"{len(left)} of {finding.wanted} copies left in sync, on {listed(copy.node for copy in left)}"
    if len(left) < finding.quorum:
        return Survival(kept, False, f"{counted}; a write needs {finding.quorum}")
    if finding.writes is False:
        return Survival(kept, False, f"{counted}, but the engine says that the volume takes no writes now")
    if finding.target is not None and finding.target in lost:
        if not finding.target_moves:
            return Survival(kept, None, f"{counted}, but its target on {finding.target} is not moved by itself")
        return Survival(kept, True, f"{counted}; a write needs {finding.quorum}; its target on {finding.target} starts elsewhere first")
    return Survival(kept, True, f"{counted}; a write needs {finding.quorum}")


def data_kept(copies: Iterable[Copy], left: Collection[Copy], lost: Collection[str]) -> bool | None:
    """None while a copy that may be good is on a node that is not lost for good."""
    if left:
        return True
    return None if any(copy.in_sync is not False and copy.node not in lost for copy in copies) else False


def nothing_left(copies: Collection[Copy], lost: Collection[str]) -> str:
    elsewhere = [copy for copy in copies if copy.node not in lost]
    if not elsewhere:
        return f"no copy is anywhere else than on {listed(copy.node for copy in copies)}" if copies else "it has no copy"
    return "no copy in sync is left: " + "; ".join(f"{copy.node or 'no node'}: {copy.state}" for copy in elsewhere)


def listed(names: Iterable[str | None]) -> str:
    return ", ".join(sorted({name or "no node" for name in names}))
