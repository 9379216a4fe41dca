# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit.table import CHECKS
from ansible_collections.pikube.stateful.plugins.module_utils.audit.unseen import UNSEEN


def test_ids_are_of_their_own_and_each_has_a_reason():
    ids = [one.id for one in UNSEEN]
    assert ids == sorted(set(ids))
    assert {one.id for one in CHECKS}.isdisjoint(ids)
    assert all(one.what and one.because and one.source for one in UNSEEN)
    assert not [one.id for one in UNSEEN if one.because.endswith(".")]


def test_checks_that_it_points_to_are_there():
    words = " ".join(one.because for one in UNSEEN).replace(",", " ").replace(";", " ").replace(")", " ").split()
    pointed = {word for word in words if word[0] == "S" and word[1:].isdigit()}
    assert pointed
    assert pointed <= {one.id for one in CHECKS}
