# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.microk8s.releases import (
    BY_MINOR,
    RELEASES,
    Channel,
    minor_of,
    parse_channel,
    step,
)


def test_the_table_has_each_release_from_1_30_to_1_36_in_order():
    assert list(BY_MINOR) == [f"1.{number}" for number in range(30, 37)]
    assert [release.minor for release in RELEASES if not release.cgroup_1] == ["1.35", "1.36"]
    assert [release.minor for release in RELEASES if release.base == "core20"] == ["1.30", "1.31", "1.32", "1.33"]


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("1.34/stable", Channel("1.34", "stable")),
        ("1.34", Channel("1.34", "stable")),
        ("latest/edge", Channel("latest", "edge")),
        ("stable", Channel("latest", "stable")),
        ("1.34-strict/stable", Channel("1.34-strict", "stable")),
        ("1.34/edge/fix-1", Channel("1.34", "edge", "fix-1")),
        ("1.34/stabel", None),
        ("", None),
        ("1.34/", None),
        ("a b", None),
        ("1/2/3/4", None),
        ("--dangerous", None),
    ],
)
def test_parse_channel(text, channel):
    assert parse_channel(text) == channel


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ("v1.34.4", "1.34"),
        ("1.34/stable", "1.34"),
        ("1.30", "1.30"),
        ("1.34-strict/stable", None),
        ("latest", None),
        ("", None),
        (None, None),
    ],
)
def test_minor_of(version, minor):
    assert minor_of(version) == minor


def test_steps_count_minors():
    assert [step("1.33", "1.34"), step("1.34", "1.34"), step("1.34", "1.32"), step("1.34", "2.0")] == [1, 0, -2, None]


def test_a_channel_is_written_as_snapd_wants_it():
    assert [str(parse_channel(text)) for text in ("1.34", "1.34/edge/x")] == ["1.34/stable", "1.34/edge/x"]
