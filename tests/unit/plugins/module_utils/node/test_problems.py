# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.errors import NodeError
from ansible_collections.pikube.stateful.plugins.module_utils.node.problems import ERROR, WARNING, Gate, problems

FACTS = {"architecture": None, "board": {"model": "A board with {braces}"}, "cgroup": None, "kernel": None}
SHUT = Gate("X1", ERROR, lambda n: True, "{n.board} is shut", "Open it", "nowhere")
OPEN = Gate("X2", ERROR, lambda n: False, "never said", "never done", "nowhere")
WARNS = Gate("X3", WARNING, lambda n: n.joins, "{n.host} joins", "", "nowhere", names_host=True)


def test_only_shut_gates_speak_in_the_order_of_the_table():
    assert problems("pi02", FACTS, {"node_role": "worker"}, [WARNS, OPEN, SHUT]) == [
        {"id": "X3", "severity": "warning", "message": "pi02 joins"},
        {"id": "X1", "severity": "error", "message": "pi02: A board with {braces} is shut. Open it."},
    ]


def test_a_gate_without_cure_has_one_sentence():
    assert problems("pi02", FACTS, None, [SHUT._replace(cure="")])[0]["message"] == "pi02: A board with {braces} is shut."


def test_a_host_may_have_braces_in_its_name():
    assert problems("{0}", FACTS, None, [SHUT])[0]["message"].startswith("{0}: ")


def test_wishes_are_checked():
    with pytest.raises(NodeError):
        problems("pi02", FACTS, {"node_role": "king"}, [])
