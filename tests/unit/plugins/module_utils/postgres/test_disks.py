# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import disks
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.wishes import Wishes
from hypothesis import given
from hypothesis import strategies as st

GIB = 1024**3
WISHES = Wishes.parse({"topology": "single", "storage_class": "jiva", "size": "5Gi"}, 3)


@pytest.mark.parametrize(
    ("free", "says"),
    [
        pytest.param({"pi01": 6, "pi02": 6, "pi03": 6}, None, id="each has just enough"),
        pytest.param({"pi01": 6, "pi02": 6, "pi03": None}, None, id="what is not known speaks against nothing"),
        pytest.param({"pi01": 6, "pi02": 3, "pi03": 6}, "on each of them.*up to 6 GiB: pi02 has 3 GiB left", id="one is too full"),
        pytest.param({"pi01": 6, "pi02": 6, "pi03": 6, "pi04": 5}, "on any of 4 nodes.*pi04 has 5 GiB", id="one more, which is too full"),
        pytest.param({"pi01": 6, "pi02": 6}, r"3 copies.*2 may have one \(pi01, pi02\)", id="two nodes for three copies"),
        pytest.param({}, "none may have one", id="no node at all"),
    ],
)
def test_room(free, says):
    given_free = {name: None if number is None else number * GIB for name, number in free.items()}
    if says is None:
        disks.check(WISHES, 3, 1.2, given_free)
        return
    with pytest.raises(PostgresError, match=says):
        disks.check(WISHES, 3, 1.2, given_free)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 20), min_size=3), st.integers(0, 20))
def test_more_room_never_takes_a_volume_away(free, more):
    def refused(rooms):
        try:
            disks.check(WISHES, 3, 1.2, rooms)
        except PostgresError:
            return True
        return False

    rooms = {name: number * GIB for name, number in free.items()}
    assert refused(rooms) >= refused({name: number + more * GIB for name, number in rooms.items()})
    assert refused(rooms) is (min(free.values()) < 6)


def test_labels():
    assert disks.fits({}, {})
    assert disks.fits({"disk": "ssd"}, {"disk": "ssd", "more": "x"})
    assert not disks.fits({"disk": "ssd"}, {"disk": "sd"})
