# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.rules import RULES

# They protect data, or nothing would work without what they ask for.
FINAL = {"E01", "E02", "E03", "E05", "E08", "E11", "E12", "E13", "E14", "E21", "E22", "E24", "E27", "E31", "E34", "E35"}


def test_rules_are_numbered_and_complete():
    assert [rule.id for rule in RULES] == [f"E{number:02}" for number in range(1, len(RULES) + 1)]
    for rule in RULES:
        assert (rule.when is None) != (rule.when_node is None)
        assert rule.because
        assert rule.cure
        assert rule.source
        assert ("{nodes}" in rule.because) == (rule.when_node is not None)
        assert not rule.because.endswith(".")
        assert not rule.cure.endswith(".")
        assert set(rule.refuses) <= set(NAMES)


def test_which_rules_cannot_be_overridden():
    assert {rule.id for rule in RULES if rule.final} == FINAL
