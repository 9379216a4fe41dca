# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of config.txt's filters keeps what the code that reads it relies on."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.boot.config import kind_of
from ansible_collections.pikube.stateful.plugins.module_utils.boot.filters import KINDS, MODEL, MODEL_FILTERS, TRIAL


def test_no_model_hides_a_longer_one_behind_it():
    beginnings = [beginning for beginning, _filters in MODEL_FILTERS]
    for place, beginning in enumerate(beginnings):
        assert not any(later.startswith(beginning) for later in beginnings[place + 1 :]), beginning


def test_kinds_are_written_as_they_are_compared():
    assert all(beginning == beginning.lower() for beginning, _kind in KINDS)
    assert kind_of(TRIAL) == "trial"


def test_filters_of_boards_are_of_the_kind_model():
    for _beginning, filters in MODEL_FILTERS:
        assert {kind_of(name) for name in filters} == {MODEL}
