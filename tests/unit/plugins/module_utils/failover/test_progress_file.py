# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.failover.progress_file import USUAL, row, rows, shown
from ansible_collections.pikube.stateful.tests.unit.failover_bed import PHASES
from hypothesis import given
from hypothesis import strategies as st

PLAIN = {"phase": "steady", "elapsed": 12.4, "since_fault": None, "said": "", "next": ""}
WORDS = st.text(max_size=20)


@given(st.lists(st.dictionaries(WORDS, WORDS | st.integers() | st.none() | st.floats(allow_nan=False)), max_size=5), st.integers(0, 200))
def test_what_is_written_is_read_line_by_line_whatever_is_in_it(contents, cut):
    stream = io.StringIO()
    for content in contents:
        row(stream, content)
    text = stream.getvalue()
    assert rows(text) == contents
    assert text.count("\n") == len(contents)
    # Of a text that is cut off anywhere the whole lines are left.
    assert rows(text[:cut]) == contents[: text[:cut].count("\n")]


def test_a_line_is_in_the_file_at_once(tmp_path):
    with (tmp_path / "progress").open("w") as stream:
        row(stream, PLAIN)
        assert rows((tmp_path / "progress").read_text()) == [PLAIN]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param({}, "steady, 12 s", id="a phase alone"),
        pytest.param({"since_fault": 3.25}, "steady, 12 s; 3.2 s after the fault", id="after the fault"),
        pytest.param({"since_fault": 0.0}, "steady, 12 s; 0.0 s after the fault", id="at the fault"),
        pytest.param(
            {"rate": 99, "acked": 12345, "failed": 2, "unknown": 0}, "steady, 12 s; 99 writes/s, 12,345 acknowledged, 2 failed", id="a load"
        ),
        pytest.param(
            {"rate": 0, "acked": 0, "failed": 2, "unknown": 3},
            "steady, 12 s; 0 writes/s, 0 acknowledged, 2 failed, 3 unknown",
            id="a load of which something is not known",
        ),
        pytest.param({"primary": "main-1", "node": "pi01"}, "steady, 12 s; primary main-1 on pi01", id="a primary"),
        pytest.param({"primary": "main-1", "node": ""}, "steady, 12 s; primary main-1 on no node", id="a primary that is nowhere"),
        pytest.param({"primary": ""}, "steady, 12 s", id="no primary"),
        pytest.param({"said": "at most 60 s", "next": "the fault"}, "steady, 12 s; at most 60 s; next: the fault", id="what comes"),
    ],
)
def test_a_line_for_a_person(content, text):
    assert shown({**PLAIN, **content}) == text


def test_of_each_phase_it_is_known_what_comes_after_it():
    assert set(USUAL) == set(PHASES)
