# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.volumes.finding import Copy, Finding
from ansible_collections.pikube.stateful.plugins.module_utils.volumes.survival import without
from hypothesis import given
from hypothesis import strategies as st

NODES = [f"n{number}" for number in range(6)]
nodes = st.sampled_from(NODES)
copies = st.builds(Copy, st.none() | nodes, st.just("/x"), st.just("RW"), st.sampled_from([True, False, None]))
findings = st.builds(
    Finding,
    copies=st.lists(copies, max_size=5).map(tuple),
    wanted=st.integers(1, 5),
    quorum=st.none() | st.integers(1, 4),
    target=st.none() | nodes,
    target_moves=st.booleans(),
    writes=st.sampled_from([None, True, False]),
    doubts=st.sampled_from([(), (), ("its operator is not heard of",)]),
)
some = st.sets(nodes)
LEVELS = {False: 0, None: 1, True: 2}


@given(findings, some, some, some)
def test_losing_more_never_makes_a_volume_survive(finding, ready, lost, more):
    few, many = without(finding, lost, ready), without(finding, lost | more, ready)
    assert few.survives >= many.survives
    assert LEVELS[few.data_kept] >= LEVELS[many.data_kept] or finding.doubts


@given(findings, some, some, some)
def test_more_ready_nodes_never_make_it_worse(finding, ready, more, lost):
    assert without(finding, lost, ready | more).survives >= without(finding, lost, ready).survives


@given(findings, some, some)
def test_what_survives_has_copies_in_sync_on_other_ready_nodes_and_a_quorum(finding, ready, lost):
    if without(finding, lost, ready).survives:
        left = [copy for copy in finding.copies if copy.in_sync is True and copy.node in ready - lost]
        assert left
        assert finding.quorum is not None
        assert len(left) >= finding.quorum
        assert finding.writes is not False


@given(findings, some, some)
def test_what_is_not_known_never_survives(finding, ready, lost):
    answer = without(finding, lost, ready)
    if finding.doubts or answer.data_kept is None or answer.takes_writes is None:
        assert not answer.survives
    if finding.doubts:
        assert answer.because == "not known: its operator is not heard of"
    assert answer.because


def copy(node, in_sync=True):
    return Copy(node, "/x", "RW", in_sync)


def test_in_words():
    three = Finding(copies=(copy("n1"), copy("n2"), copy("n3")), wanted=3, quorum=2, target="n2")
    ready = {"n1", "n2", "n3"}
    assert without(three, {"n1"}, ready).because == "2 of 3 copies left in sync, on n2, n3; a write needs 2"
    assert without(three, {"n1", "n3"}, ready).because == "1 of 3 copies left in sync, on n2; a write needs 2"
    assert without(three, ready, ready).because == "no copy is anywhere else than on n1, n2, n3"
    assert without(Finding(quorum=1), (), ready).because == "it has no copy"
    fixed = Finding(copies=(copy("n1"),), wanted=1, quorum=1, target="n2", target_moves=False)
    assert without(fixed, {"n2"}, ready).because.endswith("its target on n2 is not moved by itself")
