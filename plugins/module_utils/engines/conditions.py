# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conditions that rules are made of: small predicates over a case, and over a case and one of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.pikube.stateful.plugins.module_utils.engines.capacity import (
    claimed,
    has_medium,
    losses_survived,
    room,
    smallest_disk,
)
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import PATH, Engine
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import Node
from ansible_collections.pikube.stateful.plugins.module_utils.engines.quantity import words
from ansible_collections.pikube.stateful.plugins.module_utils.engines.releases import Release
from ansible_collections.pikube.stateful.plugins.module_utils.engines.workload import ANY, Workload

BACKUP_SPEED = 100 * 10**6  # bytes a second: what Gigabit Ethernet carries at most


@dataclass(frozen=True)
class Case:
    """One engine held against one workload. copies: that the engine would keep. asked: copies that were asked for, None for none.

    fit: how many nodes it can use, all: how many there are. release: the chart that brings it, None without one.
    installed: it is the engine that is there. in_use: engines of which volumes exist, each with the chart that brings it.
    chosen: nodes that may have copies, none for all that will do. tolerations: of what holds them.
    """

    engine: Engine
    workload: Workload
    copies: int
    asked: int | None
    release: Release | None
    kubernetes: str | None
    all: int
    fit: int = 0
    installed: bool = False
    in_use: tuple[tuple[str, Release | None], ...] = ()
    chosen: tuple[str, ...] = ()
    tolerations: tuple[Mapping[str, Any], ...] = ()

    @property
    def selected(self) -> bool:
        """Whether some nodes may have no copy."""
        return self.engine.replicated and self.fit < self.all

    @property
    def needed(self) -> int:
        """How many nodes that fit it needs."""
        if self.engine.replicated:
            return max(self.engine.fewest_nodes, self.copies)
        return 2 if self.workload.survive_node_loss and self.workload.replicates_itself else 1

    @property
    def nodes_needed(self) -> str:
        return f"{self.needed} node" + ("s" if self.needed > 1 else "")

    @property
    def backup_minutes(self) -> int:
        return -(-self.workload.size_later // BACKUP_SPEED) // 60 + 1

    @property
    def largest(self) -> str:
        return words(self.engine.largest)

    @property
    def size_later(self) -> str:
        return words(self.workload.size_later)

    @property
    def left_behind(self) -> str:
        """Engines with volumes that the chart of this one does not bring, as text."""
        return ", ".join(name for name, release in self.in_use if name != self.engine.name and _major(release) != _major(self.release))

    @property
    def more(self) -> int:
        return max(0, self.needed - self.fit)


def _major(release: Release | None) -> str | None:
    return release.version.partition(".")[0] if release else None


OfCase = Callable[[Case], bool]
OfNode = Callable[[Case, Node], bool]


def lacks(ability: str) -> OfCase:
    """The workload wants an ability (snapshots, clones, expansion) that the engine does not have."""
    return lambda case: bool(getattr(case.workload, ability)) and not getattr(case.engine, ability)


def not_among(wish: str, offer: str) -> OfCase:
    """What the workload wishes is not among what the engine offers."""
    return lambda case: getattr(case.workload, wish) not in getattr(case.engine, offer)


def status_not_accepted(status: str, accepted: str) -> OfCase:
    return lambda case: case.engine.status == status and not getattr(case.workload, accepted)


def no_release(case: Case) -> bool:
    return case.release is None


def single_must_survive(case: Case) -> bool:
    """A local engine, and an application without copies of its own whose data must survive a node."""
    return not case.engine.replicated and case.workload.survive_node_loss and not case.workload.replicates_itself


def leaves_volumes_behind(case: Case) -> bool:
    return bool(case.left_behind)


def copies_of_copies(case: Case) -> bool:
    return case.engine.replicated and case.workload.replicates_itself


def nothing_to_survive(case: Case) -> bool:
    return case.engine.replicated and not case.workload.survive_node_loss and not case.workload.replicates_itself


def copies_of_a_local_engine(case: Case) -> bool:
    return not case.engine.replicated and (case.asked or 1) > 1


def copies_do_not_survive(case: Case) -> bool:
    return case.engine.replicated and case.workload.survive_node_loss and losses_survived(case.engine, case.copies, 1, case.all) < 1


def fewer_nodes_than_needed(case: Case) -> bool:
    return case.fit < case.needed


def larger_than_advised(case: Case) -> bool:
    return case.engine.largest is not None and case.workload.size_later > case.engine.largest


def too_slow(case: Case) -> bool:
    return case.workload.performance in case.engine.slow_for


def backup_too_long(case: Case) -> bool:
    """Without snapshots a backup reads the files of the volume while the application stands still."""
    window = case.workload.backup_window
    return window is not None and not case.engine.snapshots and case.workload.size_later > window * BACKUP_SPEED


def not_chosen(case: Case, node: Node) -> bool:
    return bool(case.chosen) and node.name not in case.chosen


def no_images(case: Case, node: Node) -> bool:
    return node.architecture is not None and node.architecture not in case.engine.images


def crashes(case: Case, node: Node) -> bool:
    return node.architecture in case.engine.crashes_on


def other_pages(_case: Case, node: Node) -> bool:
    return node.page_size is not None and node.page_size != 4096


def missing_modules(case: Case, node: Node) -> list[str]:
    """Modules that the engine needs and that the node's kernel surely does not have."""
    wanted = (*case.engine.modules, *(case.engine.snapshot_modules if case.workload.snapshots else ()))
    return [name for name in wanted if node.modules.get(name) == "absent"]


def lacks_modules(case: Case, node: Node) -> bool:
    return bool(missing_modules(case, node))


def missing_features(case: Case, node: Node) -> list[str]:
    """Features that the engine asks of a processor of the node's architecture, and that this one does not have."""
    wanted = next((names for architecture, names in case.engine.features if architecture == node.architecture), ())
    return [] if node.features is None else [name for name in wanted if name not in node.features]


def lacks_features(case: Case, node: Node) -> bool:
    return bool(missing_features(case, node))


def few_cores(case: Case, node: Node) -> bool:
    return node.cores is not None and node.cores < case.engine.cores


def little_memory(case: Case, node: Node) -> bool:
    return node.memory is not None and node.memory < case.engine.memory


def old_kernel(case: Case, node: Node) -> bool:
    return case.engine.kernel is not None and node.kernel is not None and node.kernel < case.engine.kernel


def other_huge_pages(case: Case, node: Node) -> bool:
    return case.engine.page_size_huge is not None and node.huge_kib is not None and node.huge_kib != case.engine.page_size_huge


def disk_is_taken(case: Case, node: Node) -> bool:
    return case.engine.lies_on != PATH and bool(node.taken)


def no_serial(case: Case, node: Node) -> bool:
    return case.engine.needs_serial and bool(node.disks) and not any(disk.serial for disk in node.disks)


def no_disk(case: Case, node: Node) -> bool:
    return not has_medium(case.engine, node) and not no_serial(case, node)


def small_disk(case: Case, node: Node) -> bool:
    size = smallest_disk(case.engine, node)
    return size is not None and size < case.engine.smallest_disk


def little_room(case: Case, node: Node) -> bool:
    if not has_medium(case.engine, node):
        return False
    found = room(case.engine, node)
    return found is not None and found < case.workload.size_later


def slow_medium(case: Case, node: Node) -> bool:
    return case.engine.lies_on == PATH and case.workload.performance != ANY and node.medium == "sd"


def room_text(case: Case, node: Node) -> str:
    return words(room(case.engine, node))


def disk_text(case: Case, node: Node) -> str:
    return ", ".join(disk.path for disk in claimed(case.engine, node))
