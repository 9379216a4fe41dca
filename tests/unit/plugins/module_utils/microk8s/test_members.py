# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.members import (
    Member,
    find,
    host_of,
    quorum,
    removal,
    settled,
    survives,
)
from hypothesis import given
from hypothesis import strategies as st

ROLES = {"V": "voter", "S": "standby", "P": "spare"}


def members(text):
    """V a voter, S a stand-by, P a spare; in small letters one that does not answer. The first is 10.0.0.1."""
    return tuple(Member(f"10.0.0.{number}:19001", ROLES[letter.upper()], letter.isupper()) for number, letter in enumerate(text, 1))


@pytest.mark.parametrize(
    ("address", "host"),
    [
        pytest.param("10.0.0.11:19001", "10.0.0.11", id="IPv4"),
        pytest.param("[fd00::11]:19001", "fd00::11", id="IPv6"),
        pytest.param("pi01:19001", "pi01", id="a name"),
    ],
)
def test_the_host_of_an_address(address, host):
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("text", "voters"),
    [
        pytest.param("V", 1, id="one"),
        pytest.param("VP", 1, id="two: the second is a spare"),
        pytest.param("VV", 1, id="two voters after a loss of the third: one is demoted"),
        pytest.param("VVV", 3, id="three"),
        pytest.param("VPP", 3, id="three: the waiting spares are promoted"),
        pytest.param("VVVS", 3, id="four"),
        pytest.param("VVVSSSP", 3, id="seven"),
        pytest.param("VVv", 3, id="a dead voter that nobody replaces stays one"),
        pytest.param("VVvS", 3, id="a stand-by takes over"),
        pytest.param("VVs", 2, id="two voters and a stand-by that is off"),
        pytest.param("Vvv", 0, id="quorum lost"),
        pytest.param("Vv", 0, id="quorum of two lost"),
        pytest.param("v", 0, id="off"),
    ],
)
def test_settled(text, voters):
    assert settled(members(text)) == voters


@pytest.mark.parametrize(("voters", "needed", "lost"), [(1, 1, 0), (2, 2, 0), (3, 2, 1), (4, 3, 1), (5, 3, 2)])
def test_quorum(voters, needed, lost):
    assert (quorum(voters), survives(voters)) == (needed, lost)


# members, number of the one that goes -> id of the refusal or None, voters afterwards, survives before and after
TABLE = [
    pytest.param("V", 1, "last", 0, id="the last one would take the cluster with it"),
    pytest.param("VP", 1, "only_voter", 0, id="of two, the voter holds the only copy"),
    pytest.param("VP", 2, None, 1, id="of two, the spare may go"),
    pytest.param("VV", 1, None, 1, id="of two voters, one"),
    pytest.param("VVV", 1, None, 1, id="3 to 2: one voter and a spare stay"),
    pytest.param("VVv", 3, None, 1, id="the dead one of three: how a lost node is replaced"),
    pytest.param("VVv", 1, "loses_quorum", 0, id="a live one of three while another is dead"),
    pytest.param("Vvv", 2, "no_quorum", 0, id="nothing can be removed without a quorum"),
    pytest.param("VVVS", 1, None, 3, id="4 to 3: the stand-by takes over"),
    pytest.param("VVVS", 4, None, 3, id="4 to 3: the stand-by goes"),
    pytest.param("VVVs", 1, "even", 2, id="4 to 3, and the stand-by that should take over is off"),
    pytest.param("VVVs", 4, None, 3, id="the stand-by that is off may go"),
    pytest.param("VVvS", 3, None, 3, id="the dead voter of four"),
    pytest.param("VVvS", 1, "loses_quorum", 0, id="a live voter of four while one is dead: first the dead one"),
    pytest.param("VVVSS", 1, None, 3, id="5 to 4"),
    pytest.param("VVVSSSP", 2, None, 3, id="7 to 6"),
    pytest.param("VVP", 3, None, 1, id="2 voters and a spare: the spare goes, and one voter stays"),
    pytest.param("VPP", 1, "only_voter", 0, id="before the spares are promoted"),
    pytest.param("VPP", 2, None, 1, id="a spare before it is promoted"),
]


@pytest.mark.parametrize(("text", "number", "refusal", "voters"), TABLE)
def test_removal(text, number, refusal, voters):
    all_of = members(text)
    verdict = removal(all_of, all_of[number - 1])
    assert verdict.id == refusal
    assert verdict.voters_after == voters
    assert verdict.refused is (refusal is not None)
    if refusal:
        assert verdict.reason
        assert verdict.cure


def test_an_even_number_may_be_accepted():
    all_of = members("VVVs")
    verdict = removal(all_of, all_of[0], accept_even=True)
    assert not verdict.refused
    assert "2 voters and survives the loss of no member" in verdict.warning


@pytest.mark.parametrize(("text", "number"), [("V", 1), ("VP", 1), ("VVv", 1), ("Vvv", 2)])
def test_nothing_else_may_be(text, number):
    all_of = members(text)
    assert removal(all_of, all_of[number - 1], accept_even=True).refused


@pytest.mark.parametrize(
    ("text", "number", "warns"),
    [
        pytest.param("VVV", 3, True, id="3 to 2"),
        pytest.param("VVv", 3, True, id="3 to 2 by a loss"),
        pytest.param("VVVS", 4, False, id="4 to 3"),
        pytest.param("VP", 2, False, id="2 to 1 loses nothing more"),
    ],
)
def test_it_warns_when_fewer_losses_are_survived(text, number, warns):
    all_of = members(text)
    warning = removal(all_of, all_of[number - 1]).warning
    assert bool(warning) is warns
    if warns:
        assert warning == "afterwards the datastore has 1 voter and survives the loss of no member; join another control plane"


def test_find():
    all_of = members("VVV")
    assert find(all_of, "10.0.0.2").address == "10.0.0.2:19001"
    assert find(all_of, "10.0.0.2:19001").host == "10.0.0.2"
    assert find(all_of, "10.0.0.20") is None


def test_all_of():
    rows = [{"address": "10.0.0.1:19001", "role": "voter"}, Member("10.0.0.2:19001", "spare")]
    assert Member.all_of(rows, {"10.0.0.2:19001": False}) == (
        Member("10.0.0.1:19001", "voter", True),
        Member("10.0.0.2:19001", "spare", False),
    )


@given(st.text(alphabet="VvSsPp", min_size=1, max_size=7), st.data(), st.booleans())
def test_no_removal_stops_the_datastore(text, data, accept_even):
    """Whatever is allowed: the voters that stay have a quorum among those that answer, and are odd in number unless told otherwise."""
    all_of = members(text)
    leaver = data.draw(st.sampled_from(all_of))
    verdict = removal(all_of, leaver, accept_even=accept_even)
    if verdict.refused:
        return
    left = [member for member in all_of if member is not leaver and member.role == "voter"]
    assert left
    assert sum(member.alive for member in left) >= quorum(len(left))
    assert verdict.voters_after >= 1
    assert accept_even or verdict.voters_after % 2 == 1
