# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The major versions of PostgreSQL, and the images that bring them: the table."""

from __future__ import annotations

import re
from typing import NamedTuple

from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

CLUSTER, SINGLE = "cluster", "single"
# A tag without its minor version is another server on each node that pulls it at another time.
IMAGES = {CLUSTER: "ghcr.io/cloudnative-pg/postgresql:{minor}-standard-trixie", SINGLE: "docker.io/library/postgres:{minor}-trixie"}


class Major(NamedTuple):
    """One major version. minor: the release that is installed. ends: day of its last release (ISO 8601)."""

    number: int
    minor: str
    ends: str


# Source: PostgreSQL's versioning policy; releases of August 2026, of which both repositories have images for arm64 and amd64.
# CloudNativePG 1.30 runs each of them.
MAJORS = {
    row.number: row
    for row in (
        Major(14, "14.24", "2026-11-12"),
        Major(15, "15.19", "2027-11-11"),
        Major(16, "16.15", "2028-11-09"),
        Major(17, "17.11", "2029-11-08"),
        Major(18, "18.6", "2030-11-14"),
    )
}


def image(topology: str, version: int, asked: str = "") -> str:
    """The image of a major version, or the one that was asked for. Raises PostgresError if that says to be of another one.

    Operator and role read the major version from the tag, so that a tag that moves (latest) says nothing.
    """
    own = IMAGES[topology].format(minor=known(version).minor)
    if not asked:
        return own
    tag = asked.partition("@")[0].rpartition(":")[2] if ":" in asked.partition("@")[0].rpartition("/")[2] else ""
    found = re.match(r"(\d+)(?:[.-]|$)", tag)
    if not found:
        raise PostgresError(f'postgres_image: the tag of "{asked}" does not begin with a major version, as {own} does')
    if int(found.group(1)) != version:
        raise PostgresError(
            f'postgres_image: "{asked}" is PostgreSQL {found.group(1)}, and postgres_version is {version}. Make them agree: a server of'
            " another major version does not start on the data of this one"
        )
    return asked


def known(version: int) -> Major:
    if version not in MAJORS:
        raise PostgresError(f"postgres_version: {version} is not known. Known are {', '.join(map(str, MAJORS))}")
    return MAJORS[version]


def warnings(version: int, today: str) -> list[str]:
    """today: ISO 8601."""
    ends = known(version).ends
    return (
        [f"PostgreSQL {version} had its last release on {ends}: nobody mends what is found in it. Plan the upgrade"] if today > ends else []
    )


def change(there: int, wanted: int) -> None:
    """Raises PostgresError for a change of the major version, with the way that leads there."""
    if there == wanted:
        return
    if there > wanted:
        raise PostgresError(
            f"postgres_version: {wanted} is asked for, and the data is of {there}. PostgreSQL does not go back: set postgres_version to"
            f" {there}, or restore a dump into a new server of {wanted} (another postgres_name)"
        )
    raise PostgresError(
        f"postgres_version: {wanted} is asked for, and the data is of {there}. A server of {wanted} does not start on it. Back up"
        f" (playbooks/backup.yml), install {wanted} under another postgres_name, restore there (playbooks/restore.yml), and remove the old"
        " one when the application has moved"
    )
