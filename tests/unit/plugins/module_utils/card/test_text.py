# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
import tomllib
import yaml as reader
from ansible_collections.pikube.stateful.plugins.module_utils.card.text import toml, yaml
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**31), 2**31) | texts
flat = st.lists(scalars, max_size=3)
trees = st.dictionaries(texts, scalars | flat | st.lists(flat, max_size=3) | st.dictionaries(texts, scalars | flat, max_size=3), max_size=4)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"hostname": "pi01"}, "hostname: pi01\n", id="a word stays bare"),
        pytest.param({"shell": "/bin/bash"}, "shell: /bin/bash\n", id="a path too"),
        pytest.param({"locale": "no"}, 'locale: "no"\n', id="Norway"),
        pytest.param({"sudo": None, "lock": True, "count": 3}, "sudo: null\nlock: true\ncount: 3\n", id="what is no text"),
        pytest.param({"s": "a: b # c"}, 's: "a: b # c"\n', id="what YAML would misread"),
        pytest.param({"runcmd": [["a", "--now"]]}, 'runcmd:\n  - [a, "--now"]\n', id="a list in a list"),
        pytest.param({"users": [{"name": "a", "keys": ["k"]}]}, "users:\n  - name: a\n    keys:\n      - k\n", id="a mapping in a list"),
        pytest.param({"empty": [], "none": {}}, "empty: []\nnone: {}\n", id="empty ones"),
    ],
)
def test_yaml(value, text):
    assert yaml(value) == text


@given(trees)
def test_yaml_is_read_back_by_the_reader_that_cloud_init_has(tree):
    assert (reader.safe_load(yaml(tree)) or {}) == tree


@given(trees)
def test_lists_of_mappings_are_read_back(tree):
    assert reader.safe_load(yaml({"list": [tree, tree]})) == {"list": [tree, tree]}


def test_toml():
    assert toml({"config_version": 1, "user": {"name": "ops", "password": None}, "ssh": {"keys": ("a b",), "enabled": True}}) == (
        'config_version = 1\n\n[user]\nname = "ops"\n\n[ssh]\nkeys = ["a b"]\nenabled = true\n'
    )


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), texts | st.booleans() | st.lists(texts, max_size=3), max_size=4))
def test_toml_is_read_back(table):
    assert tomllib.loads(toml({"table": table}))["table"] == table
