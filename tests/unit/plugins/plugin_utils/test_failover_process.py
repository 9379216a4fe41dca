# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With real processes: what a child did it leaves in a file."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
import time

import pytest
from ansible_collections.pikube.stateful.plugins.plugin_utils import failover_process as subject
from ansible_collections.pikube.stateful.plugins.plugin_utils.failover_process import Interrupted, followed, started, terminal
from ansible_collections.pikube.stateful.tests.unit.failover_bed import until

LONG = 30.0  # seconds, which no test lasts


@pytest.fixture
def left(tmp_path):
    return tmp_path / "left"


@pytest.fixture
def child(monkeypatch, tmp_path):
    """Starts work in a child, (process, lifeline); whatever the test does, none outlives it."""
    monkeypatch.setattr(subject, "LOOK", 0.01)
    all_of_them = []

    def start(work):
        all_of_them.append(started(work))
        return all_of_them[-1]

    yield start
    for process, lifeline in all_of_them:
        for call, given in ((os.close, (lifeline,)), (os.kill, (process, signal.SIGKILL)), (os.waitpid, (process, 0))):
            try:
                call(*given)
            except OSError:
                continue


def say(path, text):
    with path.open("a") as file:
        file.write(f"{text}\n")


def sleeps():
    """As the work does, a moment at a time: a signal that comes just before a long sleep would wait for the end of it."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        time.sleep(0.05)


def working(left, undoes=0.0):
    """Works until it is interrupted, and undoes then for so long."""

    def work(interrupts):
        say(left, "works")
        try:
            sleeps()
        except Interrupted as error:
            say(left, f"interrupted: {error}")
            end = time.monotonic() + undoes
            while time.monotonic() < end:
                time.sleep(0.01)
            say(left, "undone")

    return work


def lines(left):
    return left.read_text().splitlines() if left.exists() else []


def ended(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_a_child_that_comes_to_its_end(child, tmp_path, left):
    said = []

    def work(interrupts):
        for text in ("one\n", "two\nthr", "ee\n", "cut off"):
            with left.open("a") as file:
                file.write(text)
            time.sleep(0.05)

    process, _lifeline = child(work)
    assert followed(process, left, said.append) == 0
    # Whole lines alone, each once.
    assert "".join(said) == "one\ntwo\nthree\n"
    assert all(text.endswith("\n") for text in said)


def test_a_child_that_says_nothing(child, tmp_path):
    process, _lifeline = child(lambda interrupts: None)
    assert followed(process, tmp_path / "never", pytest.fail) == 0


@pytest.mark.parametrize("error", [RuntimeError("unforeseen"), KeyboardInterrupt(), SystemExit(0)], ids=lambda error: type(error).__name__)
def test_work_that_raises_ends_with_an_error_and_nowhere_else(child, left, error):
    here = os.getpid()

    def work(interrupts):
        raise error

    process, _lifeline = child(work)
    assert os.getpid() == here  # what the caller has on its stack goes on here alone
    assert followed(process, left, pytest.fail) == 1


def test_a_child_that_is_killed(child, left):
    process, _lifeline = child(working(left))
    until(lambda: lines(left))
    os.kill(process, signal.SIGKILL)
    assert followed(process, left, lambda text: None) == -signal.SIGKILL
    assert lines(left) == ["works"]


def test_a_child_has_a_session_of_its_own(child, left):
    process, _lifeline = child(lambda interrupts: say(left, f"{os.getsid(0)} {os.getpgid(0)}"))
    assert ended(process) == 0
    assert lines(left) == [f"{process} {process}"]
    assert process != os.getsid(0)


def test_a_parent_that_lets_go_is_a_parent_that_is_gone(child, left):
    process, lifeline = child(working(left))
    until(lambda: lines(left))
    os.close(lifeline)
    assert ended(process) == 0
    assert lines(left) == ["works", "interrupted: the process that started it is gone", "undone"]


def test_a_parent_that_is_killed(left):
    """The child is nobody's then: it is seen to end by what it leaves."""
    middle = os.fork()
    if not middle:
        try:
            process, _lifeline = started(working(left))
            say(left, f"child {process}")
            time.sleep(LONG)
        finally:
            os._exit(1)
    until(lambda: len(lines(left)) == 2)
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    until(lambda: "undone" in lines(left))
    assert sorted(lines(left))[1:] == ["interrupted: the process that started it is gone", "undone", "works"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_interrupts_once_and_others_are_in_nobodys_way(child, left, number):
    process, lifeline = child(working(left, undoes=0.4))
    until(lambda: lines(left))
    os.kill(process, number)
    until(lambda: len(lines(left)) == 2)
    for other in (number, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(process, other)
    os.close(lifeline)
    assert ended(process) == 0
    assert lines(left) == ["works", f"interrupted: it was ended by {number.name}", "undone"]


def test_two_signals_at_once_are_one_interrupt(child, left):
    process, _lifeline = child(working(left))
    until(lambda: lines(left))
    os.kill(process, signal.SIGTERM)
    os.kill(process, signal.SIGINT)
    assert ended(process) == 0
    assert len(lines(left)) == 3


def test_a_thread_asks_for_the_end_and_the_first_reason_counts(child, left):
    def work(interrupts):
        threads = [threading.Timer(0.05, interrupts.ask, ("the Lease was deleted",)), threading.Timer(0.2, interrupts.ask, ("too late",))]
        for thread in threads:
            thread.start()
        working(left, undoes=0.4)(interrupts)
        say(left, interrupts.reason)

    process, _lifeline = child(work)
    assert ended(process) == 0
    assert lines(left) == ["works", "interrupted: the Lease was deleted", "undone", "the Lease was deleted"]


def test_an_interrupt_passes_what_takes_any_error_for_one_that_may_pass():
    assert not issubclass(Interrupted, Exception)


def test_the_signals_of_whoever_starts_it_stay_his(child, left):
    before = [signal.getsignal(number) for number in subject.ASKED]
    process, _lifeline = child(lambda interrupts: None)
    assert ended(process) == 0
    assert [signal.getsignal(number) for number in subject.ASKED] == before


def test_what_shows_the_progress_may_fail_and_the_child_goes_on(child, left):
    """Then the parent lets go, and the child undoes."""
    process, _lifeline = child(working(left))

    def told(text):
        raise OSError("the terminal is gone")

    with pytest.raises(OSError, match="the terminal"):
        followed(process, left, told)
    assert os.waitpid(process, os.WNOHANG) == (0, 0)


def test_a_terminal():
    master, slave = pty.openpty()
    with subprocess.Popen(["/bin/sleep", "30"], stdout=slave) as with_one, subprocess.Popen(["/bin/sleep", "30"], stdout=-1) as without:
        assert (terminal(with_one.pid), terminal(without.pid)) == (True, False)
        with_one.kill()
        without.kill()
    os.close(master)
    os.close(slave)
    assert terminal(2**22 + 1) is False  # there is none so high
