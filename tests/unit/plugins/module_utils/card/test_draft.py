# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.draft import Change, Draft
from hypothesis import given
from hypothesis import strategies as st


class Store(dict):
    """Files in memory, with the methods of a store and a note of what was written."""

    description = "card"

    def __init__(self, files=()):
        super().__init__(files)
        self.log = []

    def read(self, name):
        return self.get(name)

    def exists(self, name):
        return name in self

    def listing(self):
        return sorted(self)

    def write(self, name, data):
        self.log.append(name)
        self[name] = data

    def remove(self, name):
        self.log.append(f"-{name}")
        self.pop(name, None)


names = st.sampled_from(("a", "b", "current/c", "d"))
contents = st.binary(max_size=2)
deeds = st.lists(st.tuples(names, st.none() | contents), max_size=8)


def do(draft, deeds):
    for name, content in deeds:
        if content is None:
            draft.remove(name)
        else:
            draft.write(name, content)


@given(st.dictionaries(names, contents), deeds)
def test_a_draft_looks_as_the_store_will(files, deeds):
    store = Store(files)
    draft = Draft(store)
    do(draft, deeds)
    assert (dict(store), store.log) == (files, [])
    seen = {name: draft.read(name) for name in draft.listing()}
    assert all(draft.exists(name) for name in seen)
    changes = draft.changes()
    draft.commit()
    assert dict(store) == seen
    assert len(store.log) == len(changes)
    assert {change.name for change in changes} == {name for name in {*files, *seen} if files.get(name) != seen.get(name)}


@given(st.dictionaries(names, contents), deeds, st.integers(0, 8))
def test_an_interrupted_commit_is_finished_by_the_next(files, deeds, after):
    store = Store(files)
    draft = Draft(store)
    do(draft, deeds)
    wanted = {name: draft.read(name) for name in draft.listing()}
    for change in draft.changes()[:after]:
        store.write(change.name, change.after) if change.after is not None else store.remove(change.name)
    again = Draft(store)
    do(again, deeds)
    again.commit()
    assert dict(store) == wanted


def test_files_are_committed_in_the_order_of_writing():
    store = Store({"cmdline.txt": b"old"})
    draft = Draft(store)
    draft.write("z", b"1")
    draft.write("cmdline.txt.bak", b"old")
    draft.write("cmdline.txt", b"new")
    draft.write("z", b"2")
    draft.commit()
    assert store.log == ["z", "cmdline.txt.bak", "cmdline.txt"]


def test_what_is_written_back_is_no_change():
    draft = Draft(Store({"a": b"1"}))
    draft.write("a", b"2")
    assert draft.changes() == [Change("a", b"1", b"2")]
    draft.write("a", b"1")
    assert draft.changes() == []


@pytest.mark.parametrize("name", ["CMDLINE.TXT", "cmdline.txt", "Cmdline.Txt"])
def test_names_are_of_any_case(name):
    draft = Draft(Store({"cmdline.txt": b"1"}))
    draft.read("cmdline.txt")
    draft.write(name, b"2")
    assert draft.read("cmdline.txt") == b"2"
    assert len(draft.changes()) == 1
