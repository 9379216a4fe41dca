# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks, in the order in which they are told."""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.audit import (
    checks_classes,
    checks_copies,
    checks_engines,
    checks_nodes,
    checks_objects,
)

CHECKS = (*checks_classes.CHECKS, *checks_objects.CHECKS, *checks_copies.CHECKS, *checks_nodes.CHECKS, *checks_engines.CHECKS)
