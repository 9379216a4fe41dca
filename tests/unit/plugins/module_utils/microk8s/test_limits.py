# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.microk8s import limits


def test_limits_are_in_order():
    assert limits.ONE_GB_BOARD_MIB < limits.TWO_GB_BOARD_MIB
    assert limits.REFRESH_FREE_MIB < limits.INSTALL_FREE_MIB < limits.COMFORTABLE_FREE_MIB
    assert limits.SAME_RUN_SECONDS < limits.LIVED_IN_SECONDS
