# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables themselves."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.card.cloud_init import FAMILIES
from ansible_collections.pikube.stateful.plugins.module_utils.card.first_boot import WRITERS
from ansible_collections.pikube.stateful.plugins.module_utils.card.options import ARGUMENTS
from ansible_collections.pikube.stateful.plugins.module_utils.card.releases import FORMATS, RELEASES


def test_every_format_has_a_writer_and_a_choice():
    ids = [each.id for each in FORMATS]
    assert sorted(ids) == sorted(WRITERS)
    assert ARGUMENTS["init_format"]["choices"] == ["auto", *ids]


def test_a_release_has_a_format_or_says_why_not():
    for release in RELEASES:
        assert (release.format is None) == bool(release.refusal), release.id
        assert release.format is None or release.format in WRITERS, release.id


def test_cloud_init_needs_to_know_family_and_netplan():
    for release in RELEASES:
        if release.format == "cloud_init":
            assert release.family in FAMILIES, release.id
            assert release.netplan is not None, release.id
