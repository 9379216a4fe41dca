# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a precondition is, and for which faults it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import NODE, POWER
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Look

REFUSED, WARNED = "refused", "warned"


class Precondition(NamedTuple):
    """One thing that speaks against a fault.

    applies: whether it matters for a fault. find: values for the texts, once for each thing found. because, cure: sentences without their
    full stop, templates over the values; cure is empty where because says it already. accept: name of the option that makes a warning of
    a refusal. of_victim: judged only where a victim was found.
    """

    id: str
    code: str
    verdict: str
    applies: Callable[[Look], bool]
    find: Callable[[Look], Iterator[dict[str, Any]]]
    because: str
    cure: str
    accept: str = ""
    of_victim: bool = False


def always(look: Look) -> bool:
    return True


def injected(look: Look) -> bool:
    return look.injects


def node_taken(look: Look) -> bool:
    return look.takes_node


def node_lost(look: Look) -> bool:
    return look.fault.loses_node


def voter_lost(look: Look) -> bool:
    return look.fault.loses_voter


def drained(look: Look) -> bool:
    return look.drains


def by_commands(look: Look) -> bool:
    return NODE in look.fault.needs


def by_power(look: Look) -> bool:
    return POWER in look.fault.needs
