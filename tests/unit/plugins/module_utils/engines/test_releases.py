# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.engines.catalogue import NAMES
from ansible_collections.pikube.stateful.plugins.module_utils.engines.releases import RELEASES, by_addon, release_for


@pytest.mark.parametrize(
    ("engine", "kubernetes", "version"),
    [
        ("hostpath", None, "4.6.1"), ("hostpath", (1, 34), "4.6.1"), ("hostpath", (1, 22), "3.10.0"), ("hostpath", (1, 20), "3.3.1"),
        ("hostpath", (1, 18), None), ("jiva", (1, 34), "3.10.0"), ("cstor", (1, 34), "3.10.0"), ("device", (1, 34), "3.10.0"),
        ("rawfile", (1, 22), None),
    ],
)  # fmt: skip
def test_release(engine, kubernetes, version):
    found = release_for(engine, kubernetes)
    assert (found.version if found else None) == version


@pytest.mark.parametrize(
    ("engine", "kubernetes", "brings"),
    [
        ("hostpath", (1, 34), True), ("jiva", None, True), ("cstor", (1, 24), True), ("cstor", (1, 25), False), ("cstor", None, False),
        ("mayastor", (1, 34), False), ("rawfile", None, False),
    ],
)  # fmt: skip
def test_the_addon(engine, kubernetes, brings):
    assert by_addon(engine, kubernetes) is brings


def test_releases_come_newest_first_and_say_where_they_are_from():
    versions = [tuple(map(int, row.version.split("."))) for row in RELEASES]
    assert versions == sorted(versions, reverse=True)
    assert all(row.source and row.repository.startswith("https://") for row in RELEASES)
    assert {name for row in RELEASES for name in row.engines} == set(NAMES)
