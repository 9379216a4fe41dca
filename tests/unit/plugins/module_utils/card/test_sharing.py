# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.card.sharing import HOSTNAME, TARGET, shared


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        pytest.param({"pi02": "/b"}, [], id="one host alone"),
        pytest.param({"pi01": "/a", "pi02": "/b"}, [], id="a card for each"),
        pytest.param({"pi01": "/a", "pi03": "/a"}, [], id="others that share, and this one wants none"),
        pytest.param({"pi01": "/b", "pi02": "/b"}, ["pi01"], id="two hosts with one card"),
        pytest.param({"pi01": "/b", "pi02": "/b", "pi03": "/b"}, ["pi01 and pi03"], id="three hosts with one card"),
    ],
)
def test_cards_that_are_shared(wishes, said):
    found = shared(TARGET, wishes, "pi02")
    assert found == [
        f'pi_card_target "/b" on host pi02: it is the card of {others} too, and the last one would win.'
        " Give each host a card or an image of its own."
        for others in said
    ]


def test_two_writings_of_one_name():
    assert shared(HOSTNAME, {"pi01": "Node", "pi02": "node"}, "pi02") == []
    assert "it is the name of pi01 too" in shared(HOSTNAME, {"pi01": "Node", "pi02": "node"}, "pi02", str.lower)[0]
