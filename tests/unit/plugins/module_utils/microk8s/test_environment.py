# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.environment import Environment, without_password
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.errors import MicroK8sError
from ansible_collections.pikube.stateful.tests.unit.microk8s_trees import CONTAINERD_ENV
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.from_regex(r"[A-Z][A-Z_]{0,6}", fullmatch=True)
VALUES = st.text(st.characters(blacklist_characters="\n\r\0", blacklist_categories=("Cs",)), max_size=12)


@pytest.mark.parametrize(
    ("text", "wanted", "after"),
    [
        pytest.param("A=1\nB=2\n", {"A": "3"}, "A=3\nB=2\n", id="replaced in place"),
        pytest.param('A="1"\n', {"A": 1}, 'A="1"\n', id="the same value in quotes"),
        pytest.param("export A=1\n", {"A": "x y"}, 'export A="x y"\n', id="export stays"),
        pytest.param("A=1", {"B": "2"}, "A=1\nB=2\n", id="added"),
        pytest.param("A=1\nB=2\nA=3\n", {"A": None}, "B=2\n", id="removed wherever it stands"),
        pytest.param("A=1\nA=2\nB=1\n", {"A": 2}, "A=2\nB=1\n", id="once afterwards"),
        pytest.param("ulimit -n 65536 || true\n", {"A": None}, "ulimit -n 65536 || true\n", id="other lines of shell stay"),
        pytest.param("failure-domain=1\n", {"failure-domain": 2}, "failure-domain=2\n", id="ha-conf"),
        pytest.param("IPv4_SUPPORT=true\n", {"IPv4_SUPPORT": True}, "IPv4_SUPPORT=true\n", id="cni-env"),
        pytest.param("A=1\n", {"A": ""}, "A=\n", id="empty"),
    ],
)
def test_with_values(text, wanted, after):
    assert str(Environment.parse(text).with_values(wanted)) == after


def test_containerd_env():
    found = Environment.parse(CONTAINERD_ENV)
    assert found.values() == {"PATH": "$PATH:$KATA_PATH"}
    assert str(found.with_values({"HTTPS_PROXY": "http://proxy:3128"})) == f"{CONTAINERD_ENV}HTTPS_PROXY=http://proxy:3128\n"


def test_passwords_in_urls_are_hidden():
    assert without_password("HTTPS_PROXY=http://me:secret@proxy:3128/") == "HTTPS_PROXY=http://***@proxy:3128/"
    assert without_password("NO_PROXY=10.1.0.0/16,a@b") == "NO_PROXY=10.1.0.0/16,a@b"


def test_what_is_no_name_is_refused():
    with pytest.raises(MicroK8sError, match="is not the name of an environment variable"):
        Environment.parse("").with_values({"a b": "c"})


@given(st.lists(st.sampled_from(["A=1", "export B='x'", "# no", "", "ulimit -l 1 || true"])), st.dictionaries(NAMES, st.none() | VALUES))
def test_what_is_set_is_read_and_setting_twice_is_setting_once(lines, wanted):
    once = Environment.parse("".join(f"{line}\n" for line in lines)).with_values(wanted)
    values = Environment.parse(str(once)).values()
    assert all(values.get(name) == value for name, value in wanted.items())
    assert str(once.with_values(wanted)) == str(once)
