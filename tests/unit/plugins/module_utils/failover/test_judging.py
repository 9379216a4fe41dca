# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import (
    AGAIN,
    NOT_APPLICABLE,
    Check,
    Judged,
    Result,
    result,
    results,
    verdict,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS
from hypothesis import given
from hypothesis import strategies as st

RUN = Evidence(fault="drain", topology="cluster")


def check(judge, **more):
    return Check(id="X1", what="it is so", judge=judge, cure="Make it so", **more)


def row(ended, proof=True, called="X1"):
    return Result(called, "it is so", ended, "It was looked at.", "", proof)


@pytest.mark.parametrize(
    ("judge", "unless", "ended", "evidence", "cure"),
    [
        pytest.param(lambda run: Judged(PASS, "seen"), lambda run: "", PASS, "seen.", "", id="what is well needs no cure"),
        pytest.param(lambda run: Judged(FAIL, "seen"), lambda run: "", FAIL, "seen.", "Make it so.", id="what failed has one"),
        pytest.param(lambda run: Judged(NOT_KNOWN, "not seen"), lambda run: "", NOT_KNOWN, "not seen.", f"{AGAIN}.", id="not known"),
        pytest.param(lambda run: 1 / 0, lambda run: "one server", NOT_APPLICABLE, "one server.", "", id="not applicable is not judged"),
        pytest.param(
            lambda run: run.before["pods"],
            lambda run: "",
            NOT_KNOWN,
            "what was gathered of it cannot be read (KeyError: 'pods').",
            f"{AGAIN}.",
            id="what cannot be read is not known",
        ),
    ],
)
def test_a_result(judge, unless, ended, evidence, cure):
    found = result(check(judge, unless=unless), RUN)
    assert found[2:5] == (ended, evidence, cure)
    assert found.facts() == {"id": "X1", "what": "it is so", "verdict": ended, "evidence": evidence, "cure": cure}


def test_results_are_in_the_order_of_the_table():
    table = [check(lambda run: Judged(PASS, "seen"))._replace(id=called) for called in ("B", "A")]
    assert [found.id for found in results(table, RUN)] == ["B", "A"]


@pytest.mark.parametrize(
    ("rows", "ended", "because"),
    [
        pytest.param([row(PASS, called="L4")], PASS, ["L4: It was looked at."], id="all proofs"),
        pytest.param([row(PASS), row(FAIL, False, "R5")], FAIL, ["R5: It was looked at."], id="one that failed, though it is no proof"),
        pytest.param([row(NOT_KNOWN), row(FAIL, called="S1")], FAIL, ["S1: It was looked at."], id="a failure before what is not known"),
        pytest.param([row(PASS), row(NOT_KNOWN, called="T6")], NOT_KNOWN, ["T6: It was looked at."], id="a proof that is not known"),
        pytest.param([row(PASS), row(NOT_KNOWN, False)], PASS, ["X1: It was looked at."], id="another one that is not known"),
        pytest.param([row(PASS, False)], NOT_KNOWN, ["Nothing was judged that would prove anything."], id="no proof"),
        pytest.param([row(NOT_APPLICABLE)], NOT_KNOWN, ["Nothing was judged that would prove anything."], id="a proof that does not apply"),
        pytest.param([], NOT_KNOWN, ["Nothing was judged that would prove anything."], id="nothing"),
    ],
)
def test_the_verdict(rows, ended, because):
    assert verdict(rows) == (ended, because)


ENDED = st.sampled_from((PASS, FAIL, NOT_KNOWN, NOT_APPLICABLE))


@given(st.lists(st.tuples(ENDED, st.booleans())))
def test_nothing_passes_that_is_not_proven(pairs):
    found, because = verdict(row(*pair) for pair in pairs)
    assert because
    assert (found == FAIL) == any(ended == FAIL for ended, _proof in pairs)
    if found == PASS:
        assert {ended for ended, proof in pairs if proof} in ({PASS}, {PASS, NOT_APPLICABLE})


@given(st.lists(st.tuples(ENDED, st.booleans())), st.booleans())
def test_a_failure_more_never_helps(pairs, proof):
    assert verdict(row(*pair) for pair in [*pairs, (FAIL, proof)])[0] == FAIL
