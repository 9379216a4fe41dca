# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several hosts of one play want of the same card or name. Values in, sentences out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Own(NamedTuple):
    """Something that each host needs one of its own. variable: how people call it. trouble: {others} are the hosts that want it too."""

    variable: str
    trouble: str


TARGET = Own("pi_card_target", "it is the card of {others} too, and the last one would win. Give each host a card or an image of its own")
HOSTNAME = Own("pi_hostname", "it is the name of {others} too, and Kubernetes takes them for one node. Give each host a name of its own")


def shared(own: Own, wishes: Mapping[str, str], host: str, same: Callable[[str], str] = str) -> list[str]:
    """A sentence if other hosts want what this one wants. wishes: by host. same: makes equal what is the same in two writings."""
    mine = wishes.get(host)
    others = [name for name, theirs in wishes.items() if name != host and mine is not None and same(theirs) == same(mine)]
    return [f'{own.variable} "{mine}" on host {host}: {own.trouble.format(others=" and ".join(others))}.'] if others else []
