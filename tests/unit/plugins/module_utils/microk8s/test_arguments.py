# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.arguments import Arguments, flag_of
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import KUBE_APISERVER, KUBE_PROXY, KUBELET
from hypothesis import given
from hypothesis import strategies as st

FLAGS = st.from_regex(r"--[a-z][a-z0-9-]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(blacklist_characters="\n\r\0", blacklist_categories=("Cs",)), max_size=12)
TEXTS = st.lists(
    st.one_of(
        st.builds(lambda flag, value: f"{flag}={value}", FLAGS, st.sampled_from(["1", '"a b"', "'x'", "${SNAP_DATA}/a", ""])),
        st.builds(lambda flag, value: f"{flag} {value}", FLAGS, st.sampled_from(["1", '"a b"', "true"])),
        FLAGS,
        st.sampled_from(["", "# a comment", "#~another", "   ", "loose"]),
    ),
    max_size=8,
).map(lambda rows: "".join(f"{row}\n" for row in rows))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("--a=1\n--b=2\n", {"--a": "1", "--b": "2"}, id="one a line"),
        pytest.param("--a 1\n--b  2\n", {"--a": "1", "--b": "2"}, id="values apart"),
        pytest.param("--timeout 240\n--bind 0.0.0.0:25000\n", {"--timeout": "240", "--bind": "0.0.0.0:25000"}, id="cluster-agent"),
        pytest.param("--a\n--b=1", {"--a": "true", "--b": "1"}, id="a flag alone is on, and the last line may lack its end"),
        pytest.param("--a\nvalue\n", {"--a": "true"}, id="a word on the next line is no value"),
        pytest.param("--a=1 --b=2\n", {"--a": "1", "--b": "2"}, id="two on a line"),
        pytest.param("# --a=1\n\n--b=2 # why\n", {"--b": "2"}, id="comments"),
        pytest.param("--a=1\n--a=2\n", {"--a": "2"}, id="the last one counts"),
        pytest.param("--a='x y' --b=\"p<q,${SNAP_DATA}\"\n", {"--a": "x y", "--b": "p<q,${SNAP_DATA}"}, id="quotes"),
        pytest.param("--a=#1\n", {"--a": "#1"}, id="a hash within a word"),
        pytest.param("-l debug\n", {"-l": "debug"}, id="one dash"),
        pytest.param('--a="never closed\n--b=1\n', {"--a": '"never'}, id="a broken quotation is left alone"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_values(text, values):
    found = Arguments.parse(text)
    assert str(found) == text
    if "never" not in text:
        assert found.values() == values


@pytest.mark.parametrize(
    ("text", "wanted", "after"),
    [
        pytest.param("--a=1\n--b=2\n", {"--a": "3"}, "--a=3\n--b=2\n", id="replaced in place"),
        pytest.param("--a 1\n--b=2\n", {"--a": 3}, "--a=3\n--b=2\n", id="replaced, whichever form"),
        pytest.param("--a 1\n", {"--a": "1"}, "--a 1\n", id="the same value in the other form is no change"),
        pytest.param('--a="1"\n', {"--a": 1}, '--a="1"\n', id="the same value in quotes is no change"),
        pytest.param("--a\n", {"--a": True}, "--a\n", id="a flag alone is true already"),
        pytest.param("--a=1", {"--b": "2"}, "--a=1\n--b=2\n", id="added at the end, on a line of its own"),
        pytest.param("", {"max-pods": 60}, "--max-pods=60\n", id="dashes may be left out"),
        pytest.param("--a=1\n# why\n--b=2\n--c=3\n", {"--b": None}, "--a=1\n# why\n--c=3\n", id="removed, the comment stays"),
        pytest.param("--a=1\n--b=2\n", {"--a": None}, "--b=2\n", id="the first one removed"),
        pytest.param("--a=1\n--b=2\n", {"--b": None}, "--a=1\n", id="the last one removed"),
        pytest.param("--a=1 --b=2 --c=3\n", {"--b": None}, "--a=1 --c=3\n", id="one of a line removed"),
        pytest.param("--a=1\n--b=0\n--a=2\n--c=4\n", {"--a": "3"}, "--a=3\n--b=0\n--c=4\n", id="once afterwards"),
        pytest.param("--a=1\n--a=3\n", {"--a": "3"}, "--a=3\n", id="once afterwards, whichever counted"),
        pytest.param("--a=1\n", {"--b": None}, "--a=1\n", id="nothing to remove"),
        pytest.param("--a=1\n", {"--a": "x y<z"}, '--a="x y<z"\n', id="quotes where needed"),
        pytest.param("--ab=1\n", {"--a": "2"}, "--ab=1\n--a=2\n", id="no flag is taken for a longer one"),
    ],
)
def test_with_values(text, wanted, after):
    assert str(Arguments.parse(text).with_values(wanted)) == after


@pytest.mark.parametrize("text", [KUBELET, KUBE_APISERVER, KUBE_PROXY])
def test_microk8s_own_files_survive(text):
    found = Arguments.parse(text)
    assert str(found) == text
    assert str(found.with_values(found.values())) == text
    assert all(flag.startswith("--") for flag in found.values())


def test_the_api_server_has_what_its_file_says():
    found = Arguments.parse(KUBE_APISERVER).values()
    assert found["--etcd-servers"] == "unix://${SNAP_DATA}/var/kubernetes/backend/kine.sock:12379"
    assert found["--service-account-issuer"] == "https://kubernetes.default.svc"
    assert len(found) == 13


@pytest.mark.parametrize("name", ["", "--", "--a=b", "a b", "-"])
def test_what_is_no_flag_is_refused(name):
    with pytest.raises(MicroK8sError, match="is not the name of an argument"):
        flag_of(name)


@given(TEXTS)
def test_reading_and_writing_is_the_same_text(text):
    assert str(Arguments.parse(text)) == text


@given(TEXTS, FLAGS, VALUES)
def test_a_value_that_is_set_is_read(text, flag, value):
    after = Arguments.parse(text).with_values({flag: value})
    assert Arguments.parse(str(after)).values()[flag] == value


@given(TEXTS, st.dictionaries(FLAGS, st.one_of(st.none(), VALUES), max_size=4))
def test_setting_twice_is_setting_once_and_touches_nothing_else(text, wanted):
    before = Arguments.parse(text)
    once = before.with_values(wanted)
    assert str(Arguments.parse(str(once)).with_values(wanted)) == str(once)
    others = {flag: value for flag, value in before.values().items() if flag not in wanted}
    assert {flag: value for flag, value in Arguments.parse(str(once)).values().items() if flag not in wanted} == others
    assert all((flag in once.values()) == (value is not None) for flag, value in wanted.items())


@given(TEXTS, FLAGS)
def test_removing_keeps_every_comment(text, flag):
    after = str(Arguments.parse(text).with_values({flag: None}))
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in after.splitlines() if line.startswith("#")] == comments
