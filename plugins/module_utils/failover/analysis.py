# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the ledger and the rows say about a run: the data, the outages, the figures. No clock, no file, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.failover import series
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import ACKED, FAILED, UNKNOWN, Reader
from ansible_collections.pikube.stateful.plugins.module_utils.failover.outages import Outage, class_seconds, longest, outages, rto_seconds
from ansible_collections.pikube.stateful.plugins.module_utils.failover.servers import Overlap, Server, servers, two_writers
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import Findings, Row, judge, rpo_seconds
from ansible_collections.pikube.stateful.plugins.module_utils.failover.writes import CODES, OPEN, Writes


@dataclass(frozen=True)
class Book:
    """A ledger that was read and is what was written. entries: lines. digest: the chain of the last. torn: see ledger.Content."""

    writes: Writes
    entries: int
    digest: str
    torn: bool


@dataclass(frozen=True)
class Analysis:
    """Times in microseconds of the ledger's clock, except where the name says seconds or ms. findings: see verdict.

    acked, failed, unknown: writes by what their client was told; unknown holds those without an outcome.
    outages: in the order of time. rto_seconds: of the one that did not end, else of the longest, of those that were not over before the
    fault; 0.0 without one, None if it did not end. rto_begin, rto_end: of the same one, None without. class_seconds: of all outages, by
    refused, hung, read-only and, if there were any, lost, unknown.
    rpo_rows, rpo_seconds: acknowledged writes that are gone.
    silence_seconds: the longest time between two acknowledgements that stay; it shows a server that stood still and then answered all.
    last_ack: the last before the fault, first_ack: the first of an attempt that began after it; both of those that stay, None without one.
    latency: of what was acknowledged, by when it began: before the fault, during (until the outage of rto_seconds was over), after:
    each {"n", "p50_ms", "p99_ms", "max_ms"}. Without a fault all is before.
    latency_series: [[seconds, p50_ms, max_ms]] by when it began. acked_series: [[seconds, acknowledged per second]]. Both count from the
    fault, or from the first attempt without one, and have at most series.BUCKETS places.
    servers: what each acknowledged, in the order in which they began to. overlaps: of two that did by turns.
    """

    findings: Findings
    entries: int
    digest: str
    torn: bool
    acked: int
    failed: int
    unknown: int
    outages: Sequence[Outage]
    rto_seconds: float | None
    rto_begin: int | None
    rto_end: int | None
    class_seconds: Mapping[str, float]
    rpo_rows: int
    rpo_seconds: float
    silence_seconds: float
    last_ack: int | None
    first_ack: int | None
    latency: Mapping[str, Mapping[str, Any]]
    latency_series: Sequence[Sequence[float]]
    acked_series: Sequence[Sequence[float]]
    servers: Mapping[str, Server]
    overlaps: Sequence[Overlap]


def book(lines: Iterable[str], run: str) -> Book:
    """Raises FailoverError for a ledger that was changed, or that is of another run."""
    reader = Reader(lines, run)
    writes = Writes.of(reader)
    return Book(writes, reader.entries, reader.digest, reader.torn)


def analyse(lines: Iterable[str], rows: Iterable[Row], run: str, fault_at: int | None, ended_at: int) -> Analysis:
    """lines: of the ledger, each with its end. rows: in the order in which they were committed. Neither is kept.

    fault_at: None for a run without a fault. ended_at: when the load was stopped. Raises FailoverError as book() does.
    """
    return analysis(book(lines, run), rows, fault_at, ended_at)


def analysis(of: Book, rows: Iterable[Row], fault_at: int | None, ended_at: int, until: int | None = None) -> Analysis:
    """The same of a ledger that was read: for rows that are read a second time. until: see judge()."""
    writes = of.writes
    findings = judge(writes, rows, until)
    found = outages(writes, findings.lost)
    worst = longest(found, fault_at)
    kinds = writes.kinds
    staying = _staying(writes, findings)
    first = min(writes.began, default=ended_at)
    last = max((ended_at, *writes.ended))
    zero = first if fault_at is None else fault_at
    return Analysis(
        findings=findings,
        entries=of.entries,
        digest=of.digest,
        torn=of.torn,
        acked=kinds.count(CODES[ACKED]),
        failed=kinds.count(CODES[FAILED]),
        unknown=kinds.count(CODES[UNKNOWN]) + kinds.count(OPEN),
        outages=tuple(found),
        rto_seconds=rto_seconds(found, fault_at),
        rto_begin=worst.begin if worst else None,
        rto_end=worst.end if worst else None,
        class_seconds=class_seconds(found, last),
        rpo_rows=len(findings.lost),
        rpo_seconds=rpo_seconds(writes, findings.lost, fault_at),
        silence_seconds=_silence(writes, staying),
        last_ack=max((writes.ended[place] for place in staying if fault_at is None or writes.ended[place] <= fault_at), default=None),
        first_ack=min((writes.ended[place] for place in staying if fault_at is not None and writes.began[place] > fault_at), default=None),
        latency=_latency(writes, fault_at, worst),
        latency_series=series.latencies(_took(writes), zero, max(writes.began, default=first) - first),
        acked_series=series.per_second((writes.ended[place] for place in writes.places(CODES[ACKED])), zero, first, last),
        servers=(by_server := servers(writes)),
        overlaps=tuple(two_writers(by_server)),
    )


def _staying(writes: Writes, findings: Findings) -> list[int]:
    gone = {writes.place(*write) for write in findings.lost}
    return [place for place in writes.places(CODES[ACKED]) if place not in gone]


def _silence(writes: Writes, staying: Iterable[int]) -> float:
    ends = sorted(writes.ended[place] for place in staying)
    return max((later - earlier for earlier, later in zip(ends, ends[1:])), default=0) / 1e6


def _took(writes: Writes) -> Iterable[tuple[int, int]]:
    return ((writes.began[place], writes.ended[place] - writes.began[place]) for place in writes.places(CODES[ACKED]))


def _latency(writes: Writes, fault_at: int | None, worst: Outage | None) -> dict[str, dict[str, Any]]:
    before, during, after = [], [], []
    over = fault_at if worst is None else worst.end
    for began, took in _took(writes):
        if fault_at is None or began < fault_at:
            before.append(took)
        elif over is None or began < over:
            during.append(took)
        else:
            after.append(took)
    return {"before": series.latency(before), "during": series.latency(during), "after": series.latency(after)}
