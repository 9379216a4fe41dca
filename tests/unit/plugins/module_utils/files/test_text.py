# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.files.errors import FilesError
from ansible_collections.pikube.stateful.plugins.module_utils.files.text import with_block, without_block, without_lines
from hypothesis import given
from hypothesis import strategies as st

LINES = st.lists(st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=("Cs",)), max_size=12), max_size=8)
TEXTS = LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))
# Without a final line feed, with carriage returns, with both.
TEXTS_AS_FOUND = st.one_of(TEXTS, TEXTS.map(lambda text: text.replace("\n", "\r\n")), TEXTS.map(lambda text: text.rstrip("\n")))


@pytest.mark.parametrize(
    ("text", "content", "after"),
    [
        pytest.param("", "x", "# BEGIN m\nx\n# END m\n", id="an empty file gets the block"),
        pytest.param("a\n", "x\ny\n", "a\n# BEGIN m\nx\ny\n# END m\n", id="a new block goes to the end"),
        pytest.param("a", "x", "a\n# BEGIN m\nx\n# END m\n", id="a last line without line feed is ended first"),
        pytest.param("a\n# BEGIN m\nold\n# END m\nb\n", "x", "a\n# BEGIN m\nx\n# END m\nb\n", id="a block is replaced where it stands"),
        pytest.param(
            "# BEGIN m\r\nold\r\n# END m\r\nb\r\n", "x", "# BEGIN m\nx\n# END m\nb\r\n", id="markers with carriage returns are markers"
        ),
        pytest.param(
            "# BEGIN m\n1\n# END m\nb\n# BEGIN m\n2\n# END m\nc\n", "x", "# BEGIN m\nx\n# END m\nb\nc\n", id="a copied block becomes one"
        ),
        pytest.param(
            "# BEGIN other\n1\n# END other\n", "x", "# BEGIN other\n1\n# END other\n# BEGIN m\nx\n# END m\n", id="other blocks stay"
        ),
        pytest.param("a\n", "", "a\n# BEGIN m\n# END m\n", id="an empty block is a block"),
        pytest.param("a\x0cb\n", "x", "a\x0cb\n# BEGIN m\nx\n# END m\n", id="a form feed ends no line"),
    ],
)
def test_with_block(text, content, after):
    assert with_block(text, "m", content) == after


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a\n# BEGIN m\nb\n", 2, id="BEGIN without END"),
        pytest.param("a\nb\n# END m\n", 3, id="END without BEGIN"),
        pytest.param("# BEGIN m\na\n# BEGIN m\nb\n# END m\n", 1, id="BEGIN twice"),
    ],
)
@pytest.mark.parametrize("change", [lambda text: with_block(text, "m", "x"), lambda text: without_block(text, "m")])
def test_an_unpaired_marker_is_refused_with_its_line(text, line, change):
    with pytest.raises(FilesError, match=f"line {line},.*remove the whole block"):
        change(text)


@pytest.mark.parametrize(
    ("text", "patterns", "after"),
    [
        pytest.param("a\nb\na b\n", ["^a$"], "b\na b\n", id="only lines that match"),
        pytest.param(
            "127.0.1.1 old\n# BEGIN m\n127.0.1.1 new\n# END m\n",
            [r"^127\.0\.1\.1\s"],
            "# BEGIN m\n127.0.1.1 new\n# END m\n",
            id="the block is spared",
        ),
        pytest.param("a\r\nb", ["^a$", "^b$"], "", id="line ends are no part of a line"),
        pytest.param("a\n", [], "a\n", id="no pattern, no change"),
    ],
)
def test_without_lines(text, patterns, after):
    assert without_lines(text, patterns, "m") == after


@given(TEXTS_AS_FOUND, TEXTS)
def test_writing_a_block_twice_is_writing_it_once(text, content):
    once = with_block(text, "m", content)
    assert with_block(once, "m", content) == once


@given(TEXTS_AS_FOUND, TEXTS)
def test_taking_a_block_out_leaves_what_was_there(text, content):
    ended = text if text.endswith("\n") or not text else text + "\n"
    assert without_block(with_block(text, "m", content), "m") == ended
