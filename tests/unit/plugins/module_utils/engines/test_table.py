# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.decision import decide
from ansible_collections.pikube.stateful.plugins.module_utils.engines.table import COLUMNS, table
from ansible_collections.pikube.stateful.tests.unit.engine_nodes import cluster, server


@pytest.mark.parametrize(
    ("decision", "lines"),
    [
        pytest.param(
            decide(cluster(3), {"application_replicas": 3}),
            [
                "engine      Local PV hostpath (hostpath)",
                "class       openebs-hostpath-retain",
                "copies      1",
                "nodes       pi1, pi2, pi3",
            ],
            id="an engine",
        ),
        pytest.param(
            decide(cluster(3), {}, engine="jiva", overrides=["E06"]),
            [
                "engine      Jiva (jiva), asked for by name",
                "overridden  E06: Jiva is archived: no corrections, no security updates since its last release",
            ],
            id="an engine against a rule",
        ),
        pytest.param(
            decide(cluster(3, server())),
            ["nodes       pi1 /dev/sda, pi2 /dev/sda, pi3 /dev/sda", "chart       openebs 4.6.1 from https://openebs.github.io/openebs"],
            id="an engine on disks",
        ),
        pytest.param(decide(cluster(3)), ["engine      none of them is right"], id="no engine"),
    ],
)
def test_lines(decision, lines):
    assert set(lines) <= set(table(decision))


def test_every_engine_that_was_not_taken_is_there_and_no_line_is_too_long():
    lines = table(decide(cluster(9)))
    assert all(any(line.startswith(f"{name:<10}  E") for line in lines) for name in NAMES)
    assert max(map(len, lines)) <= COLUMNS
    assert all(line == line.rstrip() for line in lines)


def test_what_to_do_stands_before_the_reasons():
    lines = table(decide(cluster(3)))
    assert lines[1].startswith("to do       for hostpath: Let the application replicate itself")
