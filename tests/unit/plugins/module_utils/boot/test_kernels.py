# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of kernels has an answer for each, and what it asks for can come true."""

from __future__ import annotations

import re

from ansible_collections.pikube.stateful.plugins.module_utils.boot.cmdline import CommandLine
from ansible_collections.pikube.stateful.plugins.module_utils.boot.edit import Edit
from ansible_collections.pikube.stateful.plugins.module_utils.boot.kernels import FLAVOURS, NEEDS, UNWANTED


def test_the_table_has_a_row_for_every_kernel():
    assert re.search(FLAVOURS[-1][1], "anything at all")
    assert {flavour for flavour, _pattern in FLAVOURS} == {row[0] for row in NEEDS}
    for flavour, _pattern in FLAVOURS:
        assert any(row[0] == flavour and row[2] is None for row in NEEDS)


def test_what_is_wanted_and_unwanted_can_both_come_true():
    for _flavour, _since, _before, tokens, _from in NEEDS:
        edit = Edit.of(present=tokens, absent=UNWANTED)
        line = CommandLine.parse(f"root=/dev/sda2 {' '.join(UNWANTED)}=1")
        assert edit.applied_to(line) == CommandLine(("root=/dev/sda2", *tokens))
