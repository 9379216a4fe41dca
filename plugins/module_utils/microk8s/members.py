# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of the datastore, and whether one of them may go.

dqlite's leader wants three voters, then three stand-bys, and keeps the rest as spares; of two members only one votes. It looks every 30 s
(canonical/go-dqlite, app/roles.go). A change needs more than half of the voters, before and after it. A member that is off keeps its role
where nobody can take it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VOTERS = 3
VOTER, STANDBY, SPARE = "voter", "standby", "spare"
SETTLE_SECONDS = 45  # until the leader has looked again, and a little more


def host_of(address: str) -> str:
    """Of HOST:PORT, or [HOST]:PORT as IPv6 is written."""
    return address.rpartition(":")[0].strip("[]")


@dataclass(frozen=True)
class Member:
    """address: HOST:PORT. role: voter, standby or spare. alive: whether it answers; a member of unknown state counts as alive."""

    address: str
    role: str
    alive: bool = True

    @property
    def host(self) -> str:
        return host_of(self.address)

    @classmethod
    def all_of(cls, rows: Iterable[Any], alive: Mapping[str, bool] | None = None) -> tuple[Member, ...]:
        """From rows with an address and a role, as `microk8s status` and the datastore's own files give them. alive: by address."""
        found = []
        for row in rows:
            address, role = (row["address"], row["role"]) if isinstance(row, Mapping) else (row.address, row.role)
            found.append(cls(address, role, (alive or {}).get(address, True)))
        return tuple(found)


@dataclass(frozen=True)
class Verdict:
    """id: null if nothing speaks against it. survives: how many members may be lost before and afterwards."""

    id: str | None
    reason: str
    cure: str
    voters_after: int
    survives: tuple[int, int]
    warning: str = ""

    @property
    def refused(self) -> bool:
        return self.id is not None


def find(members: Sequence[Member], wanted: str) -> Member | None:
    """By address, with or without its port."""
    return next((member for member in members if wanted in (member.address, member.host)), None)


def quorum(voters: int) -> int:
    return voters // 2 + 1


def survives(voters: int) -> int:
    """How many of so many voters may be lost."""
    return max((voters - 1) // 2, 0)


def settled(members: Sequence[Member]) -> int:
    """How many members vote once the leader has looked, 0 if there is no leader any more."""
    voters = [member for member in members if member.role == VOTER]
    alive = sum(member.alive for member in voters)
    if not voters or alive < quorum(len(voters)):
        return 0
    if len(members) <= 2:
        return 1
    # Those that are off are replaced first, then the number is filled up; a voter that nobody can replace stays one.
    spare = sum(member.alive for member in members if member.role != VOTER)
    dead = len(voters) - alive
    taken_over = min(dead, spare)
    added = min(max(VOTERS - len(voters), 0), spare - taken_over)
    return min(len(voters) + added, VOTERS)


def removal(members: Sequence[Member], leaver: Member, *, accept_even: bool = False) -> Verdict:
    """May this member go?

    accept_even: an even number of voters, of which the loss of one is as bad as with one voter less, is wanted for a while.
    """
    rest = [member for member in members if member.address != leaver.address]
    voters = [member for member in members if member.role == VOTER]
    left = [member for member in rest if member.role == VOTER]
    after = settled(rest)
    both = (survives(settled(members)), survives(after))

    def refused(name: str, reason: str, cure: str) -> Verdict:
        return Verdict(name, reason, cure, after, both)

    if not rest:
        return refused("last", "it is the only member: the cluster's state would be gone", "Reset the node instead if that is wanted")
    alive = sum(member.alive for member in voters)
    if alive < quorum(len(voters)):
        return refused(
            "no_quorum",
            f"only {alive} of {len(voters)} voters answer, so the datastore takes no change",
            "Bring one of them back, or restore the quorum from a copy (microk8s.io, restore-quorum)",
        )
    if not left:
        return refused(
            "only_voter",
            "it is the only voter: the other members hold no copy of the state",
            "Join control planes until there are three, or take out the others",
        )
    alive_left = sum(member.alive for member in left)
    if alive_left < quorum(len(left)):
        dead = ", ".join(member.address for member in left if not member.alive)
        return refused(
            "loses_quorum",
            f"of the {len(left)} voters that stay only {alive_left} would answer ({dead} does not), and the datastore would stop",
            f"Remove or bring back {dead} first",
        )
    if after % 2 == 0 and not accept_even:
        dead = ", ".join(member.address for member in rest if not member.alive)
        return refused(
            "even",
            f"{after} voters would stay, and losing one of them would stop the datastore; no other member can vote"
            + (f" ({dead} does not answer)" if dead else ""),
            "Join another control plane first" + (f", or remove {dead}" if dead else "") + ", or accept it for a while (accept_even)",
        )
    warning = ""
    if both[1] < both[0] or after % 2 == 0:
        warning = (
            f"afterwards the datastore has {after} voter{'s' if after > 1 else ''} and survives the loss of"
            f" {'no member' if both[1] == 0 else both[1]}; join another control plane"
        )
    return Verdict(None, "", "", after, both, warning)
