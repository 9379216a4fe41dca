# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check of a run is, how a table of them is gone through, and the verdict on the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS

NOT_APPLICABLE = "not applicable"
AGAIN = "Verify again, so that it can be seen"


class Judged(NamedTuple):
    """verdict: pass, fail or unknown. evidence: what that rests on, as a sentence without its full stop."""

    verdict: str
    evidence: str


class Check(NamedTuple):
    """id: part of the public result, never used again for another check. what: is the case if it passes.

    unless: why it does not apply, "" if it does. judge: over what is known. cure, otherwise: what to do if it fails, and while it is not
    known, sentences without their full stop. proof: without it nothing is proven, so that the whole is unknown while it is.
    """

    id: str
    what: str
    judge: Callable[[Evidence], Judged]
    cure: str
    unless: Callable[[Evidence], str] = lambda evidence: ""
    proof: bool = False
    otherwise: str = AGAIN


class Result(NamedTuple):
    """verdict: pass, fail, unknown or not applicable. cure: "" for what is well."""

    id: str
    what: str
    verdict: str
    evidence: str
    cure: str
    proof: bool = False

    def facts(self) -> dict[str, Any]:
        return {"id": self.id, "what": self.what, "verdict": self.verdict, "evidence": self.evidence, "cure": self.cure}


def result(check: Check, evidence: Evidence) -> Result:
    """Of one check. What a check cannot read is not known: a run that was done is judged in any case."""
    try:
        why = check.unless(evidence)
        judged = Judged(NOT_APPLICABLE, why) if why else check.judge(evidence)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        judged = Judged(NOT_KNOWN, f"what was gathered of it cannot be read ({type(error).__name__}: {error})")
    cure = {FAIL: check.cure, NOT_KNOWN: check.otherwise}.get(judged.verdict, "")
    return Result(check.id, check.what, judged.verdict, f"{judged.evidence}.", cure and f"{cure}.", check.proof)


def results(checks: Sequence[Check], evidence: Evidence) -> list[Result]:
    """Of all checks, in their order."""
    return [result(check, evidence) for check in checks]


def verdict(found: Iterable[Result]) -> tuple[str, list[str]]:
    """pass, fail or unknown, and why: a sentence for each check that decided it. Nothing passes that proves nothing."""
    rows = list(found)
    failed = [row for row in rows if row.verdict == FAIL]
    if failed:
        return FAIL, [_because(row) for row in failed]
    proofs = [row for row in rows if row.proof and row.verdict != NOT_APPLICABLE]
    open_ones = [row for row in proofs if row.verdict == NOT_KNOWN]
    if open_ones:
        return NOT_KNOWN, [_because(row) for row in open_ones]
    if not proofs:
        return NOT_KNOWN, ["Nothing was judged that would prove anything."]
    return PASS, [_because(row) for row in proofs]


def _because(row: Result) -> str:
    return f"{row.id}: {row.evidence}"
