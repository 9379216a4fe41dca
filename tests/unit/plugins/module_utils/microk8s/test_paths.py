# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import paths


def test_what_a_refresh_copies_is_below_the_link_to_the_revision():
    for path in (paths.ARGS, paths.LOCKS, paths.CERTS, paths.BACKEND, paths.CLIENT_CONFIG, paths.SAN_TEMPLATE):
        assert path.startswith(f"{paths.SNAP_DATA}/")
    for path in (paths.LAUNCHER, paths.SIDELOAD, paths.KUBELET_ROOT):
        assert path.startswith(f"{paths.SNAP_COMMON}/")
