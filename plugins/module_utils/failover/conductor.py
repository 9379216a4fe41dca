# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run from the plan to the end of the load: its phases in their order, and the undo on every way out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.pikube.stateful.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import baseline, clock, integrity, node_looking
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Course, Doors, Wanted
from ansible_collections.pikube.stateful.plugins.module_utils.failover.entries import Entries
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS, SINGLE
from ansible_collections.pikube.stateful.plugins.module_utils.failover.gathering import Known, gather
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Injector, Target
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import Lease
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import Ledger
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load import Load
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observations import line
from ansible_collections.pikube.stateful.plugins.module_utils.failover.observing import Observer
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import Plan, plan, shown
from ansible_collections.pikube.stateful.plugins.module_utils.failover.restoring import JOURNAL
from ansible_collections.pikube.stateful.plugins.module_utils.failover.rounds import Rounds
from ansible_collections.pikube.stateful.plugins.module_utils.failover.settling import Settling
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Situation
from ansible_collections.pikube.stateful.plugins.module_utils.failover.stage import Stage
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal, undo_all
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo_kinds import KINDS

LEDGER, OBSERVED, PLAN, BASELINE = "ledger.txt", "observed.jsonl", "plan.json", "baseline.json"
LOOK = 0.2  # seconds between two looks at the load
FLOWS_SECONDS = 3.0  # without trouble, after which writes count as taken again
SOON_SECONDS = 15.0  # in which a fault shows that needs no timer of Kubernetes
BEYOND_GRACE = 20.0  # seconds after the node monitor's grace, in which one that does shows
LAST_SECONDS = 12.0  # for writes that are under way when the load ends
DEAD_MAN_REST = 300  # seconds that a node waits beyond what the run may take


class Conductor:
    """folder: of the run, there already. stage: says what goes on. aborted: called, in another thread, when the Lease is lost."""

    def __init__(
        self, doors: Doors, wanted: Wanted, known: Known, run: str, folder: Path, stage: Stage, aborted: Callable[[str], Any]
    ) -> None:
        self._doors, self._wanted, self._known, self._run = doors, wanted, known, run
        self._folder, self._stage, self._aborted = folder, stage, aborted
        self._fault_at: int | None = None

    def run(self, namespace: str, name: str, controller: str) -> Course:
        """Raises FailoverError and other known errors for what ended the run before it could be judged; all is undone then as well."""
        stage, wanted = self._stage, self._wanted
        with self._doors.cluster() as api:
            stage.phase("plan")
            situation = gather(api, namespace, name, self._doors.ask(api), self._known, run=self._run, engines=self._doors.engines)
            planned = plan(situation, wanted.options)
            self._keep(PLAN, planned.facts())
            refuse(planned)
            course = Course(self._run, stage.began, planned, situation)
            stage.phase("prepare")
            lease = Lease(api, self._doors.cluster, namespace, self._run, planned.cluster_uid, controller=controller, aborted=self._aborted)
            journal = Journal(self._run, planned.cluster_uid, self._folder / JOURNAL, (lease.keep,))
            try:
                lease.acquire()
                lease.start()
                self._under_lease(api, course, journal)
            finally:
                try:
                    if journal.open:
                        self._undo(api, course, journal)
                except KeyboardInterrupt:
                    # Into the undoing itself; whoever asks for the end asks once.
                    self._undo(api, course, journal)
                    raise
                finally:
                    if journal.open:
                        lease.stop()
                    else:
                        lease.release()
                    course.phases = stage.over()
        return course

    def _under_lease(self, api: Cluster, course: Course, journal: Journal) -> None:
        planned, wanted = course.plan, self._wanted
        door = self._doors.database(api)
        entries = Entries(door).by(planned.peers)
        entries.prepare()
        ask = self._doors.ask(api)
        primary = (planned.victim.pod if planned.victim.role == "primary" else "") or _primary(course.situation)
        course.baseline_before = baseline.snapshot(api)
        self._keep(BASELINE, course.baseline_before)
        course.before = integrity.gather(api, planned.namespace, planned.name, primary, ask, engines=self._doors.engines)
        streams = _streaming(course.before, primary)
        with (self._folder / OBSERVED).open("w") as seen, (self._folder / LEDGER).open("w", newline="\n") as written:
            observer = Observer(
                lambda: self._doors.away(planned.victim.node),
                planned.namespace,
                planned.name,
                planned.topology,
                lambda one: (seen.write(line(one)), seen.flush()),
            )
            observer.start()
            load = Load(door, Ledger(written, self._run), wanted.load, run=self._run)
            rounds = Rounds(lambda: self._doors.away(planned.victim.node), self._doors.ask, list(course.before["pods"]))
            settling = Settling(
                lambda: self._doors.away(planned.victim.node),
                self._doors.ask,
                planned.namespace,
                planned.name,
                planned.topology,
                streams,
                _in_sync(course.before),
                self._doors.engines,
            )
            self._stage.watches(load, observer, planned, lambda: self._fault_at)
            load.start()
            try:
                self._phases(api, course, journal, load, entries, rounds, settling)
            except BaseException:
                # At once: clients that end take their time.
                if journal.open:
                    self._undo(api, course, journal)
                raise
            finally:
                course.load_ended_at = clock.now()
                load.stop(LAST_SECONDS)
                rounds.stop()
                observer.stop()
                course.observations, course.rounds = tuple(observer.seen()), tuple(rounds.seen)
                course.resolution_ms, course.load = load.resolution_ms, _figures(load, course)
        self._judged(api, course, entries, settling.primary or primary)

    def _phases(
        self, api: Cluster, course: Course, journal: Journal, load: Load, entries: Entries, rounds: Rounds, settling: Settling
    ) -> None:
        stage, wanted, fault = self._stage, self._wanted, FAULTS[course.plan.kind]
        stage.phase("steady", wanted.options.steady_seconds)
        self._while(load, wanted.options.steady_seconds)
        state = load.state()
        course.steady = {"acked": state.acked, "failed": state.failed, "unknown": state.unknown}
        refuse(plan(replace(course.situation, steady=course.steady), wanted.options))
        rounds.start()
        stage.phase("fault")
        longest = wanted.outage_seconds + wanted.hold_seconds + wanted.injecting.drain_seconds + DEAD_MAN_REST
        try:
            course.injected = Injector(
                course.plan.kind,
                self._target(course.plan),
                self._run,
                replace(self._doors.hands(api), says=stage.says),
                journal,
                replace(wanted.injecting, dead_man_seconds=int(longest)),
                self._begins,
            ).inject()
        except (FailoverError, ClusterError) as error:
            course.problem = f"the fault was not injected as planned: {error}"
            stage.says(course.problem)
        if not course.problem:
            stage.phase("outage", wanted.outage_seconds)
            wait = max(self._known.grace_seconds + BEYOND_GRACE, 0) if fault.waits_for_grace else SOON_SECONDS
            self._outage(load, 0.0 if fault.kind == "none" else wait)
            stage.phase("degraded", wanted.hold_seconds)
            self._read(course, entries)
            self._while(load, wanted.hold_seconds)
        self._undo(api, course, journal)
        stage.phase("settle", wanted.settle_seconds)
        settling.start()
        try:
            if self._while(load, wanted.settle_seconds, settling.whole):
                self._while(load, FLOWS_SECONDS)
        finally:
            settling.stop()
        course.whole, course.streaming = settling.whole(), settling.streaming_at
        if not course.whole:
            stage.says(f"the cluster is not whole after {wanted.settle_seconds:.0f} s: {settling.says}")
            course.problem = course.problem or f"the cluster was not whole again after {wanted.settle_seconds:.0f} s: {settling.says}"

    def _begins(self, at: int) -> None:
        self._fault_at = at

    def _target(self, planned: Plan) -> Target:
        victim = planned.victim
        return Target(
            planned.namespace,
            victim.pod,
            victim.uid,
            victim.node,
            peers=planned.peers,
            controllers=self._wanted.controllers,
            alone=planned.name if planned.topology == SINGLE else "",
            grace_seconds=self._known.grace_seconds,
        )

    def _outage(self, load: Load, wait: float) -> None:
        """Until writes are taken again, or the outage is longer than it may be; so long as none is seen, for the time in which it comes."""
        began, seen, flows = clock.now(), False, None
        while True:
            now, state = clock.now(), load.state()
            self._alive(state.trouble)
            seen, flows = (True, None) if state.quiet else (seen, flows or now)
            if flows and clock.seconds(now, flows) >= FLOWS_SECONDS and (seen or clock.seconds(now, began) >= wait):
                return
            if clock.seconds(now, began) >= self._wanted.outage_seconds:
                return
            time.sleep(LOOK)

    def _while(self, load: Load, seconds: float, over: Callable[[], bool] = lambda: False) -> bool:
        """Whether it was over in so many seconds; without a question they are waited out."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._alive(load.state().trouble)
            if over():
                return True
            time.sleep(LOOK)
        return over()

    def _alive(self, trouble: str) -> None:
        if trouble:
            raise FailoverError(f"the load ended by an error of its own, so nothing can be proven: {trouble}. Verify again")

    def _read(self, course: Course, entries: Entries) -> None:
        """The rows, for the first time. That they cannot be read is for the checks to tell."""
        course.read_at = clock.now()
        with suppress(Exception):
            course.rows = list(entries.rows(self._run))

    def _undo(self, api: Cluster, course: Course, journal: Journal) -> None:
        self._stage.phase("undo")
        found = undo_all(journal, replace(self._doors.hands(api), says=self._stage.says), KINDS)
        # What is tried again counts as it came out last.
        course.undone = (*(row for row in course.undone if row.id not in {one.id for one in found}), *found)

    def _judged(self, api: Cluster, course: Course, entries: Entries, primary: str) -> None:
        """What is read in the end, before the rows of the run go."""
        stage, planned, wanted = self._stage, course.plan, self._wanted
        stage.phase("judge")
        with suppress(Exception):
            course.rows_again = list(entries.rows(self._run))
        ask = self._doors.ask(api)
        since = int(clock.seconds(clock.now(), course.began.at)) + 60
        amcheck = (entries.door.way.database, wanted.amcheck_seconds) if wanted.amcheck_seconds else None
        with suppress(ClusterError):
            course.after = integrity.gather(
                api,
                planned.namespace,
                planned.name,
                primary,
                ask,
                engines=self._doors.engines,
                amcheck=amcheck,
                log_seconds=since,
            )
            course.baseline_after = baseline.snapshot(api)
            course.rounds = (*course.rounds, integrity.writers(list((course.after or {}).get("pods") or ()), ask))
        hands = self._doors.hands(api)
        if hands.node is not None:
            with suppress(FailoverError):
                course.leftovers = node_looking.leftovers(
                    hands.on_node(node_looking.look(), 30.0, planned.victim.node), planned.victim.node
                )
        if not wanted.keep_rows:
            course.rows_left = entries.dropped()

    def _keep(self, name: str, content: Mapping[str, Any]) -> None:
        (self._folder / name).write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")


def refuse(planned: Plan) -> None:
    """Raises FailoverError if anything speaks against it."""
    if planned.refusals:
        raise FailoverError(
            f"nothing was injected:\n{shown(planned)}",
            plan=planned.facts(),
            codes=[row.code for row in planned.refusals],
        )


def _primary(situation: Situation) -> str:
    return (((situation.server or {}).get("status") or {}).get("currentPrimary")) or (f"{situation.name}-0")


def _streaming(before: Mapping[str, Any], primary: str) -> int:
    """How many standbys stream in the steady state."""
    rows = ((before.get("instances") or {}).get(primary) or {}).get("standbys") or ()
    return sum(row.get("state") == "streaming" for row in rows)


def _in_sync(before: Mapping[str, Any]) -> list[str]:
    """Claims that have several copies, all of them in sync in the steady state."""
    return sorted(name for name, row in (before.get("volumes") or {}).items() if row.get("replicated") and row.get("healthy"))


def _figures(load: Load, course: Course) -> dict[str, Any]:
    state, took = load.state(), max(clock.seconds(course.load_ended_at, course.began.at), 1.0)
    return {
        "acknowledged": state.acked,
        "failed": state.failed,
        "unknown": state.unknown,
        "reads": state.reads,
        "reads_failed": state.reads_failed,
        "cpu_seconds": round(load.cpu_seconds(), 2),
        "cpu_percent_of_a_core": round(100 * load.cpu_seconds() / took, 2),
        "read_outages": [
            {"seconds": None if one.end is None else clock.seconds(one.end, one.begin), "classes": dict(one.classes)}
            for one in load.read_outages()
        ],
    }
