# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of operating systems that the collection is made for: the table. Ids are part of the public result."""

from __future__ import annotations

from typing import NamedTuple


class Release(NamedTuple):
    """id: name in the facts. family: raspberrypios or ubuntu. version: VERSION_ID of /etc/os-release."""

    id: str
    label: str
    family: str
    version: str


RELEASES = (
    Release("raspios-bullseye", "Raspberry Pi OS 11 (bullseye)", "raspberrypios", "11"),
    Release("raspios-bookworm", "Raspberry Pi OS 12 (bookworm)", "raspberrypios", "12"),
    Release("raspios-trixie", "Raspberry Pi OS 13 (trixie)", "raspberrypios", "13"),
    Release("ubuntu-22.04", "Ubuntu 22.04 LTS", "ubuntu", "22.04"),
    Release("ubuntu-24.04", "Ubuntu 24.04 LTS", "ubuntu", "24.04"),
    Release("ubuntu-25.10", "Ubuntu 25.10", "ubuntu", "25.10"),
    Release("ubuntu-26.04", "Ubuntu 26.04 LTS", "ubuntu", "26.04"),
)
