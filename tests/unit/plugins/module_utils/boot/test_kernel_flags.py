# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kernels need for the memory control group."""

from __future__ import annotations

import pytest
from ansible_collections.pikube.stateful.plugins.module_utils.boot.kernel_flags import memory_flags, version_of

ENABLE = ("cgroup_enable=memory",)


@pytest.mark.parametrize(
    ("release", "tokens"),
    [
        pytest.param("4.19.118-v8+", ("cgroup_memory=1", *ENABLE), id="before 5.4 the old name too"),
        pytest.param("5.10.103-v8+", ENABLE, id="Bullseye's first"),
        pytest.param("6.1.21-v8+", ENABLE, id="Bullseye's last"),
        pytest.param("6.1.0-rpi7-rpi-v8", ENABLE, id="Bookworm's first"),
        pytest.param("6.6.51+rpt-rpi-2712", ENABLE, id="Bookworm on a Pi 5"),
        pytest.param("6.12.34+rpt-rpi-v8", ENABLE, id="Trixie"),
        pytest.param("6.18.1-v8-16k+", ENABLE, id="rpi-update on a Pi 5"),
        pytest.param("5.15.0-1034-raspi", ENABLE, id="Ubuntu 22.04"),
        pytest.param("6.17.0-1004-raspi", ENABLE, id="Ubuntu 25.10"),
        pytest.param("6.12.48+deb13-arm64", (), id="Debian has it on and does not know the parameter"),
        pytest.param("6.8.0-41-generic", (), id="a virtual machine"),
        pytest.param(None, ENABLE, id="the unknown kernel of a card"),
    ],
)
def test_tokens(release, tokens):
    assert memory_flags(release).present == tokens
    assert memory_flags(release).problem is None


@pytest.mark.parametrize("release", ["6.12.1-v8+", "6.12.2+rpt-rpi-2712", "6.12-v8+"])
def test_a_kernel_that_ignores_the_flag_is_named_with_its_cure(release):
    problem = memory_flags(release).problem
    assert problem == f"kernel {release} ignores cgroup_enable=memory; upgrade it to 6.12.3 or later (apt full-upgrade) and reboot"


@pytest.mark.parametrize("release", ["6.12.3-v8+", "6.12.1-arm64", "6.11.11-v8+", "6.12.0-1001-raspi"])
def test_other_kernels_obey(release):
    assert memory_flags(release).problem is None


@pytest.mark.parametrize(
    ("release", "version"),
    [("6.12.34+rpt-rpi-v8", (6, 12, 34)), ("6.18-rc1", (6, 18, 0)), ("5.15.0-1034-raspi", (5, 15, 0)), ("odd", (0, 0, 0))],
)
def test_version_of(release, version):
    assert version_of(release) == version
