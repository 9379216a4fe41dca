# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.errors import EnginesError
from ansible_collections.pikube.stateful.plugins.module_utils.engines.quantity import UNITS, parse_duration, parse_size, words
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "size"),
    [
        pytest.param("5Gi", 5 * 1024**3, id="units of 1024"),
        pytest.param("5G", 5 * 10**9, id="units of 1000"),
        pytest.param("1.5Gi", 3 * 512 * 1024**2, id="a part of a unit"),
        pytest.param("500M", 500 * 10**6, id="megabytes"),
        pytest.param(5368709120, 5 * 1024**3, id="a number of bytes"),
    ],
)
def test_sizes(text, size):
    assert parse_size("size", text) == size


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("5 GB", "Write 5Gi (units of 1024: Ki, Mi, Gi, Ti) or 5G (units of 1000: k, M, G, T), without a blank", id="5 GB"),
        pytest.param("5gigs", "Write 5Gi", id="5gigs"),
        pytest.param("5gb", "Write 5Gi", id="small letters"),
        pytest.param("2TB", "Write 2Ti", id="2TB"),
        pytest.param("big", "Write for example 5Gi", id="no number"),
        pytest.param("", "Write for example 5Gi", id="nothing"),
        pytest.param(None, "Write for example 5Gi", id="none"),
        pytest.param(True, "Write for example 5Gi", id="a switch"),
        pytest.param("-5Gi", "Write for example 5Gi", id="less than nothing"),
        pytest.param("5", "too little for a volume. Write the unit with it, like 5Gi", id="without a unit"),
        pytest.param("0Gi", "too little", id="zero"),
    ],
)
def test_sizes_that_are_none(text, says):
    with pytest.raises(EnginesError) as refused:
        parse_size("workload size", text)
    assert says in str(refused.value)
    assert str(refused.value).startswith(f'workload size "{text}"')


@pytest.mark.parametrize(("text", "seconds"), [("2h", 7200), ("90m", 5400), ("1h30m", 5400), ("45s", 45), (None, None), ("", None)])
def test_durations(text, seconds):
    assert parse_duration("backup_window", text) == seconds


@pytest.mark.parametrize("text", ["2 hours", "0h", "soon", "2", -1])
def test_durations_that_are_none(text):
    with pytest.raises(EnginesError, match="Write hours and minutes, like 2h"):
        parse_duration("backup_window", text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (5 * 1024**3, "5 GiB"),
        (3 * 512 * 1024**2, "1.5 GiB"),
        (512 * 1024**2, "512 MiB"),
        (2 * 1024**4, "2 TiB"),
        (None, "an unknown amount"),
    ],
)
def test_words(size, text):
    assert words(size) == text


# 1M is less than the 1 MiB that a volume has at least.
@given(st.integers(2, 999), st.sampled_from([unit for unit in UNITS if unit and unit not in ("Ki", "k")]))
def test_every_quantity_with_a_unit_is_read(number, unit):
    assert parse_size("size", f"{number}{unit}") == number * UNITS[unit]


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        size = parse_size("size", text)
    except EnginesError:
        return
    assert size > 0
