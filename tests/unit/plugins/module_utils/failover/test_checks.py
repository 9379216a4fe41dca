# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
from dataclasses import MISSING, fields, replace
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.analysis import analyse
from ansible_collections.pikube.stateful.plugins.module_utils.failover.checks import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.controls import CONTROLS, forged
from ansible_collections.pikube.stateful.plugins.module_utils.failover.evidence import CLUSTER, SINGLE, Evidence
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judged_servers import EFFECTS, SILENT
from ansible_collections.pikube.stateful.plugins.module_utils.failover.judging import NOT_APPLICABLE, results, verdict
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import (
    ACKED,
    CHAIN_LETTERS,
    FAILED,
    INTENT,
    Event,
    beginning,
    line,
    read,
)
from ansible_collections.pikube.stateful.plugins.module_utils.failover.milestones import MARKS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.verdict import FAIL, NOT_KNOWN, PASS, Row
from ansible_collections.pikube.stateful.tests.unit.failover_runs import (
    OVERLAP,
    UNCORDONED,
    analysis,
    drained,
    instance,
    moved,
    node,
    untouched,
)
from hypothesis import given, settings
from hypothesis import strategies as st

LOST = ((3, 17), (3, 18))


def judged(evidence):
    return {row.id: row for row in results(CHECKS, evidence)}


def put(value, *path):
    """A change of a run: a value under a path of fields, keys and attributes."""

    def change(evidence):
        name, *keys = path
        if not keys:
            return replace(evidence, **{name: value})
        top = copy.deepcopy(getattr(evidence, name))
        place = top
        for key in keys[:-1]:
            place = place[key] if isinstance(place, dict) else getattr(place, key)
        if isinstance(place, dict):
            place[keys[-1]] = value
        else:
            setattr(place, keys[-1], value)
        return replace(evidence, **{name: top})

    return change


def in_turn(*names):
    """Milestones in this order."""
    return {name: SimpleNamespace(at=at) for at, name in enumerate(names)}


def both(*changes):
    def change(evidence):
        for one in changes:
            evidence = one(evidence)
        return evidence

    return change


def without(name, *path):
    """A run in which something is missing."""

    def change(evidence):
        top = copy.deepcopy(getattr(evidence, name))
        place = top
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        return replace(evidence, **{name: top})

    return change


SLOT = {"name": "_cnpg_main_9", "active": False, "retained": 200 * 2**20}
MILESTONE = {"not_ready": SimpleNamespace(at=51_000_000)}

ROWS = [
    # S1: one writer
    pytest.param(drained, put((OVERLAP,), "after_restore", "overlaps"), "S1", FAIL, "main-1 (10.1.0.1) went on", id="S1 by acks"),
    pytest.param(
        drained,
        put(({"main-1": True, "main-2": True},), "rounds"),
        "S1",
        FAIL,
        "main-1 and main-2 took writes",
        id="S1 two writable primaries",
    ),
    pytest.param(
        drained,
        put(({"pods": ["main-1", "main-2"], "seconds": 9.0},), "two_primaries"),
        "S1",
        FAIL,
        "labelled",
        id="S1 two labels",
    ),
    pytest.param(
        drained,
        put(({"pods": ["main-1", "main-2"], "seconds": 0.2},), "two_primaries"),
        "S1",
        PASS,
        "one at a time",
        id="S1 in turn",
    ),
    pytest.param(drained, put((), "rounds"), "S1", PASS, "were not asked", id="S1 by acks alone"),
    pytest.param(
        drained, both(put(None, "analysis"), put(None, "after_restore")), "S1", NOT_KNOWN, "not known", id="S1 needs acknowledgements"
    ),
    # L4, L5, L6: the data
    pytest.param(drained, put(LOST, "analysis", "findings", "lost"), "L4", FAIL, "2 acknowledged writes are not there", id="L4 lost"),
    pytest.param(drained, put(((1, 2),), "analysis", "findings", "duplicated"), "L4", FAIL, "writer 1 number 2", id="L4 twice"),
    pytest.param(drained, put(((1, 2),), "analysis", "findings", "damaged"), "L4", FAIL, "1 row is not what was written", id="L4 damaged"),
    pytest.param(drained, put(((1, 2),), "analysis", "findings", "phantom"), "L4", FAIL, "never begun", id="L4 phantom"),
    pytest.param(drained, put(((1, 2),), "analysis", "findings", "disordered"), "L4", FAIL, "after a later one", id="L4 disordered"),
    pytest.param(
        drained, put(tuple((1, n) for n in range(9)), "analysis", "findings", "lost"), "L4", FAIL, "and 6 more", id="L4 names a few"
    ),
    pytest.param(drained, put(analysis(acknowledged=0), "analysis"), "L4", NOT_KNOWN, "proves nothing", id="L4 nothing of nothing"),
    pytest.param(drained, put(None, "analysis"), "L4", NOT_KNOWN, "not read", id="L4 not read"),
    pytest.param(drained, put(None, "after_restore"), "L5", NOT_KNOWN, "not read again", id="L5 not read again"),
    pytest.param(drained, put(LOST, "after_restore", "findings", "lost"), "L5", FAIL, "are not there", id="L5 lost with the node's return"),
    pytest.param(
        drained,
        put(analysis(unknown_there=0, unknown_absent=3), "after_restore"),
        "L5",
        FAIL,
        "1 row that had been read is gone",
        id="L5 an unknown row that was read goes again",
    ),
    pytest.param(
        drained,
        put(analysis(entries=9900, acknowledged=4813, unknown_there=0), "after_restore"),
        "L5",
        PASS,
        "all 4,813",
        id="L5 an unknown row was acknowledged later",
    ),
    pytest.param(
        drained, both(put(2, "analysis", "rpo_rows"), put(0.5, "analysis", "rpo_seconds")), "L6", FAIL, "2 rows and 0.500 s", id="L6 loss"
    ),
    pytest.param(drained, put(True, "analysis", "torn"), "L1", PASS, "cut off", id="L1 a torn line counts as not written"),
    pytest.param(drained, put(0, "analysis", "entries"), "L1", NOT_KNOWN, "nothing is in it", id="L1 empty"),
    # C0, C1: controls
    pytest.param(untouched, put(0.04, "analysis", "rto_seconds"), "C0", FAIL, "an outage of 0.040 s", id="C0 an outage without a fault"),
    pytest.param(untouched, put(1, "analysis", "rpo_rows"), "C0", FAIL, "1 row was lost", id="C0 a loss without a fault"),
    pytest.param(untouched, put(None, "analysis", "rto_seconds"), "C0", FAIL, "without an end", id="C0 an outage that stays"),
    pytest.param(untouched, put("other", "after", "pods", "main-3", "uid"), "C1", FAIL, "main-3", id="C1 a pod replaced"),
    pytest.param(drained, put("drain", "fault"), "C0", NOT_APPLICABLE, "a fault was injected", id="C0 is for runs without a fault"),
    # T: time
    pytest.param(drained, put(25.0, "resolution_ms"), "T1", NOT_KNOWN, "20 ms were wanted", id="T1 coarse"),
    pytest.param(drained, put(None, "analysis", "rto_seconds"), "T2", FAIL, "not acknowledged any more", id="T2 no end"),
    pytest.param(
        drained,
        both(put(None, "analysis", "rto_seconds"), put("lease of pi01 is 90 s old", "stalled")),
        "T2",
        NOT_KNOWN,
        "control plane stood still",
        id="T2 is no failure of the database while the control plane stands still",
    ),
    pytest.param(drained, put(5.0, "limit_seconds"), "T2", FAIL, "at most 5 s", id="T2 longer than accepted"),
    pytest.param(drained, put(10.0, "limit_seconds"), "T2", PASS, "after 6.10 s (usual: 1 to 45 s)", id="T2 within what is accepted"),
    pytest.param(moved, put((60.0, None), "predicted"), "T2", PASS, "usual: 60 s and more", id="T2 a band without an end"),
    pytest.param(
        moved,
        both(put(None, "analysis", "rto_seconds"), put({"not_ready": SimpleNamespace(at=5)}, "milestones")),
        "T2",
        FAIL,
        "its pod stayed with",
        id="T2 a StatefulSet that nobody moved",
    ),
    pytest.param(
        moved,
        put(
            {name: SimpleNamespace(at=at) for at, name in enumerate(("not_ready", "node_ready", "scheduled", "first_acknowledged"))},
            "milestones",
        ),
        "T2",
        PASS,
        "as that of a StatefulSet does for ever",
        id="T2 it came back with its node only",
    ),
    pytest.param(drained, put("lease of pi01 is 90 s old", "stalled"), "T6", NOT_KNOWN, "lease of pi01 is 90 s old", id="T6 stalled"),
    pytest.param(drained, put(None, "stalled"), "T6", NOT_KNOWN, "not watched", id="T6 not watched"),
    # I1: the same database
    pytest.param(
        drained, put("1", "after", "instances", "main-3", "system_identifier"), "I1", FAIL, "main-3 has another system", id="I1 another one"
    ),
    pytest.param(drained, put(1, "after", "instances", "main-2", "timeline"), "I1", FAIL, "was not promoted", id="I1 without a promotion"),
    pytest.param(drained, put(0, "after", "instances", "main-2", "timeline"), "I1", FAIL, "went back", id="I1 timeline back"),
    pytest.param(drained, put("0/2FFFFFF", "after", "instances", "main-2", "lsn"), "I1", FAIL, "had come to 0/3000000", id="I1 log back"),
    pytest.param(drained, put("1/0", "after", "instances", "main-2", "lsn"), "I1", PASS, "1/0", id="I1 the log in the next 4 GiB"),
    pytest.param(moved, put(2, "after", "instances", "db-0", "timeline"), "I1", FAIL, "nothing was to be promoted", id="I1 promoted"),
    pytest.param(drained, put({}, "after", "instances"), "I1", NOT_KNOWN, "not asked", id="I1 silent"),
    pytest.param(drained, put("nonsense", "after", "instances", "main-2", "lsn"), "I1", NOT_KNOWN, "ValueError", id="I1 unreadable"),
    # I2: the fault was seen
    pytest.param(drained, put("uid-1", "after", "pods", "main-1", "uid"), "I2", NOT_KNOWN, "did not hit it", id="I2 drain without effect"),
    pytest.param(drained, without("after", "pods", "main-1"), "I2", PASS, "is gone", id="I2 the pod is gone"),
    pytest.param(moved, put("uid-1", "after", "pods", "db-0", "uid"), "I2", PASS, "started anew", id="I2 a server started anew in its pod"),
    pytest.param(
        moved,
        both(put("uid-1", "after", "pods", "db-0", "uid"), put({}, "after", "instances"), put(1, "after", "pods", "db-0", "restarts")),
        "I2",
        PASS,
        "the container of db-0 was started anew",
        id="I2 a container started anew, of which the server was not asked",
    ),
    pytest.param(
        moved,
        both(put("uid-1", "after", "pods", "db-0", "uid"), put(instance(False, 1, "0/8000000"), "after", "instances", "db-0")),
        "I2",
        NOT_KNOWN,
        "power_off did not hit it",
        id="I2 the same server all the time",
    ),
    pytest.param(drained, put("partition", "fault"), "I2", NOT_KNOWN, "not seen to fall silent", id="I2 partition unseen"),
    pytest.param(drained, both(put("partition", "fault"), put(MILESTONE, "milestones")), "I2", PASS, "(not_ready)", id="I2 partition seen"),
    pytest.param(drained, put("flood", "fault"), "I2", NOT_KNOWN, "was not looked at", id="I2 a fault that the table does not know"),
    # I3: volumes with their pods
    pytest.param(
        moved,
        put("pi01", "after", "volumes", "data-db-0", "attached_to"),
        "I3",
        FAIL,
        "db-0 runs on pi02, and the volume of data-db-0 is attached to pi01",
        id="I3 a moved pod whose volume did not move",
    ),
    pytest.param(
        moved,
        both(
            put("hostPath", "after", "volumes", "data-db-0", "source"),
            put("pi02", "after", "volumes", "data-db-0", "attached_to"),
            put([None], "after", "volumes", "data-db-0", "copies"),
        ),
        "I3",
        FAIL,
        "is a folder of a node: the volume did not move",
        id="I3 a moved pod on a hostPath",
    ),
    pytest.param(
        moved,
        both(
            put(False, "after", "volumes", "data-db-0", "replicated"),
            put(["pi01"], "after", "volumes", "data-db-0", "copies"),
        ),
        "I3",
        FAIL,
        "the only copy of data-db-0 is on pi01",
        id="I3 a moved pod whose only copy stayed",
    ),
    pytest.param(
        moved, put(["pi01", "pi02"], "after", "volumes", "data-db-0", "attachments"), "I3", FAIL, "pi01 and pi02", id="I3 attached twice"
    ),
    pytest.param(moved, put(["pi02"], "after", "volumes", "data-db-0", "attachments"), "I3", PASS, "db-0 moved", id="I3 attached once"),
    pytest.param(
        moved,
        put("pi01", "after", "volumes", "data-db-0", "held_by"),
        "I3",
        FAIL,
        "the engine of data-db-0 says that pi01 holds its volume",
        id="I3 the label names the old node",
    ),
    pytest.param(
        moved, put("", "after", "volumes", "data-db-0", "held_by"), "I3", NOT_KNOWN, "which proves nothing", id="I3 the label is empty"
    ),
    pytest.param(
        moved,
        both(put("pi01", "before", "volumes", "data-db-0", "held_by"), put("pi02", "after", "volumes", "data-db-0", "held_by")),
        "I3",
        PASS,
        "held by pi01 before and by pi02 now, copies on",
        id="I3 the label went along",
    ),
    pytest.param(moved, put("claim-9", "after", "claims", "data-db-0", "uid"), "I3", FAIL, "made anew", id="I3 an empty claim"),
    pytest.param(moved, put("pvc-9", "after", "claims", "data-db-0", "volume"), "I3", FAIL, "another volume", id="I3 another volume"),
    pytest.param(moved, put({"other": {}}, "after", "claims"), "I3", FAIL, "data-db-0 is gone", id="I3 a claim of a server alone is gone"),
    pytest.param(drained, without("after", "claims", "main-1"), "I3", PASS, "another one replaced", id="I3 a replaced instance"),
    pytest.param(moved, put({}, "after", "claims"), "I3", NOT_KNOWN, "not looked at", id="I3 not looked at"),
    # I4, I5, I7: nothing is damaged
    pytest.param(drained, put(3, "after", "instances", "main-3", "checksum_failures"), "I4", FAIL, "main-3 counts 3", id="I4 checksums"),
    pytest.param(
        drained, put({"verdict": "fail", "said": "invalid page"}, "after", "amcheck"), "I4", FAIL, "pg_amcheck: invalid", id="I4 an index"
    ),
    pytest.param(drained, put(None, "after", "amcheck"), "I4", PASS, "not gone through", id="I4 by checksums alone"),
    pytest.param(
        moved, put(False, "after", "instances", "db-0", "checksums"), "I4", NOT_KNOWN, "keeps no checksums", id="I4 neither of the two"
    ),
    pytest.param(moved, put(False, "after", "volumes", "data-db-0", "takes_writes"), "I5", FAIL, "takes no writes", id="I5 read-only"),
    pytest.param(moved, put(None, "after", "volumes", "data-db-0", "takes_writes"), "I5", NOT_KNOWN, "not known", id="I5 not known"),
    pytest.param(
        drained,
        put({"lines": [{"pod": "main-1", "line": "PANIC: x"}] * 2, "silent": {}}, "after", "logs"),
        "I7",
        FAIL,
        "main-1: PANIC: x, and 1 more",
        id="I7 a panic",
    ),
    pytest.param(drained, put({"lines": [], "silent": {"main-1": "x"}}, "after", "logs"), "I7", NOT_KNOWN, "main-1", id="I7 unread"),
    pytest.param(drained, put(None, "after", "logs"), "I7", NOT_KNOWN, "not read", id="I7 not asked for"),
    # I6, I8: redundancy
    pytest.param(drained, put(({"main-1": True, "main-2": True},), "rounds"), "I6", FAIL, "took writes", id="I6 two"),
    pytest.param(drained, put(({"main-1": None, "main-2": None},), "rounds"), "I6", NOT_KNOWN, "no server said", id="I6 none answers"),
    pytest.param(drained, put(({"main-1": None, "main-2": True},), "rounds"), "I6", PASS, "does not answer", id="I6 the old one is off"),
    pytest.param(drained, put(({"main-2": True},), "rounds"), "I6", PASS, "does not answer", id="I6 the old one is gone"),
    pytest.param(moved, put((), "rounds"), "I6", NOT_APPLICABLE, "one server alone", id="I6 needs two"),
    pytest.param(drained, put(False, "after", "pods", "main-1", "ready"), "I8", FAIL, "2 of 3 instances", id="I8 one is not back"),
    pytest.param(drained, put("", "after", "primary"), "I8", FAIL, "no instance is the primary", id="I8 no primary"),
    pytest.param(drained, put({}, "after", "pods"), "I8", NOT_KNOWN, "not looked at", id="I8 not looked at"),
    pytest.param(drained, without("after", "instances", "main-2"), "I8", NOT_KNOWN, "main-2 was not asked", id="I8 the primary is silent"),
    pytest.param(drained, put([], "after", "instances", "main-2", "standbys"), "I8", FAIL, "0 of 2 standbys", id="I8 none streams"),
    pytest.param(drained, put("pi02", "after", "pods", "main-1", "node"), "I8", FAIL, "several instances are on pi02", id="I8 on one node"),
    pytest.param(drained, put(1, "after", "instances", "main-1", "timeline"), "I8", FAIL, "main-1 is on timeline 1", id="I8 diverged"),
    pytest.param(drained, put([SLOT], "after", "instances", "main-2", "slots"), "I8", FAIL, "200 MiB", id="I8 an idle slot"),
    pytest.param(
        drained,
        both(put([SLOT], "after", "instances", "main-2", "slots"), put([SLOT], "before", "instances", "main-1", "slots")),
        "I8",
        PASS,
        "stream",
        id="I8 a slot that was idle before",
    ),
    pytest.param(drained, without("after", "instances", "main-3"), "I8", NOT_KNOWN, "main-3 was not asked", id="I8 one was not asked"),
    # R: restored
    pytest.param(drained, put(node(cordoned=True), "baseline_after", "nodes", "pi01"), "R1", FAIL, "pi01 is cordoned", id="R1 a cordon"),
    pytest.param(drained, put(("on pi01 table inet pikube_failover",), "leftovers"), "R1", FAIL, "table inet", id="R1 a table"),
    pytest.param(drained, put((), "leftovers"), "R1", PASS, "no timer", id="R1 the nodes were asked"),
    pytest.param(drained, put(None, "baseline_after"), "R1", NOT_KNOWN, "not read", id="R1 not read"),
    pytest.param(drained, without("baseline_after", "nodes", "pi01"), "R2", FAIL, "node pi01 is gone", id="R2 a node is gone"),
    pytest.param(
        drained,
        put("off", "after", "instances", "main-2", "settings", "fsync"),
        "R2",
        FAIL,
        "fsync of the",
        id="R2 a setting",
    ),
    pytest.param(
        drained,
        put("", "after", "instances", "main-2", "settings", "synchronous_standby_names"),
        "R2",
        PASS,
        "as they were",
        id="R2 what the operator renews",
    ),
    pytest.param(drained, put(None, "baseline_before"), "R2", NOT_KNOWN, "not read", id="R2 not read"),
    pytest.param(moved, put(False, "after", "volumes", "data-db-0", "healthy"), "R3", FAIL, "3 of 3 copies", id="R3 not in sync"),
    pytest.param(
        moved,
        both(put(False, "after", "volumes", "data-db-0", "healthy"), put(False, "before", "volumes", "data-db-0", "healthy")),
        "R3",
        NOT_KNOWN,
        "it was so before",
        id="R3 not in sync before either",
    ),
    pytest.param(moved, put(None, "after", "volumes", "data-db-0", "healthy"), "R3", NOT_KNOWN, "not known", id="R3 not known"),
    pytest.param(
        drained,
        put("a deadlock", "rows_left"),
        "R4",
        FAIL,
        "still in the database: a deadlock",
        id="R4 the rows are still there",
    ),
    pytest.param(drained, put(None, "rows_left"), "R4", NOT_APPLICABLE, "to stay", id="R4 the rows were to stay"),
    pytest.param(
        drained,
        put((UNCORDONED._replace(done=False, at=None, manual="kubectl uncordon pi01", problem="no API server answers"),), "undo"),
        "R5",
        FAIL,
        "pi01 takes pods again (no API server answers). By hand: kubectl uncordon pi01",
        id="R5 names the command",
    ),
    pytest.param(drained, put((), "undo"), "R5", NOT_APPLICABLE, "nothing was to be undone", id="R5 without undo"),
]


@pytest.mark.parametrize(("run", "change", "check", "wanted", "says"), ROWS)
def test_a_check(run, change, check, wanted, says):
    found = judged(change(run()))[check]
    assert (found.verdict, says in found.evidence) == (wanted, True), found
    assert bool(found.cure) == (found.verdict in (FAIL, NOT_KNOWN))


@pytest.mark.parametrize("run", [drained, untouched, moved])
def test_a_run_in_which_all_is_well(run):
    found = results(CHECKS, run())
    assert [row for row in found if row.verdict not in (PASS, NOT_APPLICABLE)] == []
    assert verdict(found)[0] == PASS


@pytest.mark.parametrize("topology", [CLUSTER, SINGLE])
@pytest.mark.parametrize("fault", FAULTS)
def test_of_nothing_nothing_passes(fault, topology):
    found = results(CHECKS, Evidence(fault=fault, topology=topology))
    assert {row.verdict for row in found} == {NOT_KNOWN, NOT_APPLICABLE}
    assert verdict(found)[0] == NOT_KNOWN


def leaves(value, path=()):
    """Paths of all that mappings hold."""
    for key, inner in value.items():
        yield (*path, key)
        if isinstance(inner, dict):
            yield from leaves(inner, (*path, key))


@given(st.sampled_from((drained, untouched, moved)), st.sampled_from(("before", "after", "baseline_before", "baseline_after")), st.data())
@settings(deadline=None)
def test_what_was_not_gathered_is_no_failure_of_the_data_and_breaks_nothing(run, name, data):
    evidence = run()
    path = data.draw(st.sampled_from(list(leaves(getattr(evidence, name)))))
    found = {row.id: row.verdict for row in results(CHECKS, without(name, *path)(evidence))}
    assert {found[check] for check in ("S1", "L4", "L5", "L6")} == {PASS}
    assert set(found.values()) <= {PASS, FAIL, NOT_KNOWN, NOT_APPLICABLE}


@pytest.mark.parametrize("name", [field.name for field in fields(Evidence) if field.default is not MISSING])
def test_a_run_of_which_something_is_missing_does_not_fail(name):
    empty = next(field.default for field in fields(Evidence) if field.name == name)
    assert verdict(results(CHECKS, replace(drained(), **{name: empty})))[0] in (PASS, NOT_KNOWN)


def test_every_check_is_seen_to_fail_or_to_not_know():
    spoken = {param.values[2] for param in ROWS if param.values[3] in (FAIL, NOT_KNOWN)}
    assert spoken == {check.id for check in CHECKS}


def test_the_table_is_whole():
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert {"L4", "L5", "S1"} <= {check.id for check in CHECKS if check.proof}
    assert all(check.cure and not check.cure.endswith(".") and not check.what.endswith(".") for check in CHECKS)


def test_every_fault_has_an_effect_that_is_looked_for():
    assert set(EFFECTS) == set(FAULTS) - {"none"}


# With a true ledger, and the rows made wrong


def told():
    """A run of two writers: main-1 acknowledges, then none, then main-2."""
    events, rows = [], []
    for number in range(1, 41):
        for writer in (1, 2):
            at = number * 100_000 + writer * 50_000
            server = "10.1.0.1" if number <= 15 else "10.1.0.2"
            fails = 15 < number <= 20
            events.append(Event(at, INTENT, writer, number, f"sum{writer}-{number}"))
            events.append(Event(at + 5_000, FAILED if fails else ACKED, writer, number, "refused:57P01" if fails else server))
            if not fails:
                rows.append(Row(writer, number, f"sum{writer}-{number}"))
    chain, lines = beginning("run"), []
    for event in events:
        lines.append(line(chain, event))
        chain = lines[-1][:CHAIN_LETTERS]
    return lines, rows


def judged_run(lines, rows, later=None):
    first = analyse(lines, rows, "run", 1_520_000, 4_200_000)
    second = analyse(lines, rows if later is None else later, "run", 1_520_000, 4_200_000)
    return verdict(results(CHECKS, replace(drained(), analysis=first, after_restore=second)))


def test_a_ledger_and_its_rows_pass():
    ended, because = judged_run(*told())
    assert (ended, because[0]) == (
        PASS,
        "S1: main-1 (10.1.0.1) then main-2 (10.1.0.2) acknowledged writes, one at a time; asked 2 times, never did two take writes.",
    )
    assert because[1] == "L4: all 70 acknowledged writes are there once, in order and unchanged."


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.what)
def test_rows_made_wrong_fail_the_run(control):
    lines, rows = told()
    wrong = list(control.tamper(rows, rows[10]))
    ended, because = judged_run(lines, wrong, rows)
    assert (ended, because[0].split(":")[0]) == (FAIL, "L4")
    ended, because = judged_run(lines, rows, wrong)
    assert (ended, because[0].split(":")[0]) == (FAIL, "L5")


def test_an_acknowledgement_that_was_forged_fails_the_run():
    lines, rows = told()
    ended, because = judged_run(list(forged(lines, "run")), rows)
    assert ended == FAIL
    assert because[0] == "L4: 1 acknowledged write is not there (writer 2147483647 number 1)."


def test_two_servers_by_turns_fail_the_run_though_nothing_is_lost():
    lines, rows = told()
    events = read([*lines], "run").events
    chain, wrong = beginning("run"), []
    for event in events:
        late = event.kind == ACKED and event.number == 30
        wrong.append(line(chain, event._replace(detail="10.1.0.1") if late else event))
        chain = wrong[-1][:CHAIN_LETTERS]
    ended, because = judged_run(wrong, rows)
    assert (ended, len(because)) == (FAIL, 1)
    assert because[0].startswith("S1: main-1 (10.1.0.1) went on to acknowledge writes for 0.9")


def test_a_silent_node_is_told_by_milestones_that_there_are():
    assert set(SILENT) <= {mark.id for mark in MARKS}


def test_a_server_that_was_moved_before_its_node_came_back_was_not_stuck():
    marks = in_turn("not_ready", "scheduled", "first_acknowledged", "node_ready")
    found = {row.id: row for row in results(CHECKS, put(marks, "milestones")(moved()))}
    assert "StatefulSet" not in found["T2"].evidence
