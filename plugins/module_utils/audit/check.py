# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is, and how a table of checks is gone through."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Callable, NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.audit.errors import AuditError
from ansible_collections.pikube.stateful.plugins.module_utils.audit.snapshot import NODE_FACTS, VOLUME_ROWS, Snapshot

ERROR = "error"
WARNING = "warning"
NOTE = "note"
SEVERITIES = (ERROR, WARNING, NOTE)
NEVER = "never"

# The object, and the values for the texts
Found = Iterator[tuple[str, dict[str, Any]]]
HOW = {
    NODE_FACTS: "give the option nodes what module node_facts returned",
    VOLUME_ROWS: "give the option volumes the claims that module volume_info returned",
}


class Check(NamedTuple):
    """One thing that must not be, or had better not be.

    id: part of the public result, never used again for another check. title: what is well if it finds nothing. reads: kinds and other
    things without which it cannot be looked at. evidence, cure: sentences without their full stop, templates over the values.
    source: of the knowledge; "trap N" is a number of the list of known problems.
    """

    id: str
    severity: str
    title: str
    find: Callable[[Snapshot], Found]
    reads: tuple[str, ...]
    evidence: str
    cure: str
    source: str


class Unseen(NamedTuple):
    """Something that no check looks at, and why."""

    id: str
    what: str
    because: str
    source: str


class Ignore(NamedTuple):
    """A finding that is accepted. object: a pattern as of a shell."""

    id: str
    object: str
    because: str

    @classmethod
    def read(cls, row: Mapping[str, Any], known: Sequence[str]) -> Ignore:
        found = cls(str(row.get("id") or ""), str(row.get("object") or "*"), str(row.get("because") or "").strip())
        if found.id not in known:
            raise AuditError(
                f'ignore: "{found.id}" is not the id of a check. There are {known[0]} to {known[-1]}; see the result of a run.'
            )
        if not found.because:
            raise AuditError(f"ignore: {found.id} on {found.object} has no reason. Say in because why the finding is accepted.")
        return found

    def takes(self, finding: Mapping[str, Any]) -> bool:
        return self.id == finding["id"] and fnmatch.fnmatchcase(finding["object"], self.object)


def findings_of(check: Check, look: Snapshot) -> list[dict[str, Any]]:
    """id, severity, object, evidence and cure of each finding, by object, none twice."""
    found = {}
    for thing, values in check.find(look):
        fields = {"object": thing, **values}
        evidence, cure = (f"{text.format(**fields)}." for text in (check.evidence, check.cure))
        found[thing, evidence] = {"id": check.id, "severity": check.severity, "object": thing, "evidence": evidence, "cure": cure}
    return [found[key] for key in sorted(found)]


def audit(
    checks: Sequence[Check],
    unseen: Iterable[Unseen],
    look: Snapshot,
    *,
    ignore: Iterable[Mapping[str, Any]] = (),
    fail_on: str = ERROR,
    unread: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """findings, accepted, passed, not_looked_at, failing (ids), counts and warnings.

    unread: kind -> why it could not be read.
    """
    ignored = [Ignore.read(row, [check.id for check in checks]) for row in ignore]
    idle = set(range(len(ignored)))
    findings: list[dict[str, Any]] = []
    accepted: list[dict[str, Any]] = []
    passed: list[dict[str, Any]] = []
    blind: list[dict[str, Any]] = []
    for check in checks:
        missing = [need for need in check.reads if look.lacks(need)]
        if missing:
            blind.append({"id": check.id, "title": check.title, "because": _why(missing, unread or {})})
            continue
        found = findings_of(check, look)
        for finding in found:
            by = next((number for number, one in enumerate(ignored) if one.takes(finding)), None)
            if by is None:
                findings.append(finding)
            else:
                idle.discard(by)
                accepted.append({**finding, "because": ignored[by].because})
        if NODE_FACTS in check.reads and look.without_facts:
            blind.append({"id": check.id, "title": check.title, "because": f"there are no facts of {', '.join(look.without_facts)}"})
        elif not found:
            passed.append({"id": check.id, "title": check.title})
    findings.sort(key=lambda finding: SEVERITIES.index(finding["severity"]))
    failing = [] if fail_on == NEVER else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return {
        "findings": findings,
        "accepted": accepted,
        "passed": passed,
        "not_looked_at": blind + [{"id": one.id, "title": one.what, "because": one.because} for one in unseen],
        "failing": list(dict.fromkeys(finding["id"] for finding in findings if finding["severity"] in failing)),
        "counts": {
            **{severity: sum(finding["severity"] == severity for finding in findings) for severity in SEVERITIES},
            "accepted": len(accepted),
            "passed": len(passed),
            "not_looked_at": len(blind),
        },
        "warnings": [
            f"ignore: {ignored[number].id} on {ignored[number].object} matches no finding. Take it out of ignore, or correct its object."
            for number in sorted(idle)
        ],
    }


def _why(missing: Iterable[str], unread: Mapping[str, str]) -> str:
    texts = [f"{need} were not given: {HOW[need]}" if need in HOW else f"{need}: {unread.get(need, 'was not read')}" for need in missing]
    return "; ".join(texts)
