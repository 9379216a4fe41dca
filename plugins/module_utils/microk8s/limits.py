# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes that decide whether MicroK8s fits: the table.

Source: canonical/microk8s, snap/hooks/install (low-memory guard) and docs "What you need" (20 GB of disk); sizes of the snap, of its base
and of its images unpacked.
"""

from __future__ import annotations

# A board sold with 1 GB shows at most this to the kernel, one with 2 GB at least 1800.
ONE_GB_BOARD_MIB = 1100
TWO_GB_BOARD_MIB = 1700
INSTALL_FREE_MIB = 4 * 1024  # snap 200, unpacked images of the system pods 1500, datastore and logs, 1 GiB kept free by the kubelet
COMFORTABLE_FREE_MIB = 20 * 1024  # what Canonical asks for
REFRESH_FREE_MIB = 2 * 1024  # snapd copies /var/snap/microk8s/REVISION and keeps the old snap
CLOCK_SECONDS = 30  # certificates made by the one that is ahead are not valid yet for the others
CERTIFICATE_DAYS = 30
LIVED_IN_SECONDS = 24 * 3600  # a MicroK8s by itself that is older than this may have been used
SAME_RUN_SECONDS = 3600  # installations of one run lie closer together
