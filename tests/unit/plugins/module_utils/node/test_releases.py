# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.node.releases import RELEASES
from ansible_collections.pikube.stateful.tests.unit import trees


def test_ids_and_what_they_are_known_by_are_unique():
    assert len({release.id for release in RELEASES}) == len(RELEASES)
    assert len({(release.family, release.version) for release in RELEASES}) == len(RELEASES)


def test_every_captured_release_is_in_the_table():
    assert {release.id for release in trees.RELEASES.values()} <= {release.id for release in RELEASES}
