# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.pools import volume_groups, zpools
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GROUPS = json.dumps({"report": [{"vg": [{"vg_name": "openebs", "vg_size": "500103643136", "vg_free": "494735982592"}]}]})
ROW = {"name": "openebs", "size_bytes": 500103643136, "free_bytes": 494735982592}


@pytest.fixture
def node(tmp_path):
    """A node with LVM and ZFS; what its commands answer comes later."""
    (tmp_path / "usr/sbin").mkdir(parents=True)
    (tmp_path / "usr/sbin/vgs").touch()
    (tmp_path / "sys/module/zfs").mkdir(parents=True)
    return lambda *answer: Source(lambda argv: answer, str(tmp_path))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        pytest.param((0, GROUPS, ""), [ROW], id="one group"),
        pytest.param((0, '{"report": [{"vg": []}]}', ""), [], id="none yet"),
        pytest.param((5, "", "Permission denied"), None, id="not root"),
        pytest.param((0, "", ""), None, id="no answer"),
        pytest.param((0, '{"report": []}', ""), None, id="an answer of another form"),
        pytest.param((0, "[]", ""), None, id="no report"),
    ],
)
def test_volume_groups(node, answer, found):
    assert volume_groups(node(*answer)) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        pytest.param((0, "openebs\t500103643136\t494735982592\n", ""), [ROW], id="one pool"),
        pytest.param((0, "", "no pools available"), [], id="none yet"),
        pytest.param((1, "", "permission denied"), None, id="not root"),
        pytest.param((0, "half a line\n", ""), [], id="an answer of another form"),
    ],
)
def test_zpools(node, answer, found):
    assert zpools(node(*answer)) == found


def test_nothing_is_asked_where_it_is_not_installed(tmp_path):
    def refuse(argv):
        raise AssertionError(argv)

    source = Source(refuse, str(tmp_path))
    assert volume_groups(source) is None
    assert zpools(source) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text() | st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(json.dumps)
)
def test_any_answer_is_borne(node, text):
    assert isinstance(zpools(node(0, text, "")), list)
    assert volume_groups(node(0, text, "")) is None or isinstance(volume_groups(node(0, text, "")), list)
