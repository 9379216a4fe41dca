# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError
from ansible_collections.pikube.stateful.plugins.module_utils.node.view import DEFAULTS, NodeView

EMPTY = {"architecture": None, "board": None, "cgroup": None, "kernel": None}


def test_facts_that_know_nothing_answer_everything():
    node = NodeView("pi02", EMPTY)
    names = [name for name in vars(NodeView) if isinstance(vars(NodeView)[name], property)]
    assert len(names) > 20
    assert {name: getattr(node, name) for name in names if getattr(node, name) is True} == {}


def test_wishes_have_defaults_that_want_nothing():
    node = NodeView("pi02", EMPTY, None)
    assert node.wanted == DEFAULTS
    assert not node.joins


@pytest.mark.parametrize(
    ("facts", "wanted", "message"),
    [
        pytest.param(
            {}, {}, "pi02: these are not the facts of module pikube.stateful.node_facts. Run it on the host first.", id="no facts"
        ),
        pytest.param(
            None, {}, "pi02: these are not the facts of module pikube.stateful.node_facts. Run it on the host first.", id="nothing"
        ),
        pytest.param(
            EMPTY,
            {"roles": "x", "hostnames": "y"},
            "pi02: hostnames, roles cannot be wanted of a node. These can: "
            "allow_16k_pages, data_path, hostname, node_role, page_size_fix, prepared, swap.",
            id="unknown wishes",
        ),
        pytest.param(
            EMPTY, {"node_role": "king"}, 'pi02: node_role "king" is not one of control_plane, worker, none.', id="an unknown role"
        ),
    ],
)
def test_what_makes_no_sense_is_refused(facts, wanted, message):
    with pytest.raises(NodeError) as error:
        NodeView("pi02", facts, wanted)
    assert str(error.value) == message


def test_a_path_may_end_early():
    node = NodeView("pi02", {**EMPTY, "board": {"id": "4b"}, "kernel": "odd"})
    assert node.get("board", "id") == "4b"
    assert node.get("board", "id", "deeper") is None
    assert node.get("kernel", "release") is None
    assert node.get("no", "way") is None
