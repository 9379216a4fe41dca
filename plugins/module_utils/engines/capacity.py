# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much room a node has for an engine, how much data fits, and how many losses are survived."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import DISK, GROUP, PATH, POOL, Engine
from ansible_collections.pikube.stateful.plugins.module_utils.engines.facts import Disk, Node

COPIES = 3  # two out of three are a majority: the fewest copies that survive the loss of one
MEMBERS = 3  # of the datastore that a replicated engine without majority keeps its own state in


def claimed(engine: Engine, node: Node) -> tuple[Disk, ...]:
    """The disks that the engine takes on the node: the largest, or all that were named where it can join disks."""
    if engine.lies_on == PATH or _made(engine, node)[0]:
        return ()
    fitting = tuple(disk for disk in node.disks if disk.serial or not engine.needs_serial) or node.disks
    return fitting if node.disks_named and engine.lies_on in (GROUP, POOL) else fitting[:1]


def _made(engine: Engine, node: Node) -> tuple[bool, int | None]:
    """Whether the node has its volume group or zpool already, and its size."""
    made = {GROUP: (node.has_group, node.group), POOL: (node.has_pool, node.pool)}
    return made.get(engine.lies_on, (False, None))


def has_medium(engine: Engine, node: Node) -> bool:
    """Whether there is anything for the engine to lie on."""
    return engine.lies_on == PATH or _made(engine, node)[0] or bool(claimed(engine, node))


def room(engine: Engine, node: Node) -> int | None:
    """Bytes of data that one node can hold for the engine; None where it is not known."""
    made, size = _made(engine, node)
    if engine.lies_on == PATH:
        size = node.free
    elif not made:
        sizes = [disk.size for disk in claimed(engine, node)]
        size = None if None in sizes else sum(size for size in sizes if size is not None)
    return None if size is None else int(size / engine.room)


def smallest_disk(engine: Engine, node: Node) -> int | None:
    """The size of the disk that the engine would take, None without one or where it is not known."""
    disks = claimed(engine, node)
    return disks[0].size if disks and engine.lies_on == DISK else None


def holders(engine: Engine, copies: int, instances: int) -> int:
    """On how many nodes a volume's data are: copies of the engine, or one for each instance of the application."""
    return copies if engine.replicated else instances


def usable_bytes(engine: Engine, nodes: Sequence[Node], copies: int, instances: int) -> int | None:
    """The largest volume that each of the nodes which hold the data has room for: a volume never spans nodes."""
    rooms = sorted((found if found is not None else -1 for found in (room(engine, node) for node in nodes)), reverse=True)
    wanted = min(holders(engine, copies, instances), len(rooms))
    if not wanted:
        return 0
    return None if rooms[wanted - 1] < 0 else rooms[wanted - 1]


def datastore_members(copies: int) -> int:
    """An odd number, with which the engine's own datastore survives as many losses as its volumes."""
    return max(MEMBERS, copies if copies % 2 else copies - 1)


def losses_survived(engine: Engine, copies: int, instances: int, nodes: int) -> int:
    """How many nodes may be lost so that the data can still be read and written.

    Half of the copies and one more must answer where the engine asks a majority; elsewhere the last copy serves, as long
    as the engine's own datastore has its majority. A local engine's copies are those of the application.
    """
    if not engine.replicated:
        return max(0, min(instances, nodes) - 1)
    if engine.majority:
        return copies - (copies // 2 + 1)
    return min(copies - 1, (datastore_members(copies) - 1) // 2)
