"""The YAML that we write is YAML to others, and we read what others write."""

import pytest
import yaml
from ansible_collections.pikube.stateful.plugins.module_utils.network import yaml_text
from hypothesis import given
from hypothesis import strategies as st

# netplan and PyYAML refuse surrogates and other code points that YAML does not allow even in escapes.
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
scalars = st.one_of(texts, st.booleans(), st.integers(-(10**9), 10**9))
trees = st.dictionaries(
    texts,
    st.recursive(
        scalars,
        lambda children: st.one_of(
            st.dictionaries(texts, children, max_size=4),
            st.lists(st.one_of(scalars, st.dictionaries(texts, children, max_size=3)), max_size=3),
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)
# Not empty and short enough for PyYAML not to fold them over two lines, which we do not read; no line ends inside for the same reason.
short = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
keys = short.filter(bool)
block_trees = st.dictionaries(
    keys,
    st.recursive(
        st.one_of(short, st.booleans(), st.integers(-(10**9), 10**9)),
        lambda children: st.one_of(st.dictionaries(keys, children, max_size=3), st.lists(short, max_size=3)),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@given(trees)
def test_pyyaml_reads_what_is_written(tree):
    assert yaml.safe_load(yaml_text.dump(tree)) == tree


@given(trees)
def test_what_is_written_is_read_back(tree):
    assert yaml_text.load(yaml_text.dump(tree)) == tree


@given(block_trees)
def test_what_cloud_init_writes_is_read(tree):
    written = yaml.safe_dump(tree, default_flow_style=False, width=1000)
    assert yaml_text.load(written) == tree


@given(trees, st.sampled_from([20, 80, 1000]), st.booleans(), st.sampled_from([None, False]))
def test_what_is_not_understood_is_never_misread(tree, width, allow_unicode, style):
    written = yaml.safe_dump(tree, default_flow_style=style, width=width, allow_unicode=allow_unicode)
    try:
        read = yaml_text.load(written)
    except ValueError:
        return
    assert read == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("", {}, id="an empty file says nothing"),
        pytest.param("# only a comment\n", {}, id="a comment says nothing"),
        pytest.param("---\na: 1\n...\n", {"a": 1}, id="document marks are no content"),
        pytest.param("a: yes\nb: No\nc: ~\nd:\n", {"a": True, "b": False, "c": None, "d": None}, id="words of YAML 1.1"),
        pytest.param("a: 10.0.0.5/24 # where\n", {"a": "10.0.0.5/24"}, id="a comment behind a plain value"),
        pytest.param("a: x#y\n", {"a": "x#y"}, id="a hash inside a plain value"),
        pytest.param('a: "x # y" # z\n', {"a": "x # y"}, id="a hash inside a quoted value"),
        pytest.param("'it''s': 'o''clock'\n", {"it's": "o'clock"}, id="single quotes"),
        pytest.param('"Caf\\xE9": "\\U0001F600\\t"\n', {"Café": "\U0001f600\t"}, id="escapes"),
        pytest.param("My Home: {}\n", {"My Home": {}}, id="a plain key with a blank"),
        pytest.param("fe80::1: a\n", {"fe80::1": "a"}, id="a plain key with colons"),
        pytest.param("a:\n- x\n- y\nb: 1\n", {"a": ["x", "y"], "b": 1}, id="a list as deep as its key"),
        pytest.param(
            "a:\n  - to: default\n    via: 10.0.0.1\n  - to: x\n",
            {"a": [{"to": "default", "via": "10.0.0.1"}, {"to": "x"}]},
            id="a list of mappings",
        ),
        pytest.param("a:\n    b:\n        c: 1\n    d: 2\n", {"a": {"b": {"c": 1}, "d": 2}}, id="any indentation"),
    ],
)
def test_reads(text, tree):
    assert yaml_text.load(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: {b: c}\n", id="a flow mapping"),
        pytest.param("a: [b, c]\n", id="a flow list"),
        pytest.param("a: &x b\n", id="an anchor"),
        pytest.param("a: *x\n", id="an alias"),
        pytest.param("a: !str b\n", id="a tag"),
        pytest.param("a: |\n  text\n", id="a block text"),
        pytest.param("a: >-\n  text\n", id="a folded text"),
        pytest.param('a: "not\n  ended"\n', id="a quoted text over two lines"),
        pytest.param("a: 'not ended\n", id="a quoted text without end"),
        pytest.param('a: "\\q"\n', id="an unknown escape"),
        pytest.param("a: b\n  c: d\n", id="a deeper line behind a value"),
        pytest.param("  a: b\nc: d\n", id="a line less deep than the first"),
        pytest.param("a: b\na: c\n", id="a key twice"),
        pytest.param("just text\n", id="no key at all"),
        pytest.param("\ta: b\n? c\n", id="neither key nor item"),
    ],
)
def test_says_that_it_does_not_understand(text):
    with pytest.raises(ValueError, match="not understood"):
        yaml_text.load(text)
