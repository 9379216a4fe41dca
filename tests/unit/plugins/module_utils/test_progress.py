# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.progress import Progress, Said, Wait, due, journal
from hypothesis import given
from hypothesis import strategies as st

WAIT = Wait("microk8s", "pi03", "joined as control plane, waiting for its own node to be Ready", began=100.0, usual=(10, 45))


@pytest.mark.parametrize(
    ("wait", "now", "line"),
    [
        pytest.param(
            WAIT,
            124.4,
            "microk8s: pi03 joined as control plane, waiting for its own node to be Ready (24 s, usually 10 to 45 s)",
            id="with the usual time",
        ),
        pytest.param(Wait("microk8s", "pi03", "joins through pi01", 0), 61, "microk8s: pi03 joins through pi01 (61 s)", id="without"),
        pytest.param(Wait("microk8s", "pi03", "joins", 10), 9.5, "microk8s: pi03 joins (0 s)", id="a clock that goes back"),
    ],
)
def test_line(wait, now, line):
    assert wait.line(now) == line


@pytest.mark.parametrize(
    ("said", "start", "now", "seconds"),
    [
        pytest.param(None, 100, 100, 8, id="the first line comes after 8 s"),
        pytest.param(None, 100, 108, 0, id="and then at once"),
        pytest.param(Said(110, WAIT.what), 100, 112, 8, id="the same again 10 s later"),
        pytest.param(Said(110, WAIT.what), 100, 125, 0, id="overdue"),
        pytest.param(Said(110, "something else"), 100, 111, 0, id="a change at once"),
    ],
)
def test_due(said, start, now, seconds):
    assert due(WAIT, said, start, now) == seconds


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abc")), max_size=40))
def test_no_silence_longer_than_ten_seconds(steps):
    """Whatever changes when: after the first line no more than 10 s pass without one, and none comes twice in 10 s."""
    now, said, lines = 0.0, None, []
    for pause, what in steps:
        now += pause
        wait = Wait("s", "n", what, 0)
        if due(wait, said, 0.0, now) == 0.0:
            lines.append((now, what))
            said = Said(now, what)
        elif said:
            assert now - said.at < 10
            assert said.what == what
    for (earlier, a), (later, b) in zip(lines, lines[1:]):
        assert a != b or later - earlier > 9.999  # seconds, as a float adds them up


def speak(script, **options):
    lines, spoken = [], threading.Semaphore(0)

    def say(line):
        lines.append(line)
        spoken.release()

    with Progress(say, **options) as progress:
        script(progress, spoken)
    return lines


def test_a_short_wait_says_nothing():
    assert speak(lambda progress, _spoken: progress.waits("microk8s", "pi03", "joins")) == []


def test_a_long_wait_says_a_line_and_each_change():
    def script(progress, spoken):
        progress.waits("microk8s", "pi03", "joins")
        assert spoken.acquire(timeout=5)
        progress.waits("microk8s", "pi03", "joined, waiting for its node")
        assert spoken.acquire(timeout=5)
        progress.waits("microk8s", "pi03", "joined, waiting for its node")

    assert speak(script, first=0.01) == ["microk8s: pi03 joins (0 s)", "microk8s: pi03 joined, waiting for its node (0 s)"]


def test_it_says_the_same_again():
    def script(progress, spoken):
        progress.waits("microk8s", "pi03", "joins")
        for _time in range(3):
            assert spoken.acquire(timeout=5)

    assert len(speak(script, first=0.01, every=0.02)) >= 3


def test_nothing_is_said_after_the_block():
    lines = speak(lambda progress, spoken: progress.waits("a", "b", "c"), first=0.0, every=0.001)
    before = len(lines)
    threading.Event().wait(0.02)
    assert len(lines) == before


def test_the_time_of_one_wait_goes_on_when_its_details_change():
    now, lines = [0.0], []
    progress = Progress(lines.append, clock=lambda: now[0])
    progress.waits("microk8s", "pi03", "waits for 2 pods", usual=(10, 20))
    now[0] = 7.0
    progress.waits("microk8s", "pi03", "waits for 1 pod", usual=(10, 20))
    assert progress._wait.line(9.0) == "microk8s: pi03 waits for 1 pod (9 s, usually 10 to 20 s)"


@pytest.mark.parametrize(("goes_on", "seconds"), [(True, 9), (False, 2)])
def test_without_a_usual_time_it_goes_on_if_told_so(goes_on, seconds):
    now = [0.0]
    progress = Progress(print, clock=lambda: now[0])
    progress.waits("drain", "pi03", "waits for 2 pods", goes_on=goes_on)
    now[0] = 7.0
    progress.waits("drain", "pi03", "waits for 1 pod", goes_on=goes_on)
    assert progress._wait.line(9.0) == f"drain: pi03 waits for 1 pod ({seconds} s)"


def test_steps_are_recorded(tmp_path):
    path = tmp_path / "steps"
    progress = Progress(print, record=journal(str(path)))
    progress.waits("microk8s", "pi03", "joins")
    progress.waits("microk8s", "pi03", "joins")
    progress.waits("microk8s", "pi03", "joined")
    steps = [json.loads(line) for line in path.read_text().splitlines()]
    assert [step["what"] for step in steps] == ["joins", "joined"]
    assert all(step["since"] <= step["t"] and step["node"] == "pi03" for step in steps)
