# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import plain_yaml
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.launch import render
from hypothesis import given
from hypothesis import strategies as st

TEXTS = [
    "",
    "a: 1\nb: two\n",
    "a:\n  b:\n    c: x\n  d: y\ne: z\n",
    "- Address: 10.0.0.1:19001\n  ID: 3297041220608546238\n  Role: 0\n- Address: 10.0.0.2:19001\n  ID: 7\n  Role: 1\n",
    "a:\n- 1\n- 2\nb:\n  - x\n",
    "a: null\nb: ~\nc:\nd: {}\ne: []\nf: ''\n",
    "a: 'it''s'\nb: \"tab\\t\"\nc: true\nd: False\ne: 1.5\n",
    "# first\na: 1 # why\n\n# last\n",
    "a: |\n  one\n   two\n\n  three\nb: 2\n",
    "a: >-\n  one\n  two\nb: 2\n",
    "---\na: http://x:1/y#z\n",
    "localhost:32000: x\n--flag: y\n",
    "tcp:\n  services:\n    s:\n      servers:\n      - address: 10.0.0.1:16443\n      - address: 10.0.0.2:16443\n",
    "name: microk8s\narchitectures:\n- arm64\nhooks:\n  configure:\n    plugs: []\n",
    "- - a\n  - b\n- c\n",
    "-\n  a: 1\n-\n  a: 2\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_it_reads_as_pyyaml_does(text):
    assert plain_yaml.parse(text) == yaml.safe_load(text)


def test_a_colon_in_a_value_is_kept_although_yaml_forbids_it():
    assert plain_yaml.parse("description: Storage: local\n") == {"description": "Storage: local"}


def test_versions_stay_texts_where_asked():
    assert plain_yaml.parse("version: 5.0\nrole: 010\n", numbers=False) == {"version": "5.0", "role": "010"}


KEYS = st.from_regex(r"[a-z][a-zA-Z]{0,6}", fullmatch=True) | st.sampled_from(["yes", "No", "on", "OFF", "true", "null", "y"])
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=10)


@given(st.dictionaries(KEYS, WORDS | st.none(), max_size=5), st.dictionaries(KEYS, WORDS, max_size=3))
def test_it_reads_what_this_collection_writes(arguments, files):
    document = {"version": "0.1.0", "extraKubeletArgs": arguments, "extraConfigFiles": files, "extraSANs": ["x"]}
    text = render(document)
    assert plain_yaml.parse(text) == yaml.safe_load(text) == document
