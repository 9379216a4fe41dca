# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether each node that may get a copy of a volume has room for all of it: nothing else keeps a copy from a disk that is too full."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import words
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes


def fits(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether a node is one of those for copies. selector: of their policy, empty for all."""
    return all(labels.get(key) == value for key, value in selector.items())


def check(wishes: Wishes, copies: int, growth: float, free: Mapping[str, int | None]) -> None:
    """Raises PostgresError for a volume that is to be made and does not fit.

    copies: of the volume. growth: bytes on the disk for a byte of it. free: bytes, by node that may get a copy, None where not known.
    """
    if len(free) < copies:
        there = f"{len(free)} may have one" if free else "none may have one"
        raise PostgresError(
            f"postgres_storage_class: a volume of {wishes.storage_class} has {copies} copies, each on a node of its own, and {there}"
            f"{' (' + ', '.join(sorted(free)) + ')' if free else ''}: the others would be waited for in vain. Add nodes, or let more have"
            " copies (openebs_copies_on)"
        )
    wanted = int(wishes.size * growth)
    short = [f"{name} has {words(number)}" for name, number in sorted(free.items()) if number is not None and number < wanted]
    if short:
        which = "each of them" if len(free) == copies else f"any of {len(free)} nodes"
        raise PostgresError(
            f"postgres_size: a volume of {wishes.size_text} is to be made, with {copies} copies on {which}, and as it fills a copy takes up"
            f" to {words(wanted)}: {', '.join(short)} left for volumes. A copy is whole or none. Make room there, ask for less, or leave"
            " these nodes out where enough others remain (openebs_copies_on)",
            needed=wanted,
            free=dict(free),
        )
