# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from decimal import Decimal

from ansible_collections.pikube.stateful.plugins.module_utils.postgres import sample


def test_there_are_rows_enough_and_each_is_one_of_its_own():
    assert len(sample.ROWS) >= 12
    assert len({name for name, *_others in sample.ROWS}) == len(sample.ROWS)
    assert all(Decimal(price) > 0 and quantity > 0 for _name, _category, price, quantity in sample.ROWS)


def test_the_statements_can_be_run_again():
    create, insert, sequence = sample.statements()
    assert create.startswith("CREATE TABLE IF NOT EXISTS products_master")
    assert insert.endswith("ON CONFLICT (id) DO NOTHING")
    assert re.findall(r"^    \((\d+),", insert, re.M) == [str(number) for number in range(1, len(sample.ROWS) + 1)]
    assert "setval" in sequence


def test_the_columns_are_those_that_the_mission_names():
    columns = re.findall(r"^    (\w+) ", sample.CREATE, re.M)
    assert columns == ["id", "name", "category", "price", "quantity", "created_at"]
    assert "created_at" not in sample.CHECKSUM
    assert "ORDER BY id" in sample.CHECKSUM
