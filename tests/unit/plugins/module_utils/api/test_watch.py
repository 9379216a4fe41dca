# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.api.watch import ExpiredError, Known
from hypothesis import given
from hypothesis import strategies as st


def node(name, version, uid=None):
    return {"metadata": {"name": name, "uid": uid or f"uid-{name}", "resourceVersion": str(version)}}


def said(events):
    return [(event.type, event.name) for event in events]


def test_relisted():
    known = Known()
    assert said(known.relisted([node("a", 1), node("b", 1)])) == [("ADDED", "a"), ("ADDED", "b")]
    assert said(known.relisted([node("a", 1), node("b", 1)])) == []
    assert said(known.relisted([node("a", 2), node("c", 3)])) == [("DELETED", "b"), ("MODIFIED", "a"), ("ADDED", "c")]
    assert said(known.relisted([node("a", 9, uid="new"), node("c", 3)])) == [("DELETED", "a"), ("ADDED", "a")]


def test_told():
    known = Known()
    list(known.relisted([node("a", 1)]))
    assert known.told({"type": "BOOKMARK", "object": node("", 7)}) == (None, "7")
    event, version = known.told({"type": "ADDED", "object": node("a", 8)})
    assert (event.type, version) == ("MODIFIED", "8")
    event, version = known.told({"type": "DELETED", "object": node("a", 9)})
    assert (event.type, version) == ("DELETED", "9")
    assert said(known.relisted([])) == []


@pytest.mark.parametrize("status", [{"code": 410}, {"reason": "Expired", "code": 410}, {"reason": "Gone"}])
def test_expired(status):
    with pytest.raises(ExpiredError):
        Known().told({"type": "ERROR", "object": status})


def test_another_error_is_no_event():
    assert Known().told({"type": "ERROR", "object": {"code": 500}}) == (None, None)


STATES = st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=3)


@given(st.lists(STATES, max_size=6))
def test_events_lead_to_the_state(states):
    """Whatever is missed between two lists: playing the events gives what the last list held."""
    known, played = Known(), {}
    for state in states:
        for event in known.relisted([node(name, version, uid=f"{name}{uid}") for name, (version, uid) in state.items()]):
            if event.type == "DELETED":
                assert played.pop(event.name)["uid"] == event.object["metadata"]["uid"]
            else:
                played[event.name] = event.object["metadata"]
        assert {name: (int(m["resourceVersion"]), m["uid"]) for name, m in played.items()} == {
            name: (version, f"{name}{uid}") for name, (version, uid) in state.items()
        }
