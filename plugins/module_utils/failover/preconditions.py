# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that has to hold before a fault is injected, by the numbers of the ids.

Ids and codes are part of the public result, and never used again for another.
"""

from __future__ import annotations

from ansible_collections.pikube.stateful.plugins.module_utils.failover import preconditions_database, preconditions_nodes

PRECONDITIONS = tuple(
    sorted((*preconditions_nodes.PRECONDITIONS, *preconditions_database.PRECONDITIONS), key=lambda row: int(row.id.removeprefix("P")))
)
