# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.postgres import versions
from ansible_collections.pikube.stateful.plugins.module_utils.postgres.errors import PostgresError

CNPG = "ghcr.io/cloudnative-pg/postgresql"


@pytest.mark.parametrize(
    ("topology", "version", "asked", "image"),
    [
        pytest.param("cluster", 17, "", f"{CNPG}:17.11-standard-trixie", id="operand"),
        pytest.param("single", 18, "", "docker.io/library/postgres:18.6-trixie", id="official"),
        pytest.param("cluster", 15, f"{CNPG}:15.14-system-bookworm", f"{CNPG}:15.14-system-bookworm", id="named"),
        pytest.param("cluster", 15, "pi:5000/pg:15-1@sha256:00", "pi:5000/pg:15-1@sha256:00", id="by a registry with a port, with digest"),
    ],
)
def test_images(topology, version, asked, image):
    assert versions.image(topology, version, asked) == image


@pytest.mark.parametrize(
    ("version", "asked", "says"),
    [
        pytest.param(13, "", "postgres_version: 13 is not known. Known are 14, 15, 16, 17, 18", id="unknown"),
        pytest.param(17, f"{CNPG}:latest", "does not begin with a major version", id="a tag that moves"),
        pytest.param(17, CNPG, "does not begin with a major version", id="no tag"),
        pytest.param(17, "pi:5000/postgres", "does not begin with a major version", id="a port is no tag"),
        pytest.param(17, f"{CNPG}:170", "is PostgreSQL 170, and postgres_version is 17", id="a tag that begins alike"),
        pytest.param(17, f"{CNPG}:16.4", "is PostgreSQL 16, and postgres_version is 17", id="of another major"),
    ],
)
def test_images_that_are_refused(version, asked, says):
    with pytest.raises(PostgresError, match=says):
        versions.image("cluster", version, asked)


@pytest.mark.parametrize("topology", ["cluster", "single"])
@pytest.mark.parametrize("version", versions.MAJORS)
def test_no_default_floats_and_each_is_of_its_major_version(topology, version):
    own = versions.image(topology, version)
    assert versions.image(topology, version, own) == own
    assert own.rpartition(":")[2].startswith(f"{version}.")


def test_a_version_past_its_end_is_told():
    assert versions.warnings(14, "2026-11-12") == []
    assert "2026-11-12" in versions.warnings(14, "2026-11-13")[0]
    assert versions.warnings(18, "2026-11-24") == []


def test_another_major_version_is_refused_with_the_way():
    versions.change(17, 17)
    with pytest.raises(PostgresError, match=r"playbooks/restore\.yml"):
        versions.change(16, 17)
    with pytest.raises(PostgresError, match="does not go back"):
        versions.change(17, 16)
