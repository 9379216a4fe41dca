# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of report.json: a JSON Schema, published as docs/failover-report.schema.json.

A change that an earlier reader would stumble over gets a new number in SCHEMA_NAME.
"""

from __future__ import annotations

from typing import Any

SCHEMA_NAME = "pikube.stateful/failover-report/1"

TEXT: dict[str, Any] = {"type": "string"}
TEXT_OR_NONE: dict[str, Any] = {"type": ["string", "null"]}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
# Seconds relative to the fault, negative before it.
MOMENT: dict[str, Any] = {"type": "number"}
MOMENT_OR_NONE: dict[str, Any] = {"type": ["number", "null"]}
SECONDS: dict[str, Any] = {"type": "number", "minimum": 0}
SECONDS_OR_NONE: dict[str, Any] = {"type": ["number", "null"], "minimum": 0}
WALL: dict[str, Any] = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
WALL_OR_NONE: dict[str, Any] = {**WALL, "type": ["string", "null"]}
ANYTHING: dict[str, Any] = {"type": "object"}
VERDICT: dict[str, Any] = {"enum": ["pass", "fail", "unknown"]}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _row(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(items), "minItems": len(items), "maxItems": len(items)}


def _all(**members: dict[str, Any]) -> dict[str, Any]:
    """An object that has these members, each of them, and no other."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


def _from_to(**members: dict[str, Any]) -> dict[str, Any]:
    """`from` and `to` are words of Python; to: null for what had not ended."""
    return _all(**{"from": MOMENT, "to": MOMENT_OR_NONE}, **members)


# Writes that are wrong: how many, and the first 20 as [writer, number].
WRONG = _all(count=COUNT, first={**_list(_row(COUNT, COUNT)), "maxItems": 20})
LATENCY = _all(n=COUNT, p50_ms=SECONDS_OR_NONE, p99_ms=SECONDS_OR_NONE, max_ms=SECONDS_OR_NONE)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://github.com/pikube/stateful/docs/failover-report.schema.json",
    "title": "Report of a fail-over verification",
    "description": "Times are seconds relative to the fault (negative before it) unless they are written as RFC 3339.",
    **_all(
        schema={"const": SCHEMA_NAME},
        run=_all(
            id=TEXT,
            started=WALL,
            ended=WALL,
            seconds=SECONDS,
            cluster=TEXT,
            cluster_uid=TEXT,
            namespace=TEXT,
            name=TEXT,
            topology=TEXT,
            collection_version=TEXT,
        ),
        fault=_all(kind=TEXT, what=TEXT, victim_node=TEXT_OR_NONE, victim_pod=TEXT_OR_NONE, at=WALL_OR_NONE, options=ANYTHING),
        verdict=VERDICT,
        because=_list(TEXT),
        outages=_all(
            rto_seconds={**SECONDS_OR_NONE, "description": "longest outage; 0 without one, null if the last one did not end"},
            predicted={
                "oneOf": [{"type": "null"}, _row(SECONDS, SECONDS_OR_NONE)],
                "description": "null as the upper end: not before the fault is undone",
            },
            floor_seconds={**SECONDS_OR_NONE, "description": "what this cluster needs by its own settings to see such a fault"},
            resolution_ms=SECONDS,
            by_class={**_all(**{"refused": SECONDS, "hung": SECONDS, "read-only": SECONDS}), "additionalProperties": SECONDS},
            list=_list(_from_to(seconds=SECONDS, classes={"type": "object", "additionalProperties": COUNT})),
        ),
        data=_all(
            reading={
                "enum": ["after the fault", "after the restore"],
                "description": "the worse of the two readings: these counts are of it",
            },
            entries=COUNT,
            acknowledged=COUNT,
            failed=COUNT,
            unknown_there=COUNT,
            unknown_absent=COUNT,
            lost=WRONG,
            phantom=WRONG,
            duplicated=WRONG,
            damaged=WRONG,
            disordered=WRONG,
            rpo_rows=COUNT,
            rpo_seconds=SECONDS,
        ),
        latency=_all(before=LATENCY, during=LATENCY, after=LATENCY),
        series=_all(latency=_list(_row(MOMENT, SECONDS, SECONDS)), acknowledged=_list(_row(MOMENT, SECONDS))),
        phases=_list(_from_to(id=TEXT)),
        milestones=_list(_all(id=TEXT, what=TEXT, at=MOMENT_OR_NONE, because=TEXT)),
        lanes=_list(_all(group=TEXT, name=TEXT, spans=_list(_from_to(state=TEXT, label=TEXT)))),
        checks=_list(
            _all(
                id=TEXT,
                what=TEXT,
                verdict={"enum": ["pass", "fail", "unknown", "not applicable"]},
                evidence=TEXT,
                cure=TEXT,
                seconds=SECONDS,
            )
        ),
        undo=_list(
            _all(
                id=TEXT,
                what=TEXT,
                node=TEXT_OR_NONE,
                done={"type": "boolean", "description": "undone, and seen to be"},
                at=MOMENT_OR_NONE,
                problem={"type": "string", "description": "why it is not done"},
                manual={"type": "string", "description": "the command to do it by hand"},
            )
        ),
        plan=ANYTHING,
        load=ANYTHING,
        environment=ANYTHING,
        ledger=_all(path=TEXT, entries=COUNT, digest=TEXT),
    ),
}
