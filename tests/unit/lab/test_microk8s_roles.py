"""Roles of the datastore's members in the MicroK8s stand-in: who votes when nodes come, go and fail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from microk8s.roles import SPARE, STANDBY, VOTER, Member, next_change, only_voter


def members(text: str) -> list[Member]:
    """`V V- S`: a voter, one that is offline, a stand-by (P is a spare); a number behind the letter is the failure domain."""
    letters = {"V": VOTER, "S": STANDBY, "P": SPARE}
    found = []
    for number, word in enumerate(text.split(), 1):
        domain = "".join(filter(str.isdigit, word))
        found.append(Member(number, f"10.0.0.{number}:19001", letters[word[0]], not word.endswith("-"), int(domain or 0)))
    return found


def shown(everybody: list[Member]) -> str:
    return " ".join("VSP"[(VOTER, STANDBY, SPARE).index(m.role)] + ("" if m.online else "-") for m in everybody)


def settled(everybody: list[Member], leader: int = 1) -> list[Member]:
    """What the members are when nothing changes any more."""
    for _change in range(50):
        change = next_change(everybody, f"10.0.0.{leader}:19001")
        if change is None:
            return everybody
        everybody = [replace(m, role=change.role) if m.id == change.member.id else m for m in everybody]
    raise AssertionError("it never settles")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("V", "V", id="one member"),
        pytest.param("V P", "V P", id="the second is a spare"),
        pytest.param("V P P", "V V V", id="the third makes three voters, of the spare too"),
        pytest.param("V V V P", "V V V S", id="the fourth stands by"),
        pytest.param("V V V S S P", "V V V S S S", id="the sixth stands by"),
        pytest.param("V V V S S S P", "V V V S S S P", id="the seventh stays a spare"),
        pytest.param("V V", "V P", id="shrunk to two: the other voter becomes a spare"),
        pytest.param("V V-", "V P-", id="shrunk to two, one of them lost"),
        pytest.param("V V V-", "V V V-", id="one of three is lost: it stays listed as a voter"),
        pytest.param("V V V- S", "V V P- V", id="a stand-by takes the place of a lost voter"),
        pytest.param("V V V- P", "V V P- V", id="a spare takes the place of a lost voter"),
        pytest.param("V V V V", "V V V S", id="one voter too many"),
        pytest.param("V V V S- P", "V V V P- S", id="a spare takes the place of a lost stand-by"),
        pytest.param("V1 V1 V3- S1 S2", "V V P- S V", id="the failure domain without a voter goes first"),
    ],
)
def test_roles_settle(before: str, after: str) -> None:
    assert shown(settled(members(before))) == after


@pytest.mark.parametrize(
    ("text", "own", "expected"),
    [
        pytest.param("V P", 1, True, id="the voter of two"),
        pytest.param("V P", 2, False, id="the spare of two"),
        pytest.param("V", 1, False, id="alone"),
        pytest.param("V V V", 1, False, id="three voters"),
    ],
)
def test_the_only_copy(text: str, own: int, expected: bool) -> None:
    assert only_voter(members(text), f"10.0.0.{own}:19001") is expected


@given(st.lists(st.tuples(st.sampled_from([VOTER, STANDBY, SPARE]), st.booleans()), max_size=9))
def test_any_cluster_settles_and_keeps_its_leader(others: list[tuple[int, bool]]) -> None:
    everybody = [Member(1, "10.0.0.1:19001", VOTER)]
    everybody += [Member(number, f"10.0.0.{number}:19001", role, online) for number, (role, online) in enumerate(others, 2)]
    after = settled(everybody)
    voters = [member for member in after if member.role == VOTER and member.online]
    assert after[0].role == VOTER
    assert len(voters) == (1 if len(everybody) < 3 else min(3, sum(member.online for member in everybody)))
