"""Which member of the datastore votes: the decisions of the original's Go library, as pure functions.

Three voters and three stand-bys are wanted, everybody else is a spare; fewer than three members means one voter, the leader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

VOTER, STANDBY, SPARE = 0, 1, 2
NAMES = {VOTER: "voter", STANDBY: "standby", SPARE: "spare"}
WANTED_VOTERS = WANTED_STANDBYS = 3


@dataclass(frozen=True)
class Member:
    """A member of the datastore; id grows with the time of its join, address is IP:19001."""

    id: int
    address: str
    role: int
    online: bool = True
    domain: int = 0


@dataclass(frozen=True)
class Change:
    member: Member
    role: int


def next_change(members: Iterable[Member], leader: str) -> Change | None:
    """The one change that the leader (an address) makes next, None when nothing is to do or nothing can be done."""
    everybody = sorted(members, key=lambda member: member.id)
    if len(everybody) < WANTED_VOTERS:
        return next((Change(m, SPARE) for m in everybody if m.role == VOTER and m.address != leader), None)

    voters = [m for m in everybody if m.role == VOTER and m.online]
    if len(voters) < WANTED_VOTERS:
        candidates = [m for role in (STANDBY, SPARE) for m in everybody if m.role == role and m.online]
        return Change(_best(candidates, voters), VOTER) if candidates else None
    lost_voters = [m for m in everybody if m.role == VOTER and not m.online]
    if len(voters) > WANTED_VOTERS or lost_voters:
        demoted = lost_voters or [m for m in voters if m.address != leader]
        return Change(demoted[-1], SPARE)

    standbys = [m for m in everybody if m.role == STANDBY and m.online]
    lost_standbys = [m for m in everybody if m.role == STANDBY and not m.online]
    if len(standbys) < WANTED_STANDBYS:
        candidates = [m for m in everybody if m.role == SPARE and m.online]
        if candidates:
            return Change(_best(candidates, standbys), STANDBY)
    if len(standbys) > WANTED_STANDBYS:
        return Change(standbys[-1], SPARE)
    return Change(lost_standbys[-1], SPARE) if lost_standbys else None


def _best(candidates: list[Member], chosen: list[Member]) -> Member:
    """The candidate whose failure domain holds the fewest of those that were chosen already; the order decides between equals."""
    taken = Counter(member.domain for member in chosen)
    return min(candidates, key=lambda member: taken[member.domain])


def only_voter(members: Iterable[Member], address: str) -> bool:
    """Whether the member holds the only copy although there are others."""
    everybody = list(members)
    voters = [member for member in everybody if member.role == VOTER]
    return len(everybody) > 1 and [member.address for member in voters] == [address]
