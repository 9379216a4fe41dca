# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of keys keeps what the code that reads it relies on."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.boot.keys import (
    FIRMWARE_ENDS_WITH,
    FIRMWARE_KEYS,
    MULTI_VALUED,
    SWITCHES,
)
from ansible_collections.pikube.stateful.plugins.module_utils.boot.tokens import key_of


def test_keys_are_written_as_the_kernel_compares_them():
    keys = MULTI_VALUED | FIRMWARE_KEYS | FIRMWARE_ENDS_WITH | set(SWITCHES)
    assert {key_of(key) for key in keys} == keys


def test_a_switch_has_one_opposite_and_may_stand_several_times():
    assert sorted(SWITCHES.values()) == [False, True]
    assert set(SWITCHES) <= MULTI_VALUED
