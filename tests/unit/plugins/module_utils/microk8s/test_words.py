# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.words import quote, text_of, unquote
from hypothesis import given, settings
from hypothesis import strategies as st

LINES = st.text(st.characters(blacklist_characters="\n\r\0", blacklist_categories=("Cs",)), max_size=30)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        pytest.param("10.1.0.0/16", "10.1.0.0/16", id="what needs no quotes gets none"),
        pytest.param("${SNAP_DATA}/certs/ca.crt", "${SNAP_DATA}/certs/ca.crt", id="a variable is expanded by the service's shell"),
        pytest.param("memory.available<100Mi", '"memory.available<100Mi"', id="a redirection for the shell"),
        pytest.param("a b", '"a b"', id="a blank"),
        pytest.param('say "x"', '"say \\"x\\""', id="quotation marks"),
        pytest.param("", '""', id="nothing"),
        pytest.param("{a,b}", '"{a,b}"', id="braces"),
        pytest.param("cost\\$5", '"cost\\$5"', id="a dollar sign that is one"),
    ],
)
def test_quote(value, word):
    assert quote(value) == word
    assert unquote(word) == value


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("'https://kubernetes.default.svc'", "https://kubernetes.default.svc"),
        ('"unix://${SNAP_DATA}/kine.sock:12379"', "unix://${SNAP_DATA}/kine.sock:12379"),
        ("'$HOME'", "\\$HOME"),
        ("a\\ b", "a b"),
        ("a'b c'\"d e\"f", "ab cd ef"),
        ('"back\\slash"', "back\\slash"),
    ],
)
def test_unquote(word, value):
    assert unquote(word) == value


@given(LINES)
def test_what_is_quoted_reads_back(value):
    assert unquote(quote(value)) == value


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@settings(max_examples=25)
@given(st.text(st.sampled_from("ab \t'\"`\\<>|&;(){}*?[]!#~=,%"), max_size=12))
def test_bash_reads_the_same(value):
    script = 'declare -a args="($(cat))"; printf %s "${args[0]}"'
    found = subprocess.run(["bash", "-c", script], input=f"--x={quote(value)}", capture_output=True, text=True, check=True)  # noqa: S607
    assert found.stdout == f"--x={value}"


def test_a_value_of_several_lines_is_refused():
    with pytest.raises(MicroK8sError, match="is one line"):
        quote("a\nb")


def test_yaml_values_become_texts_that_go_understands():
    assert [text_of(value) for value in (True, False, 60, "x", 1.5)] == ["true", "false", "60", "x", "1.5"]
