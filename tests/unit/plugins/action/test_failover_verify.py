# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action on a cluster in memory. The run is a real process, and what it does to its copy of that cluster is seen by what it leaves."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.action import failover_verify as subject
from ansible_collections.pikube.stateful.plugins.doc_fragments.cluster import ModuleDocFragment
from ansible_collections.pikube.stateful.plugins.module_utils.cluster import ClusterError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.faults import FAULTS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.lease import NAME, RESTORE, UNDO, stamp_of
from ansible_collections.pikube.stateful.plugins.module_utils.failover.load_plan import LIMITS
from ansible_collections.pikube.stateful.plugins.module_utils.failover.progress_file import rows
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Journal
from ansible_collections.pikube.stateful.plugins.modules import failover_verify as module
from ansible_collections.pikube.stateful.plugins.plugin_utils import failover as doors
from ansible_collections.pikube.stateful.plugins.plugin_utils import failover_process
from ansible_collections.pikube.stateful.tests.unit.failover_bed import UID, Bed, quick
from ansible_collections.pikube.stateful.tests.unit.failover_situations import NODES

RUN = "20261130T210533Z-drain"
DOCUMENTED = yaml.safe_load(module.DOCUMENTATION)["options"]
RETURNED = yaml.safe_load(module.RETURN)
KNOWN_HERE = {"voters": list(NODES), "reached": list(NODES), "backup_hours": 1.0, "allow": UID}
QUICKLY = {"steady_seconds": 1, "hold_seconds": 0, "settle_seconds": 5, "outage_seconds": 5}
LOAD = {"writers": 2, "rate": 100, "short_per_second": 0, "readers": 0}


@pytest.fixture
def bed(monkeypatch):
    bed = Bed()
    quick(monkeypatch, bed.server)
    monkeypatch.setattr(failover_process, "LOOK", 0.01)
    return bed


@pytest.fixture
def act(monkeypatch, bed, tmp_path):
    """Runs the action: (state, check, connection, options) -> result."""
    shown, powers = [], []
    monkeypatch.setattr(subject, "DISPLAY", SimpleNamespace(display=lambda text, newline=True: shown.append(text)))

    def opened(wanted, node, power):
        powers.append(power)
        given = bed.doors

        def hands(api):
            made = given.hands(api)
            return made if node else made.__class__(**{**vars(made), "node": None, "power": power, "run_power": doors.run_power})

        return given.__class__(**{**vars(given), "hands": hands})

    monkeypatch.setattr(subject.failover, "doors", opened)
    monkeypatch.setattr(subject, "Cluster", lambda kubeconfig, servers=(): bed.api)

    def run(state="planned", check=False, transport="local", **options):
        action = subject.ActionModule.__new__(subject.ActionModule)
        action._task = SimpleNamespace(args=options, check_mode=check, delegate_to=None)
        action._connection = SimpleNamespace(transport=transport, reset=lambda: None)
        action.host, action.progress = "localhost", SimpleNamespace(waits=lambda *_given, **_more: None)

        @contextmanager
        def cluster(wanted):
            yield bed.api

        action.cluster = cluster
        defaults = {key: spec.get("default") for key, spec in subject.ARGUMENTS.items()}
        load = {**{key: spec["default"] for key, spec in subject.LOAD.items()}, **LOAD}
        given = {**defaults, **KNOWN_HERE, **QUICKLY, "load": load, "kubeconfig": {}, "reports": str(tmp_path / "reports"), **options}
        return action.outcome({**given, "state": state})

    run.shown, run.powers, run.reports = shown, powers, tmp_path / "reports"
    return run


# What is documented


def test_options_are_documented_as_they_are():
    fragment = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    documented = {**fragment, **DOCUMENTED, "kubeconfig": {**fragment["kubeconfig"], **DOCUMENTED["kubeconfig"]}}
    assert set(documented) == set(subject.ARGUMENTS)
    for name, spec in subject.ARGUMENTS.items():
        for key in ("type", "default", "choices", "elements", "required"):
            assert documented[name].get(key) == spec.get(key), (name, key)
    for name, spec in subject.LOAD.items():
        assert {key: documented["load"]["suboptions"][name].get(key) for key in ("type", "default")} == spec


def test_every_fault_and_every_limit_of_the_load_is_told():
    assert list(FAULTS) == DOCUMENTED["kind"]["choices"]
    assert {kind for kind in FAULTS if not any(f"V({kind})" in text for text in DOCUMENTED["kind"]["description"])} == set()
    for name, (least, most) in LIMITS.items():
        assert f"{least} to {most}" in DOCUMENTED["load"]["suboptions"][name]["description"]


def test_what_may_hold_a_secret_is_not_logged():
    assert {name for name, spec in subject.ARGUMENTS.items() if spec.get("no_log")} == {
        "kubeconfig",
        "power_off",
        "power_on",
        "power_is_off",
    }


# The plan


def test_a_plan_changes_nothing_and_is_told_as_it_is(act, bed):
    result = act()
    assert (result["changed"], result.get("failed")) == (False, None)
    assert set(result["plan"]) == set(RETURNED["plan"]["contains"]) == set(RETURNED["plan"]["sample"])
    assert result["plan"]["victim"]["node"] == "pi01"
    assert result["text"].startswith("plan: drain of pi01")
    assert (bed.harmed(), bed.lease, act.reports.exists()) == ([], None, False)


def test_a_plan_that_is_refused_fails_with_all_that_speaks_against_it(act, bed):
    result = act(allow="", kind="crash", voters=None)
    assert (result["failed"], result["changed"]) == (True, False)
    assert set(result["codes"]) >= {"not-opted-in", "voters-unknown"}
    assert UID in result["msg"]
    assert bed.harmed() == []


def test_in_check_mode_a_run_is_its_plan(act, bed):
    assert act("verified", check=True)["plan"]["allowed"] is True
    assert (bed.harmed(), act.reports.exists()) == ([], False)


@pytest.mark.parametrize("victim", ["", "main-1", "pi01"], ids=["nobody", "a pod", "a node"])
@pytest.mark.parametrize(("code", "allowed"), [(1, True), (0, False), (7, False)], ids=["it is on", "it is off", "nobody knows"])
def test_the_power_of_a_node_is_proven_by_its_name(act, tmp_path, victim, code, allowed):
    (tmp_path / "plug").write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\nexit {code}\n')
    (tmp_path / "plug").chmod(0o755)
    plug = f"{tmp_path}/plug"
    result = act(kind="power_off", victim=victim, power_off=f"{plug} off {{node}}", power_on=plug, power_is_off=f"{plug} is-off {{node}}")
    assert result["plan"]["allowed"] is allowed
    assert ("power-not-proven" in result.get("codes", ())) is not allowed
    assert set((tmp_path / "asked").read_text().splitlines()) == {"is-off pi01"}


def test_a_database_that_is_not_there(act):
    assert act(name="other")["msg"].startswith("there is neither Cluster nor StatefulSet database/other")


# The run


def told(result):
    """Of a run that came to its end."""
    return {name for name, row in RETURNED.items() if "verified" in row["returned"] and "planned" not in row["returned"]} | {"text"}


def test_a_run_is_told_in_files_and_as_it_is_documented(act, bed):
    result = act("verified")
    assert set(result) - {"changed"} - {"failed", "msg"} == told(result)
    folder = act.reports / result["run"]
    assert result["folder"] == str(folder)
    assert result["run"].endswith("-drain")
    assert result["changed"] is True
    report = json.loads((folder / "report.json").read_text())
    assert (report["verdict"], report["data"]["rpo_rows"]) == (result["verdict"], 0)
    assert {name: verdict for name, verdict in result["checks"].items() if verdict not in ("pass", "not applicable")} == {}
    assert result["checks"] == {row["id"]: row["verdict"] for row in report["checks"]}
    assert (result["checks"]["L4"], result["checks"]["L5"], result["checks"]["R5"]) == ("pass", "pass", "pass")
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert (folder / "junit.xml").read_text().startswith("<?xml")
    assert rows((folder / "progress.jsonl").read_text())[0]["phase"] == "plan"
    assert any("steady" in line for line in act.shown)
    assert bed.harmed() == []  # here: it was all done in the child


def test_a_run_beside_an_earlier_one(act):
    first = act("verified", kind="none")
    assert (first["changed"], first["comparison"]) == (False, None)
    time.sleep(1.0)  # ids are of a second
    second = act("verified", kind="none", compare_with=first["report"])
    assert second["comparison"]["earlier"] == first["run"]
    assert set(second["comparison"]) == set(RETURNED["comparison"]["sample"])


@pytest.mark.parametrize("text", [None, "no JSON", "{}", "[]"], ids=["not there", "not JSON", "empty", "a list"])
def test_what_is_no_earlier_report_is_found_out_before_the_run(act, tmp_path, text):
    if text is not None:
        (tmp_path / "earlier").write_text(text)
    result = act("verified", compare_with=str(tmp_path / "earlier"))
    assert result["msg"].startswith(f"verify_compare: {tmp_path}/earlier is no report of an earlier run")
    assert not act.reports.exists()


def test_a_run_that_its_plan_refuses(act):
    result = act("verified", allow="")
    assert (result["failed"], result["changed"], result["codes"]) == (True, False, ["not-opted-in"])
    assert result["plan"]["allowed"] is False
    assert result["msg"].startswith("nothing was injected:")


@pytest.mark.parametrize("kind", ["kubelite_stop", "partition", "crash"])
def test_commands_on_a_node_need_a_connection_to_it(act, kind):
    assert act("verified", kind=kind)["msg"] == f"{kind} needs commands on the node: delegate this task to the host of its victim"
    assert not act.reports.exists()


def test_a_folder_that_cannot_be_made(act, tmp_path):
    (tmp_path / "file").write_text("")
    assert act("verified", reports=str(tmp_path / "file"))["msg"].startswith("verify_reports: ")


def test_a_load_that_is_too_much_is_refused_in_words(act):
    result = act("verified", load={**vars(subject.LoadPlan()), "rate": 5000})
    assert (result["failed"], result["changed"], result["field"]) == (True, False, "rate")
    assert result["msg"].startswith("load: rate is 5000. Give 1 to 1000")


def test_an_error_that_nobody_foresaw_is_told_and_kept(act, bed):
    def breaks(*words):
        if words[0] == "evict":
            raise RuntimeError("unforeseen")

    bed.api.meets.append(breaks)
    result = act("verified")
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"] == f"run {result['run']}: RuntimeError: unforeseen"
    assert "Traceback" in (act.reports / result["run"] / "error.txt").read_text()
    assert Journal.read(act.reports / result["run"] / "undo.json").open == []


def interrupting(act, number=signal.SIGTERM):
    """Sends a signal to the process of the run at an eviction."""

    def meets(*words):
        if words[0] == "evict":
            os.kill(os.getpid(), number)

    return meets


def test_a_run_that_is_interrupted_says_so_and_undoes(act, bed):
    bed.api.meets.append(interrupting(act))
    result = act("verified")
    assert (result["failed"], result["changed"], result["interrupted"]) == (True, True, True)
    assert result["msg"] == f"run {result['run']}: it was ended by SIGTERM. What it had done is undone"
    assert Journal.read(act.reports / result["run"] / "undo.json").open == []


def test_a_run_that_is_interrupted_and_cannot_undo_says_that(act, bed):
    def broken(*words):
        if words[:2] == ("patch", "Node") and words[3]["spec"]["unschedulable"] is None:
            raise ClusterError("nobody answers")

    bed.api.meets += [interrupting(act), broken]
    result = act("verified")
    assert result["msg"] == f"run {result['run']}: it was ended by SIGTERM. Left to undo: uncordon on pi01. Restore: {RESTORE}"


def test_what_a_run_had_done_that_was_killed_is_undone_instead_of_it(act, bed):
    bed.api.meets.append(interrupting(act, signal.SIGKILL))
    result = act("verified")
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].endswith(
        "ended with -9 and said nothing; what it had done was undone instead of it: pi01 is given back to the scheduler"
    )
    assert Journal.read(act.reports / result["run"] / "undo.json").open == []


def test_a_worker_that_ends_leaves_a_run_that_undoes(act, bed):
    """As Ansible ends it: without a word."""
    worker = os.fork()
    if not worker:
        try:
            act("verified", hold_seconds=30)
        finally:
            os._exit(1)
    end = time.monotonic() + 20
    while not (undo := next(iter(act.reports.glob("*/undo.json")), None)) or not Journal.read(undo).open:
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    while Journal.read(undo).open or not (undo.parent / "result.json").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert "the process that started it is gone. What it had done is undone" in json.loads((undo.parent / "result.json").read_text())["msg"]


# What was left


def lease(run=RUN, age=900, entries=()):
    metadata = {"name": NAME, "namespace": "database", "annotations": {UNDO: json.dumps(list(entries))}}
    stamp = stamp_of(time.time() - age)
    return {"kind": "Lease", "metadata": metadata, "spec": {"holderIdentity": run, "acquireTime": stamp, "renewTime": stamp}}


ENTRY = {"id": "uncordon-1", "kind": "uncordon", "node": "pi02", "facts": {"run": RUN}}


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(subject.restoring.time, "sleep", lambda seconds: None)
    monkeypatch.setitem(subject.restoring.restore.__kwdefaults__, "sleep", lambda seconds: None)


def cordoned(api, name="pi02"):
    node = api.objects["Node", None, name]
    node["spec"]["unschedulable"] = True
    node["metadata"].setdefault("annotations", {})["pikube.stateful/cordoned-for"] = RUN


def test_nothing_was_left(act, bed):
    assert act("left") == {"changed": False, "left": [], "leases": []}
    assert act("restored") == {"changed": False, "undone": []}


@pytest.mark.usefixtures("impatient")
def test_what_was_left_is_told_and_undone_once(act, bed):
    bed.api.add(lease(entries=[ENTRY]))
    cordoned(bed.api)
    left = act("left")
    assert left == {"changed": False, "left": [{"run": RUN, "node": "pi02", "entries": [ENTRY]}], "leases": [RUN]}
    assert set(left["left"][0]) == set(RETURNED["left"]["sample"][0])
    assert act("restored", check=True) == {**left, "changed": True}
    assert bed.cordoned == ["pi02"]
    result = act("restored")
    assert (result["changed"], result.get("failed"), [row["done"] for row in result["undone"]]) == (True, None, [True])
    assert set(result["undone"][0]) == set(RETURNED["undone"]["sample"][0])
    assert (bed.cordoned, bed.lease) == ([], None)
    assert act("restored") == {"changed": False, "undone": []}


@pytest.mark.usefixtures("impatient")
def test_a_lease_alone_is_something_that_was_left(act, bed):
    bed.api.add(lease())
    assert act("restored", check=True)["changed"] is True
    assert act("restored") == {"changed": True, "undone": []}
    assert bed.lease is None


@pytest.mark.usefixtures("impatient")
def test_what_cannot_be_undone_fails_with_what_to_do_by_hand(act, bed):
    def broken(*words):
        if words[:2] == ("patch", "Node"):
            raise ClusterError("nobody answers")

    bed.api.add(lease(entries=[ENTRY]))
    cordoned(bed.api)
    bed.api.meets.append(broken)
    result = act("restored")
    assert result["failed"] is True
    assert result["msg"].startswith(
        "not all could be undone: pi02 is given back to the scheduler: nobody answers. By hand: microk8s kubectl"
    )
    assert bed.lease is not None


def test_a_run_that_is_alive_is_left_alone(act, bed, monkeypatch):
    def renewed(seconds):
        bed.api.patch("Lease", NAME, {"spec": {"renewTime": stamp_of(time.time())}}, "database")

    monkeypatch.setitem(subject.restoring.restore.__kwdefaults__, "sleep", renewed)
    bed.api.add(lease(age=1))
    assert act("left")["leases"] == [RUN]
    assert act("restored")["msg"].startswith(f"run {RUN} of an unknown controller is verifying this cluster")
    assert bed.lease is not None


# What is shown meanwhile


def row(phase="steady", said="", **more):
    return json.dumps({"phase": phase, "elapsed": 1.0, "said": said, **more}) + "\n"


@pytest.fixture
def shown(monkeypatch):
    lines = []
    monkeypatch.setattr(subject, "DISPLAY", SimpleNamespace(display=lambda text, newline=True: lines.append((text, newline))))

    def make(steady):
        monkeypatch.setattr(subject, "terminal", lambda process: steady)
        return subject.Shown(), lines

    return make


def test_in_a_log_a_line_now_and_then_and_each_change(shown, monkeypatch):
    show, lines = shown(False)
    show(row() + row(acked=5, rate=1, failed=0))
    show(row(said="waits"))
    show(row("fault"))
    assert [text for text, _newline in lines] == ["failover: steady, 1 s", "failover: steady, 1 s; waits", "failover: fault, 1 s"]
    monkeypatch.setattr(subject, "EVERY", 0.0)
    show(row("fault"))
    assert len(lines) == 4


def test_in_a_terminal_one_line_that_stays(shown):
    show, lines = shown(True)
    show(row(said="long words"))
    show(row())
    show(row("fault"))
    assert [newline for _text, newline in lines] == [False] * 3
    assert [text[0] for text, _newline in lines] == ["\r", "\r", "\n"]
    assert len(lines[1][0]) == len(lines[0][0])  # nothing of the longer one is left
