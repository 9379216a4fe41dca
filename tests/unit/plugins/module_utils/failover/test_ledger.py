# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import errno
import hashlib
import os
import threading
import time

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.ledger import (
    ACKED,
    FAILED,
    INTENT,
    KINDS,
    Event,
    Ledger,
    Reader,
    beginning,
    line,
    read,
)
from hypothesis import given
from hypothesis import strategies as st

EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(0, 2**50),
        st.sampled_from(sorted(KINDS)),
        st.integers(1, 9),
        st.integers(1, 10**7),
        st.sampled_from(["-", "abc", "57P01"]),
    ),
    min_size=1,
    max_size=30,
)


def lines(events, run="run"):
    chain, found = beginning(run), []
    for event in events:
        found.append(line(chain, event))
        chain = found[-1].split(" ")[0]
    return found


@given(EVENTS)
def test_what_is_written_is_read(events):
    assert read(lines(events), "run") == (events, False, lines(events)[-1][:32])


@given(EVENTS, st.data())
def test_a_line_that_was_changed_taken_out_or_put_elsewhere_is_found(events, data):
    written = lines(events)
    number = data.draw(st.integers(0, len(written) - 1))
    forged = events[number]._replace(at=events[number].at + 1)
    changed = [*written[:number], f"{written[number].split(' ')[0]} {line('', forged).partition(' ')[2]}", *written[number + 1 :]]
    with pytest.raises(FailoverError, match=f"line {number + 1} does not follow"):
        read(changed, "run")
    if number < len(written) - 1:
        with pytest.raises(FailoverError):
            read([*written[:number], *written[number + 1 :]], "run")


def test_a_ledger_of_another_run_is_none():
    with pytest.raises(FailoverError, match="line 1"):
        read(lines([Event(1, INTENT, 1, 1)]), "another")


@given(EVENTS, st.integers(0, 200))
def test_a_line_that_was_cut_off_says_nothing(events, cut):
    written = lines(events)
    torn = written[-1][: cut % len(written[-1])]
    assert read([*written[:-1], torn], "run")[:2] == (events[:-1], True)


def test_it_is_in_the_file_when_it_was_noted(tmp_path):
    path = tmp_path / "ledger"
    events = [Event(1, INTENT, 1, 1, "sum"), Event(2, ACKED, 1, 1)]
    with path.open("w") as stream:
        ledger = Ledger(stream, "run")
        ledger.note(events[:1])
        ledger.note(events[1:])
        assert read(path.read_text().splitlines(keepends=True), "run") == (events, False, ledger.digest)


def whole(path):
    return read(path.read_text().splitlines(keepends=True), "run")


THREADS, TURNS = 16, 25


def test_threads_that_wait_at_the_same_time_share_a_commit(tmp_path, monkeypatch):
    path, commits, real = tmp_path / "ledger", [0], os.fdatasync

    def slowly(file):
        size = os.fstat(file).st_size
        time.sleep(0.005)  # as a disk does
        real(file)
        commits.append(size)

    monkeypatch.setattr(os, "fdatasync", slowly)
    safe = {}
    with path.open("w") as stream:
        ledger = Ledger(stream, "run")
        start = threading.Barrier(THREADS)

        def write(writer):
            start.wait()
            for number in range(1, TURNS + 1):
                ledger.note([Event(number, INTENT, writer, number, "sum")])
                safe[writer, number] = commits[-1]

        together([threading.Thread(target=write, args=(writer,)) for writer in range(THREADS)])
    content = whole(path)
    assert (len(content.events), content.digest, ledger.entries) == (THREADS * TURNS, ledger.digest, THREADS * TURNS)
    for writer in range(THREADS):
        assert [event.number for event in content.events if event.writer == writer] == list(range(1, TURNS + 1))
    end = 0
    for event, text in zip(content.events, path.read_text().splitlines(keepends=True)):
        end += len(text)
        assert end <= safe[event.writer, event.number], "it came back before its event was on the disk"
    assert commits[-1] == path.stat().st_size
    assert TURNS <= len(commits) - 1 <= 3 * TURNS, "sixteen that wait for one disk need one or two turns of it each time, not sixteen"


def together(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_all_that_wait_learn_that_it_was_not_kept(tmp_path, monkeypatch):
    entered, go, errors = threading.Event(), threading.Event(), []

    def full(_file):
        entered.set()
        go.wait()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", full)
    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")

        def write(writer):
            try:
                ledger.note([Event(1, INTENT, writer, 1, "sum")])
            except FailoverError as error:
                errors.append(str(error))

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(5)]
        threads[0].start()
        entered.wait()
        for thread in threads[1:]:
            thread.start()
        while ledger.entries < 5:
            time.sleep(0.001)
        go.set()
        for thread in threads:
            thread.join()
    assert len(errors) == 5
    assert set(errors) == {errors[0]}


def test_who_was_interrupted_leaves_nobody_waiting(tmp_path, monkeypatch):
    def interrupted(_file):
        raise KeyboardInterrupt

    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")
        monkeypatch.setattr(os, "fdatasync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ledger.note([Event(1, INTENT, 1, 1, "sum")])
        with pytest.raises(FailoverError, match="KeyboardInterrupt"):
            ledger.note([Event(1, INTENT, 1, 2, "sum")])


def test_what_nobody_waits_for_comes_with_the_next_commit(tmp_path, monkeypatch):
    commits = []
    monkeypatch.setattr(os, "fdatasync", lambda file: commits.append(path.read_text().count("\n")))
    path = tmp_path / "ledger.txt"
    with path.open("w", newline="\n") as stream:
        ledger = Ledger(stream, "run")
        ledger.note([Event(1, INTENT, 1, 1, "a")])
        ledger.note([Event(2, ACKED, 1, 1, "b")], waits=False)
        assert (commits, ledger.entries) == ([1], 2)
        ledger.note([Event(3, INTENT, 1, 2, "c")])
        assert commits == [1, 3]
        ledger.note([Event(4, ACKED, 1, 2, "d")], waits=False)
        ledger.flush()
        ledger.flush()
        assert commits == [1, 3, 4]
    assert [event.at for event in read(path.read_text().splitlines(keepends=True), "run").events] == [1, 2, 3, 4]


def test_who_does_not_wait_learns_of_a_ledger_that_cannot_be_kept(tmp_path, monkeypatch):
    def full(_file):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fdatasync", full)
    with (tmp_path / "ledger.txt").open("w", newline="\n") as stream:
        ledger = Ledger(stream, "run")
        ledger.note([Event(1, INTENT, 1, 1, "a")], waits=False)
        for attempt in (ledger.flush, lambda: ledger.note([Event(2, ACKED, 1, 1, "b")], waits=False)):
            with pytest.raises(FailoverError, match="cannot be kept: no space left"):
                attempt()


def test_one_thread_commits_each_time(tmp_path, monkeypatch):
    commits, real = [], os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: commits.append(real(file)))
    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")
        for number in range(1, 6):
            ledger.note([Event(1, INTENT, 1, number, "sum"), Event(2, ACKED, 1, number)])
    assert len(commits) == 5


def test_the_events_of_one_call_follow_each_other(tmp_path):
    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")

        def write(writer):
            for number in range(1, 30):
                ledger.note([Event(1, INTENT, writer, number, "sum"), Event(2, ACKED, writer, number)])

        together([threading.Thread(target=write, args=(writer,)) for writer in range(4)])
    events = whole(tmp_path / "ledger").events
    assert all(first[2:4] == second[2:4] for first, second in zip(events[::2], events[1::2]))


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_after_a_write_that_failed_nothing_more_is_said_to_be_kept(tmp_path, monkeypatch, call):
    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")
        ledger.note([Event(1, INTENT, 1, 1, "sum")])
        with monkeypatch.context() as broken:

            def full(*_arguments):
                raise OSError(errno.ENOSPC, "No space left on device")

            broken.setattr(os, call, full)
            with pytest.raises(FailoverError, match="No space left on device"):
                ledger.note([Event(2, ACKED, 1, 1)])
        with pytest.raises(FailoverError, match="No space left"):
            ledger.note([Event(3, INTENT, 1, 2, "sum")])


def test_a_disk_that_takes_a_little_at_a_time(tmp_path, monkeypatch):
    real = os.write
    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")
        monkeypatch.setattr(os, "write", lambda file, content: real(file, content[:7]))
        ledger.note([Event(1, INTENT, 1, 1, "sum"), Event(2, ACKED, 1, 1)])
    assert len(whole(tmp_path / "ledger").events) == 2


@pytest.mark.parametrize("detail", ["", "two words", "two\nlines", "a\rb", "\x00", "é", "\t"])
def test_a_detail_is_one_word(tmp_path, detail):
    with (tmp_path / "ledger").open("w") as stream:
        ledger = Ledger(stream, "run")
        with pytest.raises(FailoverError, match="one word"):
            ledger.note([Event(1, INTENT, 1, 1, "sum"), Event(2, FAILED, 3, 4, detail)])
        ledger.note([Event(5, ACKED, 1, 1)])
    assert whole(tmp_path / "ledger").events == [Event(5, ACKED, 1, 1)]


def test_nothing_may_follow_a_line_that_was_cut_off():
    first, second = lines([Event(1, INTENT, 1, 1), Event(2, ACKED, 1, 1)])
    with pytest.raises(FailoverError, match="line 2"):
        read([first, second[:-1], second], "run")


def test_a_reader_knows_where_it_is():
    written = lines([Event(1, INTENT, 1, 1), Event(2, ACKED, 1, 1)])
    reader = Reader([*written, "torn"], "run")
    seen = [(reader.entries, reader.digest, reader.torn) for _fields in reader]
    assert seen == [(number, text[:32], False) for number, text in enumerate(written, 1)]
    assert (reader.entries, reader.torn) == (2, True)


@pytest.mark.parametrize("body", ["1 intent 1", "1 acked 1 1 a b", "x acked 1 1 -", "1 done 1 1 -", ""])
def test_a_line_that_no_ledger_writes_is_found_though_its_chain_is_right(body):
    chain = hashlib.sha256(f"{beginning('run')} {body}".encode()).hexdigest()[:32]
    with pytest.raises(FailoverError, match="line 1"):
        read([f"{chain} {body}\n"], "run")
