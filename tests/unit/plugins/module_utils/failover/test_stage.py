# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import clock
from ansible_collections.pikube.stateful.plugins.module_utils.failover import stage as subject
from ansible_collections.pikube.stateful.plugins.module_utils.failover.plan import plan
from ansible_collections.pikube.stateful.plugins.module_utils.failover.progress_file import rows, shown
from ansible_collections.pikube.stateful.plugins.module_utils.failover.stage import Stage
from ansible_collections.pikube.stateful.tests.unit.failover_bed import until
from ansible_collections.pikube.stateful.tests.unit.failover_situations import options, replicated
from ansible_collections.pikube.stateful.tests.unit.failover_watches import POWER_OFF, START, at


@pytest.fixture
def stage(tmp_path):
    with (tmp_path / "progress.jsonl").open("w") as stream:
        made = Stage(stream)
        made.lines = lambda: rows((tmp_path / "progress.jsonl").read_text())
        yield made
        made.close()


def load(**more):
    figures = {"writes_per_second": 99, "acked": 600, "failed": 1, "unknown": 0, **more}
    return SimpleNamespace(state=lambda: SimpleNamespace(**figures))


def watched(stage, seconds, fault_at=START):
    """The power is cut, and so many seconds of that were seen."""
    seen = [one for one in POWER_OFF if one.at <= at(seconds)]
    observer = SimpleNamespace(seen=lambda: seen)
    stage.watches(load(), observer, plan(replicated(), options("power_off")), lambda: fault_at)
    return stage.content()


def test_each_phase_is_told_at_once_with_its_time(stage):
    stage.phase("plan")
    stage.phase("steady", 60.0)
    assert [(row["phase"], row["said"]) for row in stage.lines()] == [("plan", ""), ("steady", "at most 60 s")]
    assert stage.phases_begun == 2
    assert all(shown(row) for row in stage.lines())


def test_what_is_said_is_told_until_the_next_phase(stage):
    stage.phase("undo")
    stage.says("pi01 is given back")
    assert stage.lines()[-1]["said"] == "pi01 is given back"
    stage.phase("settle")
    assert stage.lines()[-1]["said"] == ""


def test_it_goes_on_telling_by_itself(stage, monkeypatch, tmp_path):
    monkeypatch.setattr(subject, "EVERY", 0.01)
    with (tmp_path / "other").open("w") as stream:
        other = Stage(stream)
        until(lambda: len(rows((tmp_path / "other").read_text())) >= 3)
        other.close()
    assert rows((tmp_path / "other").read_text())[0]["phase"] == "plan"  # before a first phase


def test_times_are_those_of_the_wall_clock_and_of_the_phase(stage):
    stage.phase("plan")
    before = time.time()
    found = stage.content()
    assert before - 1 <= found["t"] <= time.time() + 1
    assert 0 <= found["elapsed"] < 5
    assert found["since_fault"] is None


def test_phases_have_their_ends(stage):
    before = clock.now()
    for name in ("plan", "prepare", "undo"):
        stage.phase(name)
    found = stage.over()
    assert [name for name, _begin, _end in found] == ["plan", "prepare", "undo"]
    assert [end for _name, _begin, end in found[:-1]] == [begin for _name, begin, _end in found[1:]]
    assert before <= found[0][1] <= found[-1][2] <= clock.now()


def test_without_a_phase_there_is_none(stage):
    assert stage.over() == ()


def test_a_load_is_told_while_it_runs(stage):
    stage.phase("steady")
    assert "acked" not in stage.content()
    found = watched(stage, -5.0, fault_at=None)
    assert (found["rate"], found["acked"], found["failed"], found["unknown"]) == (99, 600, 1, 0)
    stage.over()
    assert "acked" not in stage.content()


@pytest.mark.parametrize(
    ("seconds", "primary", "node"),
    [
        pytest.param(-5.0, "main-1", "pi01", id="before the fault"),
        pytest.param(60.0, "", "", id="while nothing is decided"),
        pytest.param(80.0, "main-2", "pi02", id="after the fail-over"),
    ],
)
def test_who_is_the_primary(stage, seconds, primary, node):
    stage.phase("outage")
    found = watched(stage, seconds)
    assert (found["primary"], found["node"]) == (primary, node)


def test_what_comes_next_before_the_fault_is_the_next_phase(stage):
    stage.phase("steady")
    assert watched(stage, -5.0, fault_at=None)["next"] == "the fault"


def test_what_comes_next_after_the_fault_is_a_milestone_that_a_watch_shows(stage):
    stage.phase("outage")
    told = [watched(stage, seconds)["next"] for seconds in (5.0, 51.0, 57.0, 80.0, 190.0)]
    assert told[-1] == "" or told[-1] not in told[:-1]
    assert len(set(told)) >= 4
    assert not any("acknowledged" in one for one in told)


def test_since_the_fault(stage):
    stage.phase("outage")
    now = clock.now()
    assert 2.0 <= watched(stage, 5.0, fault_at=now - 2_000_000)["since_fault"] < 10.0


def test_threads_do_not_write_into_each_others_lines(stage):
    stage.phase("fault")
    threads = [threading.Thread(target=lambda: [stage.says("x" * 300) for _turn in range(20)]) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stage.lines()) >= 81


def test_a_file_that_is_closed_is_no_error(tmp_path):
    with (tmp_path / "progress").open("w") as stream:
        one = Stage(stream)
    one.phase("undo")
    one.close()
    assert one.phases_begun == 1
