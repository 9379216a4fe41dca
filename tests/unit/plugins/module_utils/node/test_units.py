# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.source import Source
from ansible_collections.pikube.stateful.plugins.module_utils.node.units import NOT_INSTALLED, UNITS, Unit, parse, units
from ansible_collections.pikube.stateful.tests.unit.trees import capture


@pytest.mark.parametrize(
    ("block", "unit"),
    [
        pytest.param("LoadState=loaded\nActiveState=active\nUnitFileState=enabled", Unit(True, True, True), id="enabled and running"),
        pytest.param("LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled", Unit(True, False, False), id="installed"),
        pytest.param(
            "LoadState=loaded\nActiveState=active\nUnitFileState=static", Unit(True, False, True), id="running, started by another"
        ),
        pytest.param("LoadState=masked\nActiveState=inactive\nUnitFileState=masked", NOT_INSTALLED, id="masked"),
        pytest.param("LoadState=not-found\nActiveState=inactive\nUnitFileState=", NOT_INSTALLED, id="not installed"),
        pytest.param("LoadState=not-found\nActiveState=inactive", NOT_INSTALLED, id="not installed, empty values left out"),
        pytest.param("LoadState=loaded\nActiveState=failed\nUnitFileState=enabled", Unit(True, True, False), id="failed"),
        pytest.param("garbage", NOT_INSTALLED, id="garbage"),
    ],
)
def test_one_block(block, unit):
    assert parse(block) == [unit]


def test_all_units_are_asked_for_in_one_call(tmp_path):
    tree = capture(tmp_path)
    found = units(tree.source())
    assert len(tree.asked) == 1
    assert found["iscsid.service"] == Unit(installed=True, enabled=True, active=True)
    assert found["chrony.service"] == NOT_INSTALLED


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((1, "", "System has not been booted with systemd as init system (PID 1). Can't operate.\n"), id="no systemd"),
        pytest.param((0, "", ""), id="an empty answer"),
        pytest.param((0, "LoadState=loaded\n", ""), id="an answer about another number of units"),
    ],
)
def test_without_an_answer_nothing_is_known(answer):
    assert units(Source(lambda argv: answer)) is None


def test_units_are_asked_for_once():
    assert len(set(UNITS)) == len(UNITS)
