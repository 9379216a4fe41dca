# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.node.power import BITS, flags, power, throttled
from ansible_collections.pikube.stateful.tests.unit.trees import capture
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("throttled=0x0\n", 0),
        ("throttled=0x50000", 0x50000),
        ("throttled=0xE0008\n", 0xE0008),
        pytest.param('error=1 error_msg="Command not registered"', None, id="an error"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="no answer"),
    ],
)
def test_throttled(text, value):
    assert throttled(text) == value


@pytest.mark.parametrize(
    ("value", "raised"),
    [
        pytest.param(0, set(), id="all is well"),
        pytest.param(0x1, {"under_voltage_now"}, id="under-voltage now"),
        pytest.param(
            0x50005, {"under_voltage_now", "throttled_now", "under_voltage_since_boot", "throttled_since_boot"}, id="as it often comes"
        ),
        pytest.param(0x20002, {"frequency_capped_now", "frequency_capped_since_boot"}, id="capped"),
        pytest.param(0x80008, {"soft_temperature_limit_now", "soft_temperature_limit_since_boot"}, id="warm"),
    ],
)
def test_flags(value, raised):
    assert {name for name, flag in flags(value).items() if flag} == raised


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_flags_are_the_bits_and_nothing_else(value):
    found = flags(value)
    bits = sum(1 << bit for name, bit in BITS.items() if found[f"{name}_now"])
    bits += sum(1 << bit + 16 for name, bit in BITS.items() if found[f"{name}_since_boot"])
    assert bits == value & 0xF000F


def test_a_cool_board_with_vcgencmd(tmp_path):
    found = power(capture(tmp_path).source())
    assert found["temperature_celsius"] == 48.7
    assert found["throttled"] == 0
    assert set(found.values()) == {48.7, 0}


@pytest.mark.parametrize(
    ("alarm", "now"),
    [pytest.param("0", False, id="no alarm"), pytest.param("1", True, id="alarm"), pytest.param("", None, id="no word")],
)
def test_without_vcgencmd_the_kernel_knows_of_the_voltage_now(tmp_path, alarm, now):
    tree = capture(tmp_path)
    del tree.commands["vcgencmd"]
    tree.write("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", f"{alarm}\n")
    found = power(tree.source())
    assert found["under_voltage_now"] is now
    assert found["throttled"] is None
    assert found["under_voltage_since_boot"] is None


def test_without_any_monitor_nothing_is_known(tmp_path):
    tree = capture(tmp_path)
    tree.commands["vcgencmd"] = (255, "", "VCHI initialization failed\n")
    tree.remove("/sys/class/hwmon/hwmon1/name")
    tree.remove("/sys/class/thermal/thermal_zone0/temp")
    assert set(power(tree.source()).values()) == {None}
