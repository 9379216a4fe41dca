# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.filter.card_problems import card_problems

TARGETS = {"pi01": "/images/pi01.img", "pi02": "/images/pi02.img"}
NAMES = {"pi01": "pi01", "pi02": "pi02"}


def test_nothing_is_wrong():
    assert card_problems(TARGETS, NAMES, "pi02") == []


@pytest.mark.parametrize(
    ("targets", "names", "says"),
    [
        pytest.param(TARGETS, {**NAMES, "pi02": "pi_02"}, 'pi_hostname "pi_02" on host pi02: an underscore', id="an underscore"),
        pytest.param(TARGETS, {**NAMES, "pi02": "PI01"}, "it is the name of pi01 too", id="one name, the case apart"),
        pytest.param({"pi01": "/a", "pi02": "/a"}, NAMES, "it is the card of pi01 too", id="one card"),
        pytest.param({"pi01": "/a/../b", "pi02": "/b"}, NAMES, "it is the card of pi01 too", id="one card by two paths"),
    ],
)
def test_what_is_wrong_names_host_value_and_cure(targets, names, says):
    found = card_problems(targets, names, "pi02")
    assert any(says in problem for problem in found), found
    assert all("on host pi02" in problem for problem in found)


def test_a_link_to_a_card_is_the_card(tmp_path):
    (tmp_path / "pi.img").touch()
    (tmp_path / "link").symlink_to("pi.img")
    targets = {"pi01": str(tmp_path / "link"), "pi02": str(tmp_path / "pi.img")}
    assert len(card_problems(targets, NAMES, "pi02")) == 1
