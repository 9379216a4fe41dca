# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.node.boards import MEMORY, OLD_STYLE, PROCESSORS, SOCS_64BIT, TYPES


def test_ids_and_models_are_unique():
    assert len({kind.id for kind in TYPES.values()}) == len(TYPES)
    assert len({kind.model for kind in TYPES.values()}) == len(TYPES)


def test_every_processor_is_one_of_the_table():
    assert {kind.soc for kind in TYPES.values()} - {None} <= set(PROCESSORS.values())
    assert set(SOCS_64BIT) <= set(PROCESSORS.values())


def test_old_codes_are_boards_of_the_table():
    assert {name for name, _memory in OLD_STYLE.values()} <= {kind.id for kind in TYPES.values()}


def test_memory_doubles_from_code_to_code():
    assert [MEMORY[code + 1] // MEMORY[code] for code in range(len(MEMORY) - 1)] == [2] * (len(MEMORY) - 1)
