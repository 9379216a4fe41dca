# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.node.kernel_modules import KERNEL_MODULES


def test_names_are_the_kernels_own_and_unique():
    names = [module.name for module in KERNEL_MODULES]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "-" in name]


def test_every_module_has_its_reason():
    assert all(module.why for module in KERNEL_MODULES)
