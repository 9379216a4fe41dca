# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover import undo as module
from ansible_collections.pikube.stateful.plugins.module_utils.failover.errors import FailoverError
from ansible_collections.pikube.stateful.plugins.module_utils.failover.undo import Hands, Journal, Undo, Way, undo_all
from ansible_collections.pikube.stateful.tests.unit.failover_hands import World
from hypothesis import given
from hypothesis import strategies as st

RUN = "20261130T210533Z-drain"


def ways(broken=(), log=None):
    def do(entry, hands):
        if log is not None:
            log.append(entry.id)
        if entry.kind in broken:
            raise FailoverError(f"{entry.kind} is stuck")

    return {kind: Way(f"{kind} of {{node}}", f"by hand {{node}} {{run}} {kind}", do, seconds=5.0) for kind in ("a", "b", "c")}


def test_an_entry_is_in_the_file_and_elsewhere_when_register_returns(tmp_path):
    kept = []
    journal = Journal(RUN, "uid", tmp_path / "undo.json", (lambda entries: kept.append([entry.id for entry in entries]),))
    journal.register("a", "pi02", device="eth0")
    assert json.loads((tmp_path / "undo.json").read_text())["entries"] == [
        {"id": "a-1", "kind": "a", "node": "pi02", "facts": {"run": RUN, "device": "eth0"}, "done": False}
    ]
    assert kept == [["a-1"]]
    assert [path.name for path in tmp_path.iterdir()] == ["undo.json"]


def test_register_raises_if_it_cannot_be_kept_elsewhere(tmp_path):
    def keep(entries):
        raise FailoverError("no API server answers")

    with pytest.raises(FailoverError, match="no API server"):
        Journal(RUN, "uid", tmp_path / "undo.json", (keep,)).register("a", "pi02")
    assert Journal.read(tmp_path / "undo.json").open  # at worst it is undone for nothing


def test_the_last_is_undone_first_and_twice_is_once(tmp_path):
    journal, log = Journal(RUN, "uid", tmp_path / "undo.json"), []
    for kind in "abc":
        journal.register(kind, "pi02")
    rows = undo_all(journal, World().hands, ways(log=log))
    assert log == ["c-3", "b-2", "a-1"]
    assert all(row.done and row.at and not row.manual for row in rows)
    assert undo_all(Journal.read(tmp_path / "undo.json"), World().hands, ways(log=log)) == []


def test_each_is_tried_though_another_fails(tmp_path):
    journal, world, log = Journal(RUN, "uid", tmp_path / "undo.json"), World(), []
    for kind in "abc":
        journal.register(kind, "pi02")
    rows = {row.kind: row for row in undo_all(journal, world.hands, ways(broken="b", log=log))}
    assert [rows[kind].done for kind in "abc"] == [True, False, True]
    assert rows["b"].manual == f"by hand pi02 {RUN} b"
    assert rows["b"].problem == "b is stuck"
    assert log.count("b-2") > 1  # tried again until its time was over
    assert [entry.id for entry in Journal.read(tmp_path / "undo.json").open] == ["b-2"]


def test_an_entry_that_is_not_known_is_said_to_be_open():
    journal = Journal(RUN, "uid", entries=[Undo("z-1", "z", "pi02", {})])
    (row,) = undo_all(journal, World().hands, ways())
    assert not row.done
    assert "does not know" in row.problem


def test_what_cannot_be_told_elsewhere_is_undone_all_the_same(tmp_path):
    def keep(entries):
        if not entries:
            raise FailoverError("no API server answers")

    journal = Journal(RUN, "uid", tmp_path / "undo.json", (keep,))
    journal.register("a", "pi02")
    assert [row.done for row in undo_all(journal, World().hands, ways())] == [True]
    assert not Journal.read(tmp_path / "undo.json").open


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "another"}', '{"schema": "pikube.stateful/failover-undo/1"}'])
def test_a_file_that_is_no_journal_is_not_taken_for_an_empty_one(tmp_path, text):
    (tmp_path / "undo.json").write_text(text)
    with pytest.raises(FailoverError, match="Undo by hand"):
        Journal.read(tmp_path / "undo.json")


def test_a_file_that_was_half_written_is_not_seen(tmp_path, monkeypatch):
    journal = Journal(RUN, "uid", tmp_path / "undo.json")
    journal.register("a", "pi02")

    def full(_number):
        raise OSError("no space left")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        journal.register("b", "pi02")
    assert [entry.id for entry in Journal.read(tmp_path / "undo.json").entries] == ["a-1"]


@pytest.mark.parametrize(
    ("hands", "call", "text"),
    [
        pytest.param(Hands(None), lambda hands: hands.on_node("", 1, "pi02"), "no way is known", id="a node without a way to it"),
        pytest.param(Hands(None), lambda hands: hands.on_power("on", 1, "pi02"), "verify_power_on", id="power without a command"),
    ],
)
def test_hands_that_are_tied_say_so(hands, call, text):
    with pytest.raises(FailoverError, match=text):
        call(hands)


@given(st.lists(st.sampled_from("abc"), max_size=8), st.sets(st.sampled_from("abc")))
def test_whatever_fails_the_open_ones_are_those_that_failed(kinds, broken):
    journal = Journal(RUN, "uid")
    for kind in kinds:
        journal.register(kind, "pi02")
    rows = undo_all(journal, World().hands, ways(broken=broken))
    assert [row.id for row in reversed(rows) if not row.done] == [entry.id for entry in journal.open]
    assert {entry.kind for entry in journal.open} == broken & set(kinds)
    assert not undo_all(journal, World().hands, ways()) or broken
    assert not journal.open
