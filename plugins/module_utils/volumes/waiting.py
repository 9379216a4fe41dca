# Copyright: The pikube maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing until all copies are in sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def not_in_sync(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By claim what is missing, of engines that replicate: a single copy is never out of step with another."""
    return {f"{row['namespace']}/{row['name']}": missing(row) for row in rows if row["replicated"] and not row["healthy"]}


def missing(row: Mapping[str, Any]) -> str:
    if not row["known"]:
        return f"not known ({row['warnings'][0]})"
    states = "; ".join(
        f"{copy['node'] or 'no node'}: {copy['state']}" for copy in row["copies"] if not (copy["in_sync"] and copy["ready_node"])
    )
    counted = f"{row['in_sync']} of {row['wanted_copies']} copies in sync"
    return f"{counted} ({states})" if states else f"{counted}, and it takes no writes"
