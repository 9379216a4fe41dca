# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.quantity import GIB, MIB, amount, size, words


@pytest.mark.parametrize(
    ("text", "number"),
    [("5Gi", 5 * GIB), ("1.5Gi", 3 * GIB // 2), ("500M", 500_000_000), (str(MIB), MIB), (2 * MIB, 2 * MIB), ("2e9", 2_000_000_000)],
)
def test_a_size(text, number):
    assert size("postgres_size", text) == number


@pytest.mark.parametrize("text", ["", "5 Gi", "5GB", "gi", None, True, "nan", "inf", "5", "-5Gi", "0"])
def test_what_is_no_size(text):
    with pytest.raises(PostgresError, match=r"postgres_size: .*[Ww]rite"):
        size("postgres_size", text)


def test_what_a_quota_counts():
    assert [amount(value) for value in ("4", 4, "1Ki")] == [4, 4, 1024]


@pytest.mark.parametrize(("number", "text"), [(5 * GIB, "5 GiB"), (3 * GIB // 2, "1.5 GiB"), (512 * MIB, "512 MiB"), (0, "0 MiB")])
def test_words(number, text):
    assert words(number) == text
