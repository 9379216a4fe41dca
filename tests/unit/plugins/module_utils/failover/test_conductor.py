# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
import threading
from dataclasses import replace

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover import conductor as subject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.conductor import Conductor
from ansible_collections.pikube.stateful.plugins.module_utils.failover.course import Wanted
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.injecting import Options as HowToInject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import UNDO
from ansible_collections.pikube.stateful.plugins.module_utils.failover.situation import Options
from ansible_collections.pikube.stateful.plugins.module_utils.failover.stage import Stage
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.connection import SessionError
from ansible_collections.pikube.stateful.tests.unit.failover_bed import KNOWN, LOAD, PHASES, RUN, UID, Bed, quick, until


class Interrupt(KeyboardInterrupt):
    pass


class Play(Stage):
    """A stage on which something happens when a phase begins, once each."""

    def __init__(self, happens):
        super().__init__(io.StringIO())
        self.happens, self.told = dict(happens), []

    def watches(self, load, *others):
        super().watches(load, *others)
        self.load = load

    def phase(self, name, seconds=None):
        super().phase(name, seconds)
        if name == "steady":  # which is over in no time here, and a busy machine may need longer for a write
            until(lambda: any(self.load.state()[:3]))
        happens = self.happens.pop(name, None)
        if happens:
            happens()

    def says(self, text):
        super().says(text)
        self.told.append(text)


class Ran:
    def __init__(self, bed, folder, stage, conduct):
        self.bed, self.folder, self.stage, self.conduct = bed, folder, stage, conduct

    def __call__(self):
        return self.conduct.run("database", "main", "me@here:/folder")

    @property
    def journal(self):
        path = self.folder / "undo.json"
        return Journal.read(path) if path.exists() else Journal(RUN, UID)


@pytest.fixture
def bed(monkeypatch):
    bed = Bed()
    quick(monkeypatch, bed.server)
    return bed


@pytest.fixture
def play(bed, tmp_path):
    stages = []

    def make(kind="drain", happens=(), known=KNOWN, allow=UID, **more):
        stages.append(Play(happens))
        wanted = Wanted(
            **{
                "options": Options(kind=kind, allow=allow, steady_seconds=0.1),
                "load": LOAD,
                "injecting": HowToInject(),
                "outage_seconds": 2.0,
                "hold_seconds": 0.05,
                "settle_seconds": 2.0,
                **more,
            }
        )
        conduct = Conductor(bed.doors, wanted, known, RUN, tmp_path, stages[-1], lambda reason: None)
        return Ran(bed, tmp_path, stages[-1], conduct)

    yield make
    for stage in stages:
        stage.close()


def raising(error):
    def happens(*_words):
        raise error

    return happens


def named(error):
    return type(error).__name__


# From its beginning to its end


def test_a_drain(play, bed):
    ran = play()
    course = ran()
    assert [name for name, _from, _to in course.phases] == list(PHASES)
    assert all(begin <= end for _name, begin, end in course.phases)
    assert (course.problem, course.whole, course.rows_left) == ("", True, "")
    assert (course.plan.victim.node, course.plan.victim.pod) == ("pi01", "main-1")
    assert [(row.kind, row.node, row.done) for row in course.undone] == [("uncordon", "pi01", True)]
    assert ("evict", "database", "main-1") in bed.harmed()
    assert (bed.cordoned, bed.lease, ran.journal.open) == ([], None, [])
    assert (course.before["primary"], course.after["primary"]) == ("main-1", "main-2")
    assert course.steady["acked"] > 0
    assert len(course.rows_again) >= len(course.rows) > 0
    assert course.leftovers == []
    assert course.injected.at >= {name: at for name, at, _to in course.phases}["fault"]
    assert course.streaming is not None
    assert {path.name for path in ran.folder.iterdir()} >= {"plan.json", "baseline.json", "undo.json", "ledger.txt", "observed.jsonl"}
    assert json.loads((ran.folder / "plan.json").read_text())["allowed"] is True
    assert bed.ran[-1].startswith("DROP SCHEMA")


def test_without_a_fault_nothing_is_done(play, bed):
    course = play("none")()
    assert bed.harmed() == [("execute", "main-1", "postgres")]  # pg_amcheck
    assert (course.undone, course.problem, course.whole, bed.lease) == ((), "", True, None)


def test_copies_that_were_all_in_sync_are_waited_for_and_no_others(play, bed, monkeypatch):
    gather, seen = subject.integrity.gather, []

    def gathered(*given, **more):
        found = gather(*given, **more)
        for name, row in found["volumes"].items():
            row.update(replicated=name != "main-1", healthy=name != "main-2")
        return found

    class Settling(subject.Settling):
        def __init__(self, *given):
            seen.append(given[6])
            super().__init__(*given[:6])

    monkeypatch.setattr(subject.integrity, "gather", gathered)
    monkeypatch.setattr(subject, "Settling", Settling)
    play("none")()
    assert seen == [["main-3"]]


def test_rows_stay_if_they_are_to(play, bed):
    assert play("none", keep_rows=True)().rows_left is None
    assert not any("DROP" in statement for statement in bed.ran)


def test_a_fault_of_the_node_is_armed_undone_and_looked_for(play, bed):
    course = play("kubelite_stop")()
    assert [script.splitlines()[-1].split()[0] for script in bed.scripts] == ["pikube_arm", "pikube_stop", "pikube_undo", "pikube_look"]
    # The node undoes by itself later than the run does, whatever that waits for.
    assert course.injected.facts["dead_man_seconds"] >= 2 + 0.05 + subject.DEAD_MAN_REST
    assert (course.leftovers, bed.lease) == ([], None)


def test_rows_that_cannot_be_read_are_for_the_judge(play, bed, monkeypatch):
    def away(*_given, **_more):
        raise FailoverError("nobody answers")

    monkeypatch.setattr(bed, "stream", away)
    course = play("none")()
    assert (course.rows, course.rows_again, course.problem) == (None, None, "")


# What injects nothing


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({"allow": ""}, "not-opted-in", id="nobody allowed it"),
        pytest.param({"allow": "another"}, "not-opted-in", id="another cluster was allowed"),
        pytest.param({"kind": "crash", "known": replace(KNOWN, voters=None)}, "voters-unknown", id="nobody knows who votes"),
        pytest.param({"kind": "crash", "known": replace(KNOWN, controller="pi01")}, "victim-is-controller", id="it runs on the victim"),
        pytest.param({"kind": "power_off"}, "no-power-commands", id="there are no commands"),
    ],
)
def test_a_refusal_changes_nothing_at_all(play, bed, more, code):
    ran = play(**more)
    with pytest.raises(FailoverError, match="nothing was injected") as caught:
        ran()
    assert code in caught.value.facts["codes"]
    assert caught.value.facts["plan"]["allowed"] is False
    assert (bed.harmed(), bed.lease, bed.ran, bed.scripts) == ([], None, [], [])
    assert json.loads((ran.folder / "plan.json").read_text())["allowed"] is False


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"committing": [SessionError("gone")]}, id="of a write nobody knows"),
        pytest.param({"inserting": [SessionError("refused", "57P03")]}, id="a write fails"),
    ],
)
def test_a_load_that_is_not_steady_injects_nothing(play, bed, broken):
    vars(bed.server).update(broken)
    with pytest.raises(FailoverError) as caught:
        play()()
    assert caught.value.facts["codes"] == ["unsteady"]
    assert (bed.harmed(), bed.lease) == ([], None)


def test_another_run_that_is_quicker_keeps_its_lease(play, bed):
    def other(*words):
        if words[:2] == ("create", "Lease") and bed.lease is None:
            metadata = {"name": "pikube-failover", "namespace": "database", "annotations": {}}
            bed.api.add({"kind": "Lease", "metadata": metadata, "spec": {"holderIdentity": "other", "renewTime": "2026-11-30T21:05:33Z"}})

    bed.api.meets.append(other)
    with pytest.raises(FailoverError, match="run other of an unknown controller is verifying this cluster"):
        play()()
    assert bed.lease["spec"]["holderIdentity"] == "other"
    assert bed.harmed() == []


def test_what_cannot_be_noted_is_not_done(play, bed):
    bed.api.failing["patch", "Lease"] = [ClusterError("nobody answers")]
    course = play()()
    assert course.problem == "the fault was not injected as planned: nobody answers"
    assert bed.cordoned == []
    assert not any(words[0] == "evict" or words[:2] == ("patch", "Node") for words in bed.harmed())
    assert (course.injected, bed.lease) == (None, None)


# Undone on every way out


def settled(ran):
    """Nothing is left, wherever it ended."""
    assert ran.journal.open == []
    assert ran.bed.cordoned == []
    assert ran.bed.lease is None


@pytest.mark.parametrize(
    "error", [Interrupt("asked"), FailoverError("a reason"), RuntimeError("unforeseen")], ids=lambda one: type(one).__name__
)
@pytest.mark.parametrize("phase", PHASES)
def test_whatever_ends_a_phase_all_is_undone(play, phase, error):
    ran = play(happens={phase: raising(error)})
    with pytest.raises(type(error)):
        ran()
    settled(ran)


def test_an_interrupt_at_any_call_of_the_api_is_followed_by_the_undo(play, bed, tmp_path):
    """From the note in the Lease on, all calls of the main thread in turn."""
    calls = []
    bed.api.meets.append(lambda *words: calls.append(words))
    play()()
    noted = next(place for place, words in enumerate(calls) if words[:2] == ("patch", "Lease"))
    undone = max(place for place, words in enumerate(calls) if words[:2] == ("patch", "Node"))
    assert undone - noted > 5
    for turn in range(noted, undone + 1):
        bed.api, count = type(bed.api)(), iter(range(10_000))
        bed.server.rows.clear()

        def meets(*_words, turn=turn, count=count):
            if next(count) == turn:
                raise Interrupt

        bed.api.meets.append(meets)
        ran = play()
        with pytest.raises(Interrupt):
            ran()
        settled(ran)


def test_an_interrupt_in_the_undo_after_an_error_does_not_leave_it_half_done(play):
    ran = play(happens={"outage": raising(RuntimeError("unforeseen")), "undo": raising(Interrupt("asked"))})
    with pytest.raises(Interrupt):
        ran()
    settled(ran)


def test_an_interrupt_while_the_lease_is_begun_leaves_none(play, bed, monkeypatch):
    monkeypatch.setattr(subject.Lease, "start", raising(Interrupt("asked")))
    ran = play()
    with pytest.raises(Interrupt):
        ran()
    settled(ran)


@pytest.mark.parametrize("error", [FailoverError("no"), ClusterError("no answer")], ids=named)
def test_a_fault_that_is_half_done_is_undone_and_told(play, bed, error):
    bed.api.failing["evict",] = [error]
    ran = play()
    course = ran()
    assert course.problem.startswith("the fault was not injected as planned: no")
    assert [row.done for row in course.undone] == [True]
    assert "outage" not in [name for name, _from, _to in course.phases]
    settled(ran)


def test_an_error_of_the_injection_that_nobody_foresaw(play, bed):
    bed.api.failing["evict",] = [RuntimeError("unforeseen")]
    ran = play()
    with pytest.raises(RuntimeError):
        ran()
    settled(ran)


@pytest.mark.parametrize("phase", ["steady", "outage", "degraded", "settle"])
def test_a_load_that_ends_by_itself_ends_the_run(play, bed, monkeypatch, phase):
    def breaks():
        monkeypatch.setattr(subject.Load, "state", lambda load: load._tally.state(load._clock(), "writer-1 of the load: OSError: full"))

    ran = play(happens={phase: breaks})
    with pytest.raises(FailoverError, match="the load ended by an error of its own, so nothing can be proven: writer-1"):
        ran()
    settled(ran)


def test_a_cluster_that_does_not_become_whole(play, bed):
    ran = play(settle_seconds=0.2, happens={"undo": bed.api.evicted.clear})
    course = ran()
    assert course.whole is False
    assert course.problem.startswith("the cluster was not whole again after 0 s: ")
    settled(ran)


def test_an_outage_that_does_not_end_is_undone_in_its_time(play, bed, monkeypatch):
    monkeypatch.setattr(subject, "SOON_SECONDS", 2.0)

    def cut():
        bed.server.opening["127.0.0.1"] = SessionError("refused")
        bed.server.inserting += [SessionError("gone")] * LOAD.writers

    ran = play(outage_seconds=0.5, happens={"outage": cut, "undo": bed.server.opening.clear})
    course = ran()
    begin, end = next((begin, end) for name, begin, end in course.phases if name == "outage")
    assert 0.5e6 <= end - begin < 1.9e6
    assert (course.problem, course.whole) == ("", True)
    settled(ran)


def test_an_outage_is_waited_for_until_writes_go_on(play, bed, monkeypatch):
    monkeypatch.setattr(subject, "SOON_SECONDS", 30.0)
    monkeypatch.setattr(subject, "LOOK", 0.05)

    def cut():
        bed.server.opening["127.0.0.1"] = SessionError("refused")
        bed.server.inserting += [SessionError("gone")] * LOAD.writers
        threading.Timer(0.4, bed.server.opening.clear).start()

    ran = play(outage_seconds=30.0, happens={"outage": cut})
    course = ran()
    begin, end = next((begin, end) for name, begin, end in course.phases if name == "outage")
    assert 0.4e6 <= end - begin < 5e6
    settled(ran)


# What cannot be undone


def test_what_cannot_be_undone_stays_in_the_lease_and_in_the_journal(play, bed):
    def broken(*words):
        if words[:2] == ("patch", "Node") and words[3]["spec"]["unschedulable"] is None:
            raise ClusterError("nobody answers")

    bed.api.meets.append(broken)
    ran = play(settle_seconds=0.1)
    course = ran()
    assert [(row.kind, row.done, row.problem) for row in course.undone] == [("uncordon", False, "nobody answers")]
    assert "kubectl uncordon pi01" in course.undone[0].manual
    assert [entry.kind for entry in ran.journal.open] == ["uncordon"]
    assert bed.lease["spec"]["holderIdentity"] == RUN
    assert [row["kind"] for row in json.loads(bed.lease["metadata"]["annotations"][UNDO])] == ["uncordon"]


def test_what_is_undone_at_the_second_time_counts_as_undone(play, bed):
    def broken(*words):
        if words[:2] == ("patch", "Node") and words[3]["spec"]["unschedulable"] is None:
            raise ClusterError("nobody answers")

    bed.api.meets.append(broken)
    ran = play(settle_seconds=0.1, happens={"judge": bed.api.meets.clear})
    course = ran()
    assert [(row.kind, row.done) for row in course.undone] == [("uncordon", True)]
    settled(ran)


def test_a_door_to_the_database_that_is_shut_in_the_end_takes_no_report_away(play, bed):
    doors = bed.doors
    opened = []

    def database(api):
        opened.append(api)
        if len(opened) > 1:
            raise ClusterError("nobody answers")
        return bed

    bed.doors = replace(doors, database=database)
    assert play("none")().after is not None
